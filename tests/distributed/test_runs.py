"""Whole runs of several processes: the same tables as one process writes, stopping, killing, another number of them."""

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.cli import run_here
from tests.support.runs import Values, rows, tiny
from tests.support.together import Processes, command_line
from wavegan_src.run.folder import RunFolder

STEADY = 1e-9  # a learning rate at which rounding does not grow from step to step
CLOSE = 2e-4


@pytest.fixture(scope="module")
def values(recordings: Path, tmp_path_factory: pytest.TempPathFactory) -> Values:
    found = tiny(recordings, tmp_path_factory.mktemp("runs") / "alone")
    found["training"] |= {"learning_rate": STEADY, "epochs": 3}
    found["output"] |= {"checkpoint_interval_epochs": 1, "log_interval_iterations": 1}
    return found


@pytest.fixture(scope="module")
def alone(values: Values) -> RunFolder:
    """The run of one process."""
    config = _config(values, "alone")
    assert run_here("--config", str(config), cwd=config.parent).returncode == 0
    return _folder(config)


def test_two_processes_write_what_one_does_and_only_the_first_one_speaks(values: Values, alone: RunFolder) -> None:
    config = _config(values, "two")
    run = Processes(2, command_line, "--config", str(config))
    run.results()
    assert run.statuses == [0, 0], run.everything()
    assert run.out(0).count("epoch 3/3") == 1
    assert run.out(1) + run.err(0) + run.err(1) == ""
    _assert_alike(_folder(config), alone)


def test_a_signal_to_any_of_them_stops_all_and_one_process_goes_on(values: Values, alone: RunFolder) -> None:
    config = _config(values, "stopped")
    run = Processes(4, command_line, "--config", str(config))
    _when_trained(run, config, lambda: os.kill(run.processes[2].pid or 0, signal.SIGTERM))
    run.results()
    assert run.statuses == [143] * 4, run.everything()
    assert "The same command resumes from here." in run.err(0)
    assert run.err(1) == ""
    assert run_here("--config", str(config), cwd=config.parent).returncode == 0
    _assert_alike(_folder(config), alone)


def test_a_killed_process_ends_all_in_words_and_three_go_on(values: Values, alone: RunFolder) -> None:
    config = _config(values, "killed")
    run = Processes(2, command_line, "--config", str(config))
    _when_trained(run, config, run.processes[1].kill)
    run.results()
    assert run.statuses[0] == 2, run.everything()
    assert "Its last checkpoint is kept" in run.err(0)
    again = Processes(3, command_line, "--config", str(config))
    again.results()
    assert again.statuses == [0, 0, 0], again.everything()
    _assert_alike(_folder(config), alone)


def _config(values: Values, name: str) -> Path:
    folder = Path(values["output"]["output_dir"]).parent
    path = folder / f"{name}.json"
    path.write_text(json.dumps({**values, "output": values["output"] | {"output_dir": str(folder / name)}}))
    return path


def _folder(config: Path) -> RunFolder:
    return RunFolder(config.with_suffix(""))


def _when_trained(run: Processes, config: Path, act: Callable[[], object]) -> None:
    """Act once the first checkpoint is written and the second epoch begun."""
    second = _folder(config).iterations_csv(2)
    until = time.monotonic() + 100
    while time.monotonic() < until and run.processes[0].is_alive() and not second.exists():
        time.sleep(0.01)
    act()


def _assert_alike(run: RunFolder, other: RunFolder) -> None:
    """Their tables have the same rows, up to rounding."""
    tables = [run.epoch_csv, run.checkpoint_csv, *(run.iterations_csv(epoch) for epoch in (1, 2, 3))]
    for path in tables:
        ours, theirs = rows(path), rows(other.root / path.relative_to(run.root))
        assert len(ours) == len(theirs), path
        for one, two in zip(ours, theirs, strict=True):
            for column, cell in two.items():
                if cell and cell not in ("true", "false") and column != "critic_grad_norm":
                    assert float(one[column]) == pytest.approx(float(cell), rel=CLOSE, abs=1e-6), (path, column)
