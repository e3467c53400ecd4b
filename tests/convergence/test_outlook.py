"""Views computed many at once against those computed one by one, and against windows and medians taken plainly."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.convergence import steady_run
from wavegan_src.convergence.history import History, line_up
from wavegan_src.convergence.outlook import outlook_at, outlooks
from wavegan_src.convergence.thresholds import LONG_SHARE, LONG_TREND_WINDOW, MOST_POINTS, RECENT, WINDOW
from wavegan_src.convergence_detector import State, latest, verdict_at
from wavegan_src.dsp.trends import Trend, trend

Series = np.ndarray[Any, np.dtype[np.float64]]


def gappy(count: int, seed: int) -> History:
    """A run of every kind of trouble: values that are missing, ties, a blown-up stretch, and changes of its course."""
    random = np.random.default_rng(seed)

    def series(level: float) -> Series:
        walk = level * np.exp(0.05 * random.standard_normal(count).cumsum())
        walk = np.round(walk, int(random.integers(0, 4)))
        return np.where(random.random(count) < random.choice([0.0, 0.2]), math.nan, walk)

    names = ("kad", "logmel_frechet", "diversity", "critic_real_validation", "wasserstein_estimate", "gradient_penalty")
    levels = (20.0, 1000.0, 0.6, 2.0, 5.0, 2.0)
    made: dict[str, Any] = {name: series(level) for name, level in zip(names, levels, strict=True)}
    return line_up(*steady_run(count, **made), "kad")


def plain_window(history: History, series: Series, end: int, length: int) -> Trend | None:
    """The trend over a window that is cut out and thinned by itself."""
    start = max(0, end - length)
    kept = [index for index in range(start, end) if math.isfinite(series[index])]
    block = max(1, math.ceil(len(kept) / MOST_POINTS))
    kept = kept[len(kept) % block :]
    groups = [kept[at : at + block] for at in range(0, len(kept), block)]
    x = np.array([np.median(history.epochs[group]) for group in groups])
    return trend(x, np.array([np.median(series[group]) for group in groups]))


@pytest.mark.parametrize("seed", range(4))
def test_many_at_once_are_the_same_as_one_by_one(seed: int) -> None:
    history = gappy(150, seed)
    together = outlooks(history, 0, 150)
    assert together == [outlook_at(history, index) for index in range(150)]
    assert outlooks(history, 70, 93) == together[70:93]


@pytest.mark.parametrize("seed", range(4))
def test_windows_levels_and_best_are_those_taken_the_plain_way(seed: int) -> None:
    history = gappy(400, seed)
    views = outlooks(history, 0, 400)
    for end in (1, 4, 11, 29, 61, 200, 399):
        view, quality = views[end - 1], history.quality[:end]
        long = max(LONG_TREND_WINDOW, math.ceil(LONG_SHARE * end))
        assert view.quality == plain_window(history, history.quality, end, WINDOW)
        assert view.quality_long == plain_window(history, history.quality, end, long)
        assert view.wasserstein_long == plain_window(history, history.wasserstein, end, long)
        assert view.diversity_trend == plain_window(history, history.diversity, end, WINDOW)
        if np.isfinite(quality).any():
            assert view.best == np.nanmin(quality)
            assert view.since_best == end - 1 - int(np.nanargmin(quality))
            assert view.first == quality[np.isfinite(quality)][0]
        diversity = history.diversity[:end][np.isfinite(history.diversity[:end])]
        levels = [np.median(diversity[at : at + RECENT]) for at in range(len(diversity) - RECENT + 1)]
        assert view.diversity_peak == (max(levels) if levels else None)
        gaps = history.gap[:end][np.isfinite(history.gap[:end])]
        if len(gaps) >= 5:
            assert (view.gap, view.early_gap) == (np.median(gaps[-5:]), np.median(gaps[:5]))
            assert view.gap_positive == pytest.approx((gaps[-WINDOW:] > 0).mean())


def naive_since(history: History) -> float | None:
    """Since when the last state has held, every checkpoint judged by itself."""
    states = [verdict_at(history, index).state for index in range(len(history))]
    unlike = [index for index, state in enumerate(states) if state != states[-1]]
    return history.epochs[unlike[-1] + 1 if unlike else 0] if states else None


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("count", [1, 3, 30, 120])
def test_since_when_a_state_has_held_is_what_judging_every_checkpoint_says(seed: int, count: int) -> None:
    history = gappy(count, seed)
    found = latest(history)
    assert found is not None
    assert found.since == naive_since(history)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.floats(0.01, 100) | st.just(math.nan), min_size=1, max_size=40), st.integers(0, 40))
def test_since_holds_for_any_series(values: list[float], blown_from: int) -> None:
    penalty = [1.0 if index < blown_from else 1e4 for index in range(len(values))]
    history = line_up(*steady_run(len(values), kad=values, gradient_penalty=penalty), "kad")
    found = latest(history)
    assert found is not None
    assert found.since == naive_since(history)


@pytest.mark.parametrize("state", [State.DIVERGING, State.CONVERGED])
def test_five_thousand_checkpoints_in_one_state_are_judged_at_once(state: State) -> None:
    count = 5000
    learnt = np.concatenate([np.linspace(60, 10, 10), 10 + 0.001 * np.sin(np.arange(count - 10))])
    level: dict[str, Any] = {"kad": learnt, "logmel_frechet": 100 * learnt, "wasserstein_estimate": np.full(count, 5.0)}
    series = level if state == State.CONVERGED else {"gradient_penalty": np.full(count, 1e4)}
    history = line_up(*steady_run(count, **series), "kad")
    found = latest(history)
    assert found is not None
    assert found.state == state
    assert found.since < 0.05 * history.epochs[-1]
