"""A few cases of each kind; `python -m tests.fuzz` runs thousands."""

import os
from pathlib import Path

import pytest

from tests.fuzz.base import make_base, run_case
from tests.fuzz.worker import KINDS

CASES = {"audio": 3, "latents": 6, "configurations": 6, "options": 6, "paths": 6}  # the others take longer


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fuzz") / "base"
    make_base(folder)
    return folder


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no pipes in folders")
@pytest.mark.parametrize("name", KINDS)
def test_bad_input_ends_in_a_message(name: str, base: Path, tmp_path: Path) -> None:
    found = [
        f"{name}:{number}: {fault}"
        for number in range(CASES.get(name, 1))
        for fault in run_case(KINDS[name], name, number, base, tmp_path / "case")
    ]
    assert found == []
