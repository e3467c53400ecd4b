"""The verbs `prepare` and `synth`: what they tell, and what they leave unloaded."""

import subprocess
import sys
from pathlib import Path

import pytest

from wavegan_src import data_commands


def test_synth_tells_where_the_labels_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data_commands.synth(tmp_path / "a b", 2, 0, 8000, 0.1, 1)
    labels = tmp_path / "a b" / "labels.jsonl"
    assert f"their labels in {labels}." in capsys.readouterr().out
    assert labels.is_file()


def test_prepare_loads_neither_the_synthesiser_nor_pytorch() -> None:
    heavy = {"torch", "scipy.signal", "wavegan_src.synth"}
    code = f"import sys, wavegan_src.data_commands; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
