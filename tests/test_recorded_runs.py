"""The detector on runs that were really trained, each made to end in one state (benchmarks/recorded_runs.py).

The figures in docs/convergence.md come from here: `python -m tests.test_recorded_runs` prints its table.
"""

import itertools
from pathlib import Path

import pytest

from wavegan_src.convergence_detector import State, Verdict, replay
from wavegan_src.convergence_thresholds import WINDOW
from wavegan_src.early_stopping import stopping_verdict
from wavegan_src.recorded_series import Columns, line_up, read_recorded

RECORDED = Path(__file__).parent / "recorded_runs"
PATIENCE = 10  # the default

# What each run was made to show.
MEANT = {
    "healthy": State.LEARNING,
    "real_recordings": State.LEARNING,
    "diverging": State.DIVERGING,
    "collapsed": State.MODE_COLLAPSE,
    "memorising": State.OVERFITTING,
    "oscillating": State.OSCILLATING,
    "plateau": State.PLATEAU,
    "stopped_early": State.DIVERGING,
    "resumed": State.DIVERGING,
}


def tables(name: str) -> tuple[Columns, Columns]:
    files = [read_recorded(RECORDED / name / f"{file}.csv") for file in ("epoch_statistics", "checkpoint_metrics")]
    assert [file.problem for file in files] == ["", ""]
    return files[0].columns, files[1].columns


def verdicts(name: str) -> list[Verdict]:
    return replay(*tables(name))


def first_stop(name: str) -> int | None:
    """Epoch at which early stopping ends the run, None if it never does."""
    epochs, checkpoints = tables(name)
    for count in range(1, len(checkpoints["epoch"]) + 1):
        part = {column: values[:count] for column, values in checkpoints.items()}
        if stopping_verdict(line_up(epochs, part, "kad"), PATIENCE) is not None:
            return int(part["epoch"][-1])
    return None


def test_every_recorded_run_is_tested() -> None:
    assert {path.name for path in RECORDED.iterdir()} == set(MEANT)


@pytest.mark.parametrize(("name", "state"), MEANT.items())
def test_each_run_is_named_for_what_it_was_made_to_be(name: str, state: State) -> None:
    assert verdicts(name)[-1].state == state


@pytest.mark.parametrize("name", ["healthy", "real_recordings"])
def test_a_healthy_run_is_never_called_bad_nor_stopped(name: str) -> None:
    assert {verdict.state for verdict in verdicts(name)} <= {State.WARMING_UP, State.LEARNING}
    assert first_stop(name) is None


def test_divergence_is_told_at_the_second_checkpoint() -> None:
    found = verdicts("diverging")
    assert found[-1].since == found[1].epoch
    assert "the critic's slope is about" in found[1].reason


def test_collapse_is_told_within_five_checkpoints_and_never_taken_back() -> None:
    epochs, checkpoints = tables("collapsed")
    lost = next(i for i, share in enumerate(checkpoints["diversity"]) if share < 0.05)
    found = replay(epochs, checkpoints)
    told = next(i for i, verdict in enumerate(found) if verdict.state == State.MODE_COLLAPSE)
    assert told - lost <= 5
    assert {verdict.state for verdict in found[told:]} == {State.MODE_COLLAPSE}


def test_overfitting_is_told_within_a_window_of_the_best_model_and_stops_the_run() -> None:
    found = verdicts("memorising")
    told = next(i for i, verdict in enumerate(found) if verdict.state == State.OVERFITTING)
    best = next(i for i, verdict in enumerate(found) if verdict.epoch == found[-1].best_epoch)
    assert 0 < told - best <= WINDOW
    stop = first_stop("memorising")
    assert stop is not None
    stopped = next(i for i, verdict in enumerate(found) if verdict.epoch == stop)
    assert stopped - best <= 3 * PATIENCE


def test_neither_a_plateau_nor_swinging_stops_a_run() -> None:
    assert first_stop("plateau") is None
    assert first_stop("oscillating") is None


def test_the_run_with_early_stopping_ended_where_the_replay_says() -> None:
    for name in ("stopped_early", "resumed"):
        assert first_stop(name) == tables(name)[1]["epoch"][-1]


def test_the_resumed_run_is_the_uninterrupted_one() -> None:
    assert repr(tables("resumed")) == repr(tables("stopped_early"))  # repr, since NaN is not equal to itself


def test_the_stopped_run_is_the_beginning_of_the_one_that_was_not() -> None:
    ours, theirs = tables("stopped_early")[1], tables("diverging")[1]
    count = len(ours["epoch"])
    assert all(repr(ours[name]) == repr(theirs[name][:count]) for name in ours)


if __name__ == "__main__":
    for run in MEANT:
        stretches = [
            f"{state} {first.epoch}"
            for state, group in itertools.groupby(verdicts(run), key=lambda verdict: verdict.state)
            for first in [next(group)]
        ]
        print(run, "|", ", ".join(stretches), "| best", verdicts(run)[-1].best_epoch, "| stop", first_stop(run))
