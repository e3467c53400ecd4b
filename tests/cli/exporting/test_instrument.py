"""`export instrument` as a user types it, and what cannot be exported."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.support.cli import RunCli
from tests.support.driving import small_model
from wavegan_src.generation.driving.driver import Driver
from wavegan_src.generation.model import TrainedModel


@pytest.fixture
def idling(tiny_values: dict[str, Any], stand_in: Callable[[TrainedModel], None]) -> None:
    """Every checkpoint is a model whose recordings only idled, at 960 rpm."""
    trained = small_model(tiny_values, "drive")
    Driver(trained).generator.speed_range.copy_(torch.tensor([3.0, 3.0]))
    stand_in(trained)


@pytest.mark.usefixtures("idling")
def test_a_page_is_written_and_written_again(cli: RunCli, tmp_path: Path) -> None:
    for engines in ("2", "3"):
        done = cli("export", "instrument", "--checkpoint", "run", "--seed", "7", "--engines", engines)
        assert done.returncode == 0, done.stderr
        assert "The recordings cover 960 to 960 rpm only; the car turns up to 4800 rpm" in done.stdout
        assert f"{engines} engines from 960 to 4800 rpm" in done.stdout.replace("\n", " ")
    assert '"seeds": [7, 8, 9]' in (tmp_path / "engine.html").read_text()


@pytest.mark.usefixtures("undriven")
def test_a_model_without_speeds_has_no_instrument(cli: RunCli, tmp_path: Path) -> None:
    done = cli("export", "instrument", "--checkpoint", "run")
    assert done.returncode == 2
    assert "was trained without engine speeds" in done.stderr.replace("\n", " ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--checkpoint", "missing"], "missing"),
        (["--checkpoint", "pretrained", "--strokes", "3"], "--strokes 3: give 2 or 4."),
        (["--checkpoint", "pretrained", "--seed", "-1"], "Seeds go from 0 to"),
        (["--checkpoint", "pretrained", "--out", "."], "is a folder"),
        (["--checkpoint", "pretrained", "--out", "notes.html"], "notes.html exists and is no instrument"),
        (["--checkpoint", "pretrained", "--engines", "0"], "--engines"),
        ([], "--checkpoint"),
    ],
)
def test_what_cannot_be_exported_is_said_in_a_sentence(
    cli: RunCli, tmp_path: Path, arguments: list[str], said: str
) -> None:
    (tmp_path / "notes.html").write_text("mine")
    done = cli("export", "instrument", *arguments)
    assert done.returncode == 2
    assert said in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".html"] == ["notes.html"]
