"""`export weights` and `export onnx` as a user types them, and what cannot be exported."""

import json
import sys
from pathlib import Path

import pytest

from tests.support.cli import RunCli


@pytest.mark.usefixtures("driven")
def test_weights_are_written_and_written_again(cli: RunCli, tmp_path: Path) -> None:
    for count in ("2", "3"):
        done = cli("export", "weights", "--checkpoint", "run", "--seed", "7", "--count", count)
        assert done.returncode == 0, done.stderr
        assert f"weights and {count} latent vectors in weights" in done.stdout.replace("\n", " ")
    found = json.loads((tmp_path / "weights" / "model.json").read_text())
    assert found["latents"] == {"first_seed": 7, "count": 3}


@pytest.mark.usefixtures("driven")
def test_a_graph_is_written(cli: RunCli, tmp_path: Path) -> None:
    done = cli("export", "onnx", "--checkpoint", "run")
    assert done.returncode == 0, done.stderr
    assert "ONNX opset 17, for ONNX Runtime" in done.stdout.replace("\n", " ")
    assert (tmp_path / "model.onnx").stat().st_size > 1000


@pytest.mark.usefixtures("undriven")
def test_an_engine_model_has_no_graph(cli: RunCli, tmp_path: Path) -> None:
    done = cli("export", "onnx", "--checkpoint", "run")
    assert done.returncode == 2
    assert "draws noise from the latent vector" in done.stderr.replace("\n", " ")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_package_is_said_before_any_work(cli: RunCli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    done = cli("export", "onnx", "--checkpoint", "missing")
    assert done.returncode == 2
    assert "needs the package onnx, which is not installed" in done.stderr.replace("\n", " ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["weights", "--checkpoint", "missing"], "missing"),
        (["weights", "--checkpoint", "pretrained", "--seed", "-1"], "Seeds go from 0 to"),
        (["weights", "--checkpoint", "pretrained", "--count", "20000"], "--count"),
        (["weights", "--checkpoint", "pretrained", "--out", "mine"], "mine is not empty and holds no model.json"),
        (["weights", "--checkpoint", "pretrained", "--out", "mine/notes.txt"], "is a file"),
        (["onnx", "--checkpoint", "missing"], "missing"),
        (["onnx", "--checkpoint", "pretrained", "--out", "model.pt"], "ends in .onnx"),
        (["onnx", "--checkpoint", "pretrained", "--out", "folder.onnx"], "is a folder"),
    ],
)
def test_what_cannot_be_exported_is_said_in_a_sentence(
    cli: RunCli, tmp_path: Path, arguments: list[str], said: str
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    (tmp_path / "folder.onnx").mkdir()
    done = cli("export", *arguments)
    assert done.returncode == 2
    assert said in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder.onnx", "mine"]
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["notes.txt"]
