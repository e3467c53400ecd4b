"""Commands whose work several processes share give what one process gives, to the byte; others refuse, once."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import run_here
from tests.support.together import Processes, command_line


@pytest.fixture
def places(trained: Path, tmp_path: Path) -> list[Path]:
    """Folders with the same run, each with its configuration."""
    return [_copied(trained, tmp_path / name) for name in ("alone", "together")]


def test_clips_are_rendered_by_all_and_written_by_the_first(places: list[Path]) -> None:
    """Seventy clips are three batches, of which three processes take one each."""
    alone, together = places
    options = ("--generate-only", "70", "--seed", "5", "--save-latents")
    assert run_here("--config", str(alone / "c.json"), *options, cwd=alone).returncode == 0
    run = Processes(3, command_line, "--config", str(together / "c.json"), *options)
    run.results()
    assert run.statuses == [0] * 3, run.everything()
    assert run.out(0).count("70 clips in ") == 1
    assert run.out(1) + run.out(2) + run.err(1) + run.err(2) == ""
    wanted = _files(alone / "run/generated")
    assert len(wanted) >= 72
    assert _files(together / "run/generated") == wanted


def test_an_evaluation_has_the_same_figures(places: list[Path]) -> None:
    """Clips are generated, embedded and described by all."""
    alone, together = places
    options = ("--count", "4", "--measures", "long_term_spectrum", "--workers", "1", "--output-dir")
    here = run_here("evaluate", *options, str(alone / "run"), cwd=alone)
    assert here.returncode == 0, here.stderr
    run = Processes(2, command_line, "evaluate", *options, str(together / "run"))
    run.results()
    assert run.statuses == [0, 0], run.everything()
    assert run.out(1) + run.err(1) == ""
    assert _evaluation(together) == _evaluation(alone)


def test_what_the_first_one_refuses_ends_all_in_one_sentence(places: list[Path]) -> None:
    _, together = places
    run = Processes(2, command_line, "--config", str(together / "c.json"), "--latents", "none.npy")
    run.results()
    assert run.statuses == [2, 2], run.everything()
    assert "none.npy" in run.err(0)
    assert run.err(0).count("\n") == 1
    assert run.err(1) == ""


def _copied(trained: Path, place: Path) -> Path:
    shutil.copytree(trained, place)
    values = json.loads((place / "c.json").read_text())
    values["output"]["output_dir"] = str(place / "run")
    (place / "c.json").write_text(json.dumps(values))
    return place


def _files(folder: Path) -> dict[str, bytes]:
    place = str(folder.parent.parent).encode()
    return {path.name: path.read_bytes().replace(place, b"") for path in folder.iterdir()}


def _evaluation(place: Path) -> dict[str, Any]:
    text = (place / "run/evaluation/evaluation.json").read_text()
    found: dict[str, Any] = json.loads(text.replace(str(place), ""))
    return {key: value for key, value in found.items() if key != "seconds"}
