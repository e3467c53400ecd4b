import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.convergence import steady_run
from tests.support.runs import Values, assert_same, everything, rows, run_in_process, same
from tests.support.states import load_values
from wavegan_src.convergence.history import History, line_up
from wavegan_src.convergence_detector import State, verdict_at
from wavegan_src.dsp.trends import FEWEST
from wavegan_src.run.folder import RunFolder
from wavegan_src.run.record import read_record
from wavegan_src.trainer.ending.early_stopping import STOPPING, may_improve, stopping_verdict

PATIENCE = 10


def overfitting(count: int) -> History:
    kad = np.concatenate([np.linspace(60, 10, 12), np.linspace(11, 18, count - 12)])
    gap = np.concatenate([np.full(12, 0.1), np.linspace(0.3, 0.8, count - 12)])
    return line_up(*steady_run(count, kad=kad, critic_real_validation=3 - 5 * gap), "kad")


def part(history: History, count: int) -> History:
    """The same run, `count` checkpoints in."""
    values: Values = {field.name: getattr(history, field.name) for field in dataclasses.fields(history)}
    cut: Values = {key: value[:count] for key, value in values.items() if isinstance(value, np.ndarray)}
    return dataclasses.replace(history, **cut)


def first_stop(history: History, patience: int = PATIENCE) -> int | None:
    states = (verdict_at(history, index).state for index in range(len(history)))
    counts = [count for count, state in enumerate(states, start=1) if state in STOPPING]
    return next((count for count in counts if stopping_verdict(part(history, count), patience)), None)


def test_overfitting_stops_the_run_after_the_patience() -> None:
    history = overfitting(45)
    stop = first_stop(history)
    assert stop is not None
    verdict = stopping_verdict(part(history, stop), PATIENCE)
    assert verdict is not None
    assert verdict.state == State.OVERFITTING
    assert stop >= 12 + PATIENCE
    later = first_stop(history, 2 * PATIENCE)
    assert later is not None
    assert later >= stop + PATIENCE - 1


def test_convergence_stops_the_run_after_the_patience() -> None:
    random = np.random.default_rng(2)
    kad = np.concatenate([np.linspace(60, 10, 10), 10 + 0.1 * random.standard_normal(60)])
    assert first_stop(line_up(*steady_run(70, kad=kad), "kad")) is not None


def test_a_blown_up_critic_stops_it_sooner() -> None:
    penalty = np.concatenate([np.full(20, 0.1), np.full(20, 1e4)])
    kad = np.concatenate([np.linspace(60, 10, 20), np.full(20, 90.0)])
    stop = first_stop(line_up(*steady_run(40, kad=kad, gradient_penalty=penalty), "kad"))
    assert stop is not None
    assert 22 < stop <= 20 + PATIENCE


def test_a_run_whose_critic_blew_up_before_it_learnt_anything_is_not_waited_for() -> None:
    """Its best is a chance among checkpoints that are all as bad as the first one: no reason to wait for another."""
    wandering: Values = {"kad": [62.6, 64.9, 64.5, 61.8, 61.1, 84, 84, 84], "gradient_penalty": np.full(8, 700.0)}
    assert first_stop(line_up(*steady_run(8, **wandering), "kad")) == FEWEST
    learnt = {**wandering, "kad": [62.6, 50.0, 48.0, 47.0, 48.5, 49, 49, 49]}
    assert first_stop(line_up(*steady_run(8, **learnt), "kad")) is None  # that is more than nothing
    lost = {**wandering, "kad": [62.6, 50.0, 48.0, 47.0, 61.1, 60, 62, 63]}
    assert (
        first_stop(line_up(*steady_run(8, **lost), "kad")) == 8
    )  # four checkpoints after the best, which may come again
    second = {**wandering, "logmel_frechet": [1000, 900, 800, 700, 650, 640, 650, 640]}
    assert first_stop(line_up(*steady_run(8, **second), "kad")) is None
    steady = {**wandering, "gradient_penalty": np.full(8, 0.1)}
    assert first_stop(line_up(*steady_run(8, **steady), "kad")) is None  # and a critic that works is given its time


def test_a_generator_that_is_still_random_is_no_reason_to_stop() -> None:
    flat: Values = {"kad": 62 + 0.5 * np.sin(np.arange(40)), "wasserstein_estimate": np.full(40, 5.0)}
    assert first_stop(line_up(*steady_run(40, **flat), "kad")) is None


anything = st.floats(-1e12, 1e12)


@settings(max_examples=25)
@given(
    st.data(), st.integers(1, 25), st.integers(1, 12), st.floats(0.5, 0.99), st.sampled_from(["kad", "logmel_frechet"])
)
def test_what_falls_at_every_checkpoint_is_never_stopped(
    data: st.DataObject, count: int, patience: int, factor: float, measure: str
) -> None:
    """Whatever all other figures are: a critic that blew up, memorises or is broken, a generator with one sound."""
    others = ("gradient_penalty", "wasserstein_estimate", "real_score", "critic_real_validation", "diversity")
    series: Values = {name: data.draw(st.lists(anything, min_size=count, max_size=count)) for name in others}
    other = {"kad": "logmel_frechet", "logmel_frechet": "kad"}[measure]
    series |= {measure: 100 * factor ** np.arange(count), other: np.full(count, 30.0)}
    assert first_stop(line_up(*steady_run(count, **series), "kad"), patience) is None


@pytest.mark.parametrize("state", [State.PLATEAU, State.OSCILLATING, State.MODE_COLLAPSE])
def test_no_other_state_stops_it(state: State) -> None:
    series: dict[State, Values] = {
        State.PLATEAU: {},
        State.OSCILLATING: {"kad": 20 * (1 + 0.8 * np.sin(np.arange(60) * 2))},
        State.MODE_COLLAPSE: {"diversity": np.concatenate([np.full(9, 0.9), np.full(51, 0.1)])},
    }
    assert first_stop(line_up(*steady_run(60, **series[state]), "kad")) is None


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("exponent", [0.3, 1.0])
def test_a_run_that_improves_is_never_stopped_whatever_else_its_figures_say(seed: int, exponent: float) -> None:
    """Power-law progress under 5 % of noise, with a critic that memorises and has blown up."""
    count = 80
    random = np.random.default_rng(seed)
    progress = 100 * np.arange(1.0, count + 1) ** -exponent * (1 + 0.05 * random.standard_normal(count))
    figures: dict[str, Any] = {"critic_real_validation": np.full(count, -3.0), "gradient_penalty": np.full(count, 50.0)}
    for measure, other in (("kad", "logmel_frechet"), ("logmel_frechet", "kad")):
        series: Values = {measure: progress, other: np.full(count, 30.0)}
        healthy = line_up(*steady_run(count, **series), "kad")
        assert first_stop(healthy) is None
        if exponent == 1.0:  # at 0.3 twenty checkpoints late in the run change by less than the noise
            early = line_up(*steady_run(40, **{k: v[:40] for k, v in (series | figures).items()}), "kad")
            assert first_stop(early) is None


def test_doubt_keeps_a_run_going() -> None:
    random = np.random.default_rng(0)
    falls = 100 - 2.5 * np.arange(10) / 9 + random.standard_normal(10)
    assert may_improve(line_up(*steady_run(10, kad=falls), "kad"), PATIENCE)
    assert not may_improve(
        line_up(*steady_run(10, kad=np.linspace(10, 20, 10), logmel_frechet=[5.0] * 10), "kad"), PATIENCE
    )


def test_a_second_opinion_counts_unless_the_first_measure_gets_worse() -> None:
    falls = np.linspace(1000, 900, 10)
    assert may_improve(line_up(*steady_run(10, logmel_frechet=falls), "kad"), PATIENCE)
    assert not may_improve(line_up(*steady_run(10, logmel_frechet=falls, kad=np.linspace(10, 20, 10)), "kad"), PATIENCE)


def test_nothing_recorded_stops_nothing() -> None:
    assert stopping_verdict(line_up({}, {}, "kad"), PATIENCE) is None
    assert stopping_verdict(line_up(*steady_run(1), "kad"), PATIENCE) is None


@pytest.fixture
def diverging(tiny_values: Values, monkeypatch: pytest.MonkeyPatch) -> Values:
    """A run whose critic really blows up, with nothing to hold it, without ever leaving the finite numbers."""
    tiny_values["training"] |= {"learning_rate": 0.003, "gp_weight": 0.0, "early_stopping_patience": 3, "epochs": 40}
    tiny_values["output"]["checkpoint_interval_epochs"] = 1
    return tiny_values


def test_a_run_that_diverges_ends_cleanly(diverging: Values, capsys: pytest.CaptureFixture[str]) -> None:
    folder = run_in_process(diverging)
    done = len(rows(folder.epoch_csv))
    assert 3 <= done < 40
    out = capsys.readouterr().out
    assert f"Stopped early at epoch {done}: diverging since epoch" in out
    assert "--no-early-stopping" in out
    final = load_values(folder.checkpoints / "final_model.tar")
    assert final["epoch"] == done
    assert final["stopped_early"]["state"] == "diverging"
    record = read_record(folder)
    assert record is not None
    assert record.stopped_by == "early stopping: diverging"
    assert record.reason == final["stopped_early"]["reason"]
    assert folder.report.exists()
    before = everything(folder)

    (folder.checkpoints / "final_model.tar").unlink()  # as if killed just after the last checkpoint
    run_in_process(diverging)
    assert f"This run was stopped early at epoch {done}: diverging" in capsys.readouterr().out
    assert same(before, everything(folder))

    run_in_process(diverging, epochs=60)  # more epochs are no reason to go on
    assert same(before, everything(folder))


def test_a_resumed_run_stops_where_an_uninterrupted_one_does(diverging: Values, tmp_path: Path) -> None:
    straight = run_in_process(diverging, output_dir=str(tmp_path / "straight"))
    pieces = str(tmp_path / "pieces")
    for epochs in (1, 2, 40):
        run_in_process(diverging, output_dir=pieces, epochs=epochs)
    assert_same(straight, RunFolder(Path(pieces)))


def test_going_on_after_an_early_stop_equals_a_run_that_was_never_stopped(diverging: Values, tmp_path: Path) -> None:
    stopped = run_in_process(diverging, output_dir=str(tmp_path / "stopped"))
    epochs = len(rows(stopped.epoch_csv)) + 3
    went_on = run_in_process(diverging, output_dir=str(stopped.root), epochs=epochs, early_stopping=False)
    never = run_in_process(diverging, output_dir=str(tmp_path / "never"), epochs=epochs, early_stopping=False)
    one, other = everything(never), everything(went_on)
    assert one.keys() == other.keys()
    for name, value in one.items():
        for state in (value, other[name]):
            if name.endswith(".tar"):  # the best model may be older than the change of mind
                state["config"]["training"] |= {"early_stopping": None, "epochs": None}
        assert same(value, other[name]), name


def test_another_patience_lets_it_go_on(diverging: Values) -> None:
    folder = run_in_process(diverging)
    done = len(rows(folder.epoch_csv))
    run_in_process(diverging, early_stopping_patience=1000, epochs=done + 2)
    assert len(rows(folder.epoch_csv)) == done + 2
