"""`export bank` as a user types it, and what cannot be exported."""

import json
from pathlib import Path

import pytest

from tests.support.cli import RunCli


@pytest.mark.usefixtures("driven")
def test_a_bank_is_written_and_what_it_lacks_is_said(cli: RunCli, tmp_path: Path) -> None:
    options = ("--checkpoint", "run", "--target", "beamng", "--rpm", "3000,8000", "--sample-rate", "22050")
    done = cli("export", "bank", *options)
    assert done.returncode == 0, done.stderr
    said = done.stdout.replace("\n", " ")
    assert "The recordings cover 960 to 3840 rpm; what is asked for outside of that" in said
    assert "There is no start: the model has learnt running engines only" in said
    assert "data_licence in bank.json is empty: state it with --licence" in said
    assert "6 loops and 2 ramps for BeamNG.drive in bank" in said
    manifest = json.loads((tmp_path / "bank" / "bank.json").read_text())
    assert manifest["data_licence"] == ""
    assert manifest["loops"][0]["file"] == "art/sound/engine/engine/engine_ext_on_03000rpm.wav"
    done = cli("export", "bank", *options, "--licence", "CC0 1.0")
    assert done.returncode == 0, done.stderr
    assert "licence" not in done.stdout
    assert json.loads((tmp_path / "bank" / "bank.json").read_text())["data_licence"] == "CC0 1.0"


GODOT = ["--target", "godot"]


@pytest.mark.usefixtures("undriven")
def test_a_model_without_speeds_has_no_bank(cli: RunCli, tmp_path: Path) -> None:
    done = cli("export", "bank", "--checkpoint", "run", *GODOT)
    assert done.returncode == 2
    assert "was trained without engine speeds, so it cannot be driven" in done.stderr.replace("\n", " ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--checkpoint", "missing", *GODOT], "missing"),
        (["--checkpoint", "pretrained", "--target", "quake"], "There is no target quake: give one of wwise, fmod"),
        (["--checkpoint", "pretrained"], "--target"),
        (["--checkpoint", "pretrained", *GODOT, "--strokes", "3"], "--strokes 3: give 2 or 4."),
        (["--checkpoint", "pretrained", *GODOT, "--sample-rate", "1"], "--sample-rate 1: give one of 22050"),
        (["--checkpoint", "pretrained", *GODOT, "--rpm", "5"], "--rpm 5: 5 is out of range; give 60 to 20000 rpm."),
        (["--checkpoint", "pretrained", *GODOT, "--seed", ",".join(map(str, range(10_000)))], "--seed"),
        (["--checkpoint", "pretrained", *GODOT, "--out", "."], "is not empty and holds no bank.json"),
        (["--checkpoint", "pretrained", *GODOT, "--out", "notes.txt"], "notes.txt is a file"),
    ],
)
def test_what_cannot_be_exported_is_said_in_a_sentence(
    cli: RunCli, tmp_path: Path, arguments: list[str], said: str
) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    done = cli("export", "bank", *arguments)
    assert done.returncode == 2
    assert said in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr
    assert len(done.stderr) < 600
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


@pytest.mark.usefixtures("driven")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["--seed", "-1"], "The seed -1 is out of range"), (["--name", "V 8"], "--name V 8: give small letters")],
)
def test_a_bank_that_cannot_be_made_leaves_nothing(
    cli: RunCli, tmp_path: Path, arguments: list[str], said: str
) -> None:
    done = cli("export", "bank", "--checkpoint", "run", *GODOT, *arguments)
    assert done.returncode == 2
    assert said in done.stderr.replace("\n", " ")
    assert list(tmp_path.iterdir()) == []
