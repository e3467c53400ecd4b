"""The examples of docs/python-api.md run, in order, in a folder with recordings."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

import wavegan
from tests.support.paths import REPOSITORY


def test_the_examples_run(recordings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (REPOSITORY / "docs" / "python-api.md").read_text(encoding="utf-8")
    shutil.copytree(recordings, tmp_path / "recordings")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for block in re.findall(r"^```python\n(.*?)^```", text, re.M | re.S):
        quick = block.replace("range(40)", "range(4)")
        quick = quick.replace('_spectrum"])', '_spectrum"], workers=1)')
        quick = quick.replace('"training.epochs": 2', '"training.epochs": 1, "model.model_dim": 1')
        exec(quick, names)
    assert names["clips"].shape == (4, 44100)
    assert isinstance(names["result"], wavegan.Evaluation)
    assert names["run"].epoch == 1
    assert Path(names["trained"].config.dataset.base_path) == tmp_path / "recordings"
    assert len(list((tmp_path / "sounds").glob("*.wav"))) == 3
