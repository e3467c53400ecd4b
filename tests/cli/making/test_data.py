"""The verbs `prepare` and `synth`: what they tell, and what they leave unloaded."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.audio import make_config, noise, write
from wavegan_src.cli.making import data as data_commands


def test_synth_tells_where_the_labels_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data_commands.synth(tmp_path / "a b", 2, 0, 8000, 0.1, 1)
    labels = tmp_path / "a b" / "labels.jsonl"
    assert f"their labels in {labels}." in capsys.readouterr().out
    assert labels.is_file()


@pytest.mark.parametrize(
    ("name", "named", "command"),
    [
        ("config", True, "wavegan --config config_fast --data {out}"),
        ("my own.json", True, "wavegan --config 'my own.json' --data {out}"),
        ("mine.json", False, "wavegan --config mine.json"),
    ],
)
def test_prepare_tells_how_to_train_with_its_configuration(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, named: bool, command: str
) -> None:
    raw, out = tmp_path / "raw", tmp_path / "out"
    write(raw / "a.wav", noise(1))
    write(raw / "b.wav", noise(1))
    config = make_config(out, tmp_path / "cache")
    data_commands.prepare(config, raw, out if named else None, 0.0, 1, False, config_name=name)
    assert f"Train on them: {command.format(out=out)}\n" in capsys.readouterr().out


def test_prepare_loads_neither_the_synthesiser_nor_pytorch() -> None:
    heavy = {"torch", "scipy.signal", "wavegan_src.data.synth"}
    code = f"import sys, wavegan_src.cli.making.data; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
