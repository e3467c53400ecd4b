import math

import numpy as np
import pytest

from wavegan_src.evaluation.listening.analysis import analyse, bootstrap
from wavegan_src.evaluation.listening.answers import Choice, Collected, Rating
from wavegan_src.evaluation.listening.design import LOW_PASS, REFERENCE

CONDITIONS = (REFERENCE, LOW_PASS, "ours")


def collected(
    spread: float, listeners: int = 8, trials: int = 10, careless: int = 0, right: tuple[int, int] = (0, 0)
) -> Collected:
    """Listeners who agree but for a spread; the careless ones rate the hidden reference 60 in a third of the trials."""
    rng = np.random.default_rng(0)
    ratings = []
    for listener in range(listeners):
        for trial in range(trials):
            reference = 60 if listener < careless and trial % 3 == 0 else 98
            for condition, mean in ((REFERENCE, reference), (LOW_PASS, 30), ("ours", 70)):
                score = mean if condition == REFERENCE else round(float(np.clip(rng.normal(mean, spread), 0, 100)))
                ratings.append(Rating(f"listener {listener}", trial, condition, "clip", score))
    choices = [Choice("listener 0", number, "ours", number < right[0]) for number in range(right[1])]
    return Collected("Test", CONDITIONS, tuple(ratings), tuple(choices))


def test_means_are_plain_means_and_intervals_hold_them() -> None:
    source = collected(spread=8)
    found = analyse(source)
    assert [one.condition for one in found.conditions] == list(CONDITIONS)
    for one in found.conditions:
        own = [rating.score for rating in source.ratings if rating.condition == one.condition]
        assert one.mean == pytest.approx(np.mean(own))
        assert one.low <= one.mean <= one.high
        assert one.scores == 80
        assert np.mean(list(one.by_listener.values())) == pytest.approx(one.mean)
    assert found.over_listeners
    assert found == analyse(source)


def test_careless_listeners_are_left_out_by_the_rule() -> None:
    found = analyse(collected(spread=5, careless=2))
    assert [(one.listener, one.missed, one.trials) for one in found.excluded] == [
        ("listener 0", 4, 10),
        ("listener 1", 4, 10),
    ]
    assert len(found.listeners) == 6
    assert all(one.scores == 60 for one in found.conditions)
    assert analyse(collected(spread=5, listeners=2, careless=2)).conditions == ()


def test_the_interval_is_that_of_theory_for_independent_scores() -> None:
    """Scores that are all independent: the standard error of the mean; the pigeonhole bootstrap is at most √3 wider."""
    table = np.random.default_rng(1).normal(50, 10, (30, 40))
    low, high = bootstrap(table, seed=0)
    theory = 2 * 1.96 * 10 / math.sqrt(table.size)
    assert theory < high - low < 2.1 * theory
    assert low < table.mean() < high


def test_listeners_who_differ_widen_the_interval_but_only_if_there_are_some() -> None:
    own = np.repeat(np.random.default_rng(2).normal(50, 15, (12, 1)), 10, axis=1)
    low, high = bootstrap(own, seed=0)
    assert high - low == pytest.approx(2 * 1.96 * own[:, 0].std() / math.sqrt(12), rel=0.25)
    few = bootstrap(own[:2], seed=0)
    assert few[1] - few[0] == pytest.approx(0, abs=1e-9)
    assert not analyse(collected(spread=5, listeners=2)).over_listeners


def test_scores_that_are_missing_are_left_out() -> None:
    table = np.array([[10.0, np.nan], [30.0, 50.0], [np.nan, 50.0]])
    low, high = bootstrap(table, seed=0)
    assert 10 <= low <= 35 <= high <= 50


def test_abx_against_closed_forms() -> None:
    (found,) = analyse(collected(spread=5, right=(9, 10))).abx
    assert found.p == pytest.approx((10 + 1) / 2**10)
    z, share, count = 1.959964, 0.9, 10
    centre = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    half = z * math.sqrt(share * (1 - share) / count + z**2 / (4 * count**2)) / (1 + z**2 / count)
    assert (found.low, found.high) == pytest.approx((centre - half, centre + half), abs=1e-4)
