"""The detector on runs that were really trained, each made to end in one state (benchmarks/recorded_runs.py).

The figures in docs/convergence.md come from here: `python -m tests.test_recorded_runs` prints its table.
"""

import itertools

import pytest

from tests.support.paths import FIXTURES
from wavegan_src.convergence.history import Columns, line_up, read_recorded
from wavegan_src.convergence.thresholds import WINDOW
from wavegan_src.convergence_detector import State, Verdict, replay
from wavegan_src.trainer.ending.early_stopping import stopping_verdict

RECORDED = FIXTURES / "recorded_runs"
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
    "converged": State.CONVERGED,
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
    assert {verdict.state for verdict in verdicts(name)} <= {State.WARMING_UP, State.LEARNING, State.MIXED}
    assert first_stop(name) is None


def test_a_healthy_run_is_mixed_only_while_kad_rises_and_the_other_distance_falls() -> None:
    """KAD rose from 26 to 45 between its epochs 48 and 148, and no later model reached its best."""
    mixed = [verdict for verdict in verdicts("healthy") if verdict.state == State.MIXED]
    assert {verdict.epoch for verdict in mixed} <= set(range(88, 149))
    assert {verdict.best_epoch for verdict in mixed} == {48}
    assert all("KAD rose" in verdict.reason and "distance fell" in verdict.reason for verdict in mixed)
    assert not any(verdict.state == State.MIXED for verdict in verdicts("real_recordings"))


def test_divergence_is_told_before_the_sound_is_lost() -> None:
    """The averaged generator still sounds as it did when the critic's figures blow up."""
    found, kad = verdicts("diverging"), tables("diverging")[1]["kad"]
    told = next(index for index, verdict in enumerate(found) if verdict.state == State.DIVERGING)
    lost = next(index for index, value in enumerate(kad) if value > 1.5 * kad[0])
    assert told < lost
    assert found[-1].since == found[told].epoch
    assert all("the critic's slope is about" in verdict.reason for verdict in found[lost + 1 :])


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


def test_divergence_stops_a_run_as_soon_as_a_trend_could_show_that_it_is_none() -> None:
    found = verdicts("diverging")
    told = next(index for index, verdict in enumerate(found) if verdict.state == State.DIVERGING)
    stopped = next(index for index, verdict in enumerate(found) if verdict.epoch == first_stop("diverging"))
    assert stopped - told <= 4


@pytest.mark.parametrize("name", ["healthy", "real_recordings"])
def test_a_healthy_run_would_not_be_stopped_while_it_learns_even_if_its_critic_seemed_blown_up(name: str) -> None:
    epochs, checkpoints = tables(name)
    blown = epochs | {"gradient_penalty": [1e4] * len(epochs["epoch"])}
    last_best = verdicts(name)[-1].best_epoch or 0
    for count in range(1, len(checkpoints["epoch"]) + 1):
        part = {column: values[:count] for column, values in checkpoints.items()}
        if part["epoch"][-1] <= last_best:
            assert stopping_verdict(line_up(blown, part, "kad"), PATIENCE) is None


def test_a_run_that_settled_is_called_converged_and_stopped_after_the_patience() -> None:
    found = verdicts("converged")
    called = [verdict.state for verdict in found].index(State.CONVERGED)
    assert [verdict.state for verdict in found[called:]] == [State.CONVERGED] * PATIENCE
    assert len(found) - 1 - next(i for i, v in enumerate(found) if v.epoch == v.best_epoch) > 3 * PATIENCE


def test_the_run_with_early_stopping_ended_where_the_replay_says() -> None:
    for name in ("stopped_early", "resumed", "converged"):
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
