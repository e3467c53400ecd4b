"""The examples in the docstrings of the public API, and those of its documentation, run as they stand."""

import doctest
from importlib import import_module
from pathlib import Path

import pytest

MODULES = ("wavegan.audio", "wavegan.evaluation", "wavegan.model", "wavegan.training")
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


def test_all_that_is_called_has_an_example() -> None:
    named = {example.name for example in EXAMPLES}
    for name in ("audio.write_wav", "evaluation.evaluate", "model.load", "model.Model.generate", "training.train"):
        assert f"wavegan.{name}" in named
