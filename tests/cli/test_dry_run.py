"""`--dry-run` judged against made-up machines, in this process."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import RunCli
from wavegan_src.cli import dry_run as command
from wavegan_src.config_loader import validate
from wavegan_src.config_schema import Config
from wavegan_src.trainer.planning.capacity import Finding
from wavegan_src.trainer.planning.pace import Pace
from wavegan_src.utils.errors import UserError

PACE = Pace(critic_s=60.0, generator_s=30.0, evaluation_s=10.0, scaled_from="")


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Finding]]:
    """The findings of each kind, to be filled; what is measured is `PACE`."""
    found: dict[str, list[Finding]] = {"memory": [], "disk": []}
    monkeypatch.setattr(command, "measure_pace", lambda *_: PACE)
    monkeypatch.setattr(command, "judge_memory", lambda *_: found["memory"])
    monkeypatch.setattr(command, "judge_disk", lambda *_: found["disk"])
    return found


def test_the_time_is_told_as_measured(
    tiny_config: Config, machine: dict[str, list[Finding]], capsys: pytest.CaptureFixture[str]
) -> None:
    command.dry_run(tiny_config, fresh=False)
    told = capsys.readouterr().out
    assert "      time  about " in told
    assert "measured now: 1 min 00 s for a critic step and 30 s for a generator step, and 2 evaluations of 10 s" in told


@pytest.mark.parametrize("kind", ["memory", "disk"])
def test_a_run_that_cannot_work_is_refused_with_the_cure(
    kind: str,
    tiny_config: Config,
    machine: dict[str, list[Finding]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    machine[kind].append(Finding(True, "This machine is too small: buy another."))
    if kind == "memory":
        monkeypatch.setattr(command, "measure_pace", lambda *_: pytest.fail("its networks do not fit"))
    with pytest.raises(UserError, match="too small: buy another"):
        command.dry_run(tiny_config, fresh=False)
    told = capsys.readouterr().out
    assert "parameters" in told  # all figures are shown all the same
    assert ("      time" in told) == (kind == "disk")


def test_a_tight_run_is_warned_of(
    tiny_config: Config, machine: dict[str, list[Finding]], capsys: pytest.CaptureFixture[str]
) -> None:
    machine["memory"].append(Finding(False, "Other programs hold it."))
    command.dry_run(tiny_config, fresh=False)
    assert "Warning: Other programs hold it." in capsys.readouterr().out


def test_a_lowered_batch_is_told(
    tiny_values: dict[str, Any], machine: dict[str, list[Finding]], capsys: pytest.CaptureFixture[str]
) -> None:
    tiny_values["training"]["batch_size"] = 300
    command.dry_run(validate(tiny_values, "test"), fresh=False)
    told = capsys.readouterr().out
    assert "Warning: batch_size 300 is more than the " in told
    assert " clips of 0.5 s" in told


def test_a_finished_run_needs_neither_time_nor_room(
    trained: Path,
    machine: dict[str, list[Finding]],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine["disk"].append(Finding(True, "Full."))
    monkeypatch.chdir(trained)
    command.dry_run(validate(json.loads((trained / "c.json").read_text()), "test"), fresh=False)
    told = capsys.readouterr().out
    assert "is finished" in told
    assert "      time" not in told


def test_a_run_of_absurd_length_is_refused_by_its_key(cli: RunCli) -> None:
    result = cli("--epochs", "9" * 20, "--dry-run")
    assert result.returncode == 2
    assert result.stderr.startswith("training.epochs is 99999999999999999999 on the command line")
    assert "at most 10000000" in result.stderr
