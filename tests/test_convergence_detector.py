"""Each state on series that have it by construction; tests/test_recorded_runs.py has runs that were really trained."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.convergence import steady_run
from wavegan_src.convergence.history import line_up
from wavegan_src.convergence.thresholds import (
    COPYING_RATIO,
    ESTIMATE_LIMIT,
    LEVEL_QUALITY,
    LONG_TREND_WINDOW,
    MEMORISING_GAP,
    PENALTY_LIMIT,
    SCORE_LIMIT,
    SWINGING_QUALITY,
    WINDOW,
    WORSE_FACTOR,
)
from wavegan_src.convergence_detector import State, Verdict, latest, replay
from wavegan_src.dsp.trends import trend

NAN = math.nan
Series = Any  # a list or an array
Tables = dict[str, Any]


def last(count: int = 30, seed: int = 0, **given_series: Series) -> Verdict:
    return replay(*steady_run(count, seed, **given_series))[-1]


def falling(count: int, seed: int = 0, start: float = 60.0, end: float = 10.0) -> np.ndarray[Any, Any]:
    noise = np.random.default_rng(seed).standard_normal(count)
    return np.linspace(start, end, count) * (1 + 0.03 * noise)


def test_the_first_checkpoints_are_warming_up() -> None:
    states = [verdict.state for verdict in replay(*steady_run(12))]
    assert states[:9] == [State.WARMING_UP] * 9
    assert states[9] != State.WARMING_UP


def test_five_checkpoints_that_fall_are_enough_for_learning() -> None:
    states = [verdict.state for verdict in replay(*steady_run(6, kad=falling(6)))]
    assert states[:4] == [State.WARMING_UP] * 4
    assert states[4:] == [State.LEARNING] * 2


def test_learning_shows_in_the_second_measure_as_well() -> None:
    verdict = last(logmel_frechet=falling(30))
    assert verdict.state == State.LEARNING
    assert "log-mel distance fell" in verdict.reason


def test_learning_by_the_estimate_where_no_quality_was_measured() -> None:
    unmeasured: Tables = dict.fromkeys(("kad", "logmel_frechet"), [NAN] * 30)
    assert last(**unmeasured, wasserstein_estimate=falling(30)).state == State.LEARNING
    assert last(**unmeasured).state == State.PLATEAU


def test_progress_too_slow_for_the_short_window_is_still_learning() -> None:
    slow = 100 * 0.99 ** np.arange(40) * (1 + 0.03 * np.random.default_rng(1).standard_normal(40))
    steady = [1000.0] * 40
    assert last(40, kad=slow, logmel_frechet=steady).state == State.LEARNING


def test_converged_is_level_for_long_after_something_was_learnt() -> None:
    random = np.random.default_rng(2)
    learnt = np.concatenate([np.linspace(60, 10, 10), 10 + 0.1 * random.standard_normal(30)])
    found = replay(*steady_run(40, kad=learnt))
    assert found[-1].state == State.CONVERGED
    first = next(verdict for verdict in found if verdict.state == State.CONVERGED)
    assert first.epoch >= 10 * (10 + 0.8 * LONG_TREND_WINDOW)
    assert "is level at 10" in found[-1].reason


def test_level_from_the_start_is_no_convergence() -> None:
    assert last(60).state == State.PLATEAU  # nothing was ever learnt


def test_a_level_distance_with_a_moving_estimate_is_a_plateau() -> None:
    learnt = np.concatenate([np.linspace(60, 10, 10), np.full(30, 10.0)])
    assert last(40, kad=learnt, wasserstein_estimate=falling(40, start=9, end=2)).state == State.PLATEAU


def test_a_noisy_measure_takes_longer_to_be_called_level() -> None:
    """The interval has to lie within the limit, so noise postpones the word and does not bring it on."""
    random = np.random.default_rng(4)
    noisy = np.concatenate([np.linspace(60, 10, 10), 10 * (1 + 0.25 * random.standard_normal(30))])
    assert last(40, kad=noisy).state != State.CONVERGED


def test_a_power_law_is_not_called_level_however_long_the_run() -> None:
    for count in (60, 300):
        progress = 100 * np.arange(1.0, count + 1) ** -0.4
        states = {verdict.state for verdict in replay(*steady_run(count, kad=progress))}
        assert State.CONVERGED not in states
    assert LEVEL_QUALITY < 1 - 1.5**-0.4  # what it does in the last third of any run


def test_oscillating() -> None:
    swing = 1 + 0.8 * np.sin(np.arange(30) * 2)
    assert last(kad=20 * swing, logmel_frechet=1000 * swing, wasserstein_estimate=5 * swing).state == State.OSCILLATING


def test_two_sounds_in_turn_swing_by_more_than_the_threshold() -> None:
    found = trend(np.arange(10.0), np.tile([1.0, 2.0], 5))
    assert found is not None
    assert found.scatter > SWINGING_QUALITY


def test_a_fall_too_small_to_matter_is_no_learning_however_sure() -> None:
    """What steps of a ten-millionth do: no scatter at all, and no progress either."""
    creeping = 100 - 0.0001 * np.arange(30)
    verdict = last(kad=creeping, logmel_frechet=10 * creeping)
    assert verdict.state == State.PLATEAU
    assert verdict.view.quality is not None
    assert verdict.view.quality.p < 0.001


def test_mode_collapse() -> None:
    lost = np.concatenate([np.full(15, 0.9), np.full(15, 0.1)])
    verdicts = replay(*steady_run(diversity=lost))
    assert verdicts[-1].state == State.MODE_COLLAPSE
    assert verdicts[-1].since <= 170  # told within two checkpoints
    assert "10 % of what two clips of the data differ by, down from 90 %" in verdicts[-1].reason


def test_little_variety_at_the_start_of_learning_is_no_collapse() -> None:
    assert last(kad=falling(30), diversity=np.full(30, 0.2)).state == State.LEARNING
    assert last(diversity=np.linspace(0.05, 0.2, 30)).state != State.MODE_COLLAPSE


def test_overfitting_by_the_critics_gap() -> None:
    kad = np.concatenate([np.linspace(60, 10, 12), np.linspace(11, 16, 18)])
    gap = np.concatenate([np.full(12, 0.1), np.linspace(0.1, 0.8, 18)])
    verdicts = replay(*steady_run(kad=kad, critic_real_validation=3 - 5 * gap))
    assert verdicts[-1].state == State.OVERFITTING
    assert "gap between training and unseen clips grew" in verdicts[-1].sentence
    assert "while KAD rose from" in verdicts[-1].sentence
    assert "best model is epoch 120" in verdicts[-1].sentence
    assert verdicts[-1].sentence.startswith(f"overfitting since epoch {verdicts[-1].since}: ")


def test_a_large_gap_that_does_no_harm_is_no_overfitting() -> None:
    assert last(kad=falling(30), critic_real_validation=np.full(30, 0.0)).state == State.LEARNING


def test_a_gap_of_either_sign_is_noise() -> None:
    kad = np.concatenate([np.linspace(60, 10, 12), np.linspace(11, 16, 18)])
    gap = np.tile([0.9, 0.9, -0.9], 10)
    assert last(kad=kad, critic_real_validation=3 - 5 * gap).state != State.OVERFITTING


def test_overfitting_by_copies_without_a_critic() -> None:
    kad = np.concatenate([np.linspace(60, 10, 12), np.linspace(11, 16, 18)])
    copies = np.concatenate([np.full(12, 1.0), np.full(18, COPYING_RATIO - 0.1)])
    verdict = last(kad=kad, memorisation=copies)
    assert verdict.state == State.OVERFITTING
    assert "0.40 times as far from training clips" in verdict.reason


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("wasserstein_estimate", ESTIMATE_LIMIT),
        ("wasserstein_estimate", -ESTIMATE_LIMIT),
        ("real_score", SCORE_LIMIT),
        ("gradient_penalty", PENALTY_LIMIT),
    ],
)
def test_what_no_working_critic_can_have_is_divergence(name: str, limit: float) -> None:
    above: Tables = {name: np.full(30, 1.01 * limit)}
    below: Tables = {name: np.full(30, 0.99 * limit)}
    assert last(**above).state == State.DIVERGING
    assert last(**below).state != State.DIVERGING


def test_one_steep_epoch_is_no_divergence() -> None:
    penalty = np.full(30, 0.1)
    penalty[-1] = 1000
    assert last(gradient_penalty=penalty).state != State.DIVERGING


def test_score_limit_is_where_float32_loses_hundredths() -> None:
    above, below = np.float32(2 * SCORE_LIMIT), np.float32(SCORE_LIMIT / 4)
    assert np.float32(above + np.float32(0.005)) == above
    assert np.float32(below + np.float32(0.005)) != below


def test_twice_as_bad_and_rising_is_divergence() -> None:
    kad = np.concatenate([np.linspace(60, 10, 12), np.linspace(11, 10 * WORSE_FACTOR + 10, 18)])
    verdict = last(kad=kad)
    assert verdict.state == State.DIVERGING
    assert "from 10 in its best epoch" in verdict.reason


@pytest.mark.parametrize("value", [0.0, 0.6931, 1.0])
def test_a_flat_loss_is_not_convergence(value: float) -> None:
    """Where nothing moves nothing is learnt: the networks are dead, or the figures are."""
    flat: Tables = dict.fromkeys(("wasserstein_estimate", "critic_loss", "real_score"), [value] * 60)
    verdict = last(60, **flat, kad=[50.0] * 60, logmel_frechet=[1000.0] * 60)
    assert verdict.state == State.PLATEAU
    assert "stayed at 50" in verdict.reason
    losses: Tables = {"epoch": list(range(1, 61)), "critic_loss": [value] * 60, "generator_loss": [value] * 60}
    assert replay(losses, {})[-1].state == State.PLATEAU


def test_losses_of_minus_a_thousand_million_are_divergence() -> None:
    huge: Tables = {"epoch": list(range(1, 61)), "critic_loss": [-1e9] * 60, "generator_loss": [-1e9] * 60}
    assert replay(huge, {})[-1].state == State.DIVERGING
    falling_fast = [-(10.0**power) for power in np.linspace(0, 9, 60)]
    assert replay({"epoch": list(range(1, 61)), "critic_loss": falling_fast}, {})[-1].state == State.DIVERGING
    assert last(critic_loss=np.full(30, -1e9), generator_loss=np.full(30, -1e9)).state == State.DIVERGING


@pytest.mark.parametrize("bad", [NAN, math.inf, -math.inf])
def test_a_loss_that_is_no_number_is_divergence_from_there_on(bad: float) -> None:
    estimate = np.concatenate([np.full(20, 5.0), np.full(10, bad)])
    verdicts = replay(*steady_run(wasserstein_estimate=estimate))
    assert verdicts[-1].state == State.DIVERGING
    assert verdicts[-1].since == 210
    assert "no finite number" in verdicts[-1].reason


def test_short_and_empty_histories() -> None:
    assert replay({}, {}) == []
    assert latest(line_up({}, {}, "kad")) is None
    assert [verdict.state for verdict in replay(*steady_run(1))] == [State.WARMING_UP]
    assert last(1).best_epoch == 10
    nothing = replay({"epoch": [1.0]}, {})[-1]
    assert (nothing.state, nothing.best_epoch) == (State.WARMING_UP, None)


def test_a_verdict_knows_only_what_was_there() -> None:
    """What a checkpoint was told does not change with what came later."""
    epochs, checkpoints = steady_run(40, kad=np.concatenate([falling(20), falling(20, start=10, end=40)]))
    whole = replay(epochs, checkpoints)
    for count in (5, 13, 28):
        first, second = ({name: values[:count] for name, values in table.items()} for table in (epochs, checkpoints))
        part = replay(first, second)
        assert part == whole[:count]


def test_the_latest_verdict_is_the_last_of_the_replay() -> None:
    tables = steady_run(40, kad=np.concatenate([falling(20), falling(20, start=10, end=40)]))
    assert latest(line_up(*tables, "kad")) == replay(*tables)[-1]


def test_a_window_shows_four_scatters_of_change_nine_times_in_ten() -> None:
    random = np.random.default_rng(7)
    axis = np.arange(float(WINDOW))
    shown = sum(
        found.falls(0.05)
        for _ in range(500)
        if (found := trend(axis, 100 - 4 * axis / (WINDOW - 1) + random.standard_normal(WINDOW)))
    )
    assert shown > 0.88 * 500


def test_the_gap_that_counts_as_memorising_is_where_the_thirds_lie() -> None:
    verdicts = [
        last(
            kad=np.concatenate([np.linspace(60, 10, 12), np.full(18, 11.0)]),
            critic_real_validation=np.full(30, 3 - 5 * share),
            wasserstein_estimate=np.full(30, 5.0),
        ).state
        for share in (MEMORISING_GAP - 0.02, MEMORISING_GAP + 0.02)
    ]
    assert verdicts[0] != State.OVERFITTING
    assert verdicts[1] == State.OVERFITTING


figures = st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=0, max_size=25)


@settings(deadline=None)
@given(figures, figures, figures, figures)
def test_no_series_breaks_it(kad: list[float], estimate: list[float], diversity: list[float], gap: list[float]) -> None:
    count = min(map(len, (kad, estimate, diversity, gap)))
    axis = [float(number) for number in range(1, count + 1)]
    epochs = {"epoch": axis, "wasserstein_estimate": estimate[:count], "gradient_penalty": gap[:count]}
    checkpoints = {"epoch": axis, "kad": kad[:count], "diversity": diversity[:count]}
    checkpoints |= {"critic_real_training": gap[:count], "critic_real_validation": estimate[:count]}
    for verdict in replay(epochs, checkpoints):
        assert verdict.state in State
        assert verdict.sentence


def test_a_relativistic_critic_is_not_held_to_the_slope_of_another() -> None:
    steep = steady_run(
        gradient_penalty=np.full(30, 10 * PENALTY_LIMIT), wasserstein_estimate=np.full(30, 2 * ESTIMATE_LIMIT)
    )
    assert replay(*steep)[-1].state == State.DIVERGING
    assert replay(*steep, architecture="engine")[-1].state != State.DIVERGING
    for wrong in (2 * SCORE_LIMIT, math.inf):
        found = replay(*steady_run(critic_loss=np.full(30, wrong)), architecture="engine")[-1]
        assert found.state == State.DIVERGING
        assert "slope" not in found.reason


def test_a_relativistic_critic_in_balance_does_not_swing() -> None:
    balanced = steady_run(wasserstein_estimate=0.1 * np.sin(2.0 * np.arange(30)))
    assert replay(*balanced)[-1].state == State.OSCILLATING
    assert replay(*balanced, architecture="engine")[-1].state != State.OSCILLATING
    swinging = steady_run(kad=20 * (1 + 0.8 * np.sin(2.0 * np.arange(30))))
    found = replay(*swinging, architecture="engine")[-1]
    assert found.state == State.OSCILLATING
    assert "score" not in found.reason  # that plays no part in it


RISING = np.linspace(2, 6, 30) * (1 + 0.02 * np.random.default_rng(3).standard_normal(30))


def test_a_second_measure_that_improves_does_not_outweigh_a_primary_one_that_gets_worse() -> None:
    verdict = last(kad=RISING, logmel_frechet=falling(30))
    assert verdict.state == State.MIXED
    assert "KAD rose from" in verdict.reason
    assert "while the log-mel distance fell from" in verdict.reason
    assert last(kad=falling(30), logmel_frechet=RISING).state == State.LEARNING
    assert last(kad=RISING).state == State.DIVERGING


def test_a_rise_that_may_be_chance_is_not_called_worse() -> None:
    """The best model is then the newest: its column says so."""
    assert last(kad=RISING, best=[1.0] * 30).state == State.PLATEAU
    assert last(kad=RISING, best=[1.0] * 10 + [0.0] * 20).state == State.DIVERGING


def test_one_or_two_recordings_cannot_show_overfitting() -> None:
    memorised: Tables = {"kad": RISING, "critic_real_validation": [-1.0] * 30}
    assert last(**memorised).state == State.OVERFITTING
    for count, state in ((3.0, State.OVERFITTING), (2.0, State.DIVERGING)):
        assert last(**memorised, validation_recordings=[count] * 30).state == state


def test_the_best_model_is_the_one_that_was_chosen_not_the_lowest() -> None:
    chosen = [0.0] * 30
    chosen[3] = chosen[20] = 1.0
    verdict = last(best=chosen)
    assert verdict.best_epoch == 210
    assert verdict.view.since_chosen == 9
    assert last(best=[NAN] * 30).best_epoch == last().best_epoch
