"""The examples in the docstrings of the public API, and those of its documentation, run as they stand."""

import doctest
import inspect
from importlib import import_module
from pathlib import Path

import pytest

import wavegan

MODULES = ("wavegan.audio", "wavegan.evaluation", "wavegan.model", "wavegan.training", "wavegan_src.config_loader")
EXAMPLES = [
    example for name in MODULES for example in doctest.DocTestFinder().find(import_module(name)) if example.examples
]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_an_example_gives_what_it_says(
    example: doctest.DocTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    results = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(example)
    assert results.failed == 0


def test_every_function_and_method_has_an_example() -> None:
    named = {example.name for example in EXAMPLES}
    for name in wavegan.__all__:
        if inspect.isfunction(found := getattr(wavegan, name)):
            assert f"{found.__module__}.{name}" in named
    for name, method in inspect.getmembers(wavegan.Model, inspect.isfunction):
        assert name.startswith("_") or f"wavegan.model.{method.__qualname__}" in named
