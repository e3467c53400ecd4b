import numpy as np
import pytest

from wavegan_src.evaluation.measures import bootstrap as b
from wavegan_src.evaluation.measures import kad as k


def test_the_interval_of_a_mean_is_the_one_of_theory() -> None:
    values = np.random.default_rng(0).normal(3.0, 2.0, 400)
    interval = b.bootstrap_mean(values, seed=1)
    assert interval is not None
    assert interval.high - interval.low == pytest.approx(2 * 1.96 * 2.0 / 20, rel=0.2)
    assert interval.low < values.mean() < interval.high
    assert interval == b.bootstrap_mean(values, seed=1)


def test_covers_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(2)
    hits = []
    for seed in range(100):
        interval = b.bootstrap_mean(rng.normal(0.0, 1.0, 60), seed=seed)
        hits.append(interval is not None and interval.low <= 0 <= interval.high)
    assert 0.87 <= np.mean(hits) <= 1.0


def test_whole_recordings_make_the_interval_wider() -> None:
    rng = np.random.default_rng(3)
    recordings = np.repeat(np.arange(20), 10)
    values = rng.normal(0, 1, 20)[recordings] + 0.05 * rng.standard_normal(200)
    by_clip = b.bootstrap_mean(values, seed=0)
    by_recording = b.bootstrap_mean(values, list(recordings), seed=0)
    assert by_clip is not None
    assert by_recording is not None
    assert by_recording.high - by_recording.low > 2 * (by_clip.high - by_clip.low)


def test_a_biased_statistic_keeps_its_estimate_inside() -> None:
    points = np.random.default_rng(4).standard_normal((30, 10))

    def squared_norm_of_mean(counts: b.Counts, _: b.Counts) -> float:
        return float(np.square(counts @ points / counts.sum()).sum())

    estimate = squared_norm_of_mean(np.ones(30, dtype=np.int64), np.ones(0, dtype=np.int64))
    interval = b.bootstrap(squared_norm_of_mean, estimate, 30, seed=0)
    assert interval is not None
    assert interval.low < estimate < interval.high


def test_both_sets_are_drawn_and_copies_make_no_pairs() -> None:
    rng = np.random.default_rng(5)
    x, y = rng.standard_normal((2, 30, 6))
    parts = k.kernels(x, y, 3.0)
    drawn: list[float] = []

    def statistic(x_counts: b.Counts, y_counts: b.Counts) -> float:
        drawn.append(k.discrepancy(parts, x_counts, y_counts))
        return drawn[-1]

    b.bootstrap(statistic, k.discrepancy(parts), 30, 30, seed=0)
    assert np.mean(drawn) == pytest.approx(k.discrepancy(parts), abs=3 * np.std(drawn) / np.sqrt(len(drawn)))


def test_scores_that_cannot_be_are_not_in_the_interval() -> None:
    def least(counts: b.Counts, _: b.Counts) -> float:
        return float(np.flatnonzero(counts)[0])  # the draws lie above the estimate: shifted, they would go below it

    interval = b.bootstrap(least, 0.0, 20, seed=0, least=0.0, most=0.5)
    assert interval is not None
    assert (interval.low, interval.high) == (0.0, 0.5)


def test_one_recording_is_drawn_by_clip() -> None:
    assert b.units_of(["a", "b", "a"]) == ["a", "b", "a"]
    assert b.units_of(["a", "a", "a"]) == 3


def test_nothing_to_draw_from_is_no_interval() -> None:
    assert b.bootstrap_mean(np.array([1.0]), seed=0) is None
    assert b.bootstrap_mean(np.array([1.0, 2.0]), ["a", "a"], seed=0) is None
    assert b.bootstrap(lambda _x, _y: float("nan"), 1.0, 10, seed=0) is None


@pytest.mark.parametrize("sign", [1, -1])
def test_the_estimate_is_in_its_interval_whatever_the_draws_are(sign: int) -> None:
    """Three of 200 draws are far away, and so their mean is farther than nearly all of them."""
    numbers = iter(range(200))
    found = b.bootstrap(lambda *_: float(sign * (next(numbers) < 3)), 0.0, 40, seed=0, replicates=200)
    assert found is not None
    assert found.low <= 0 <= found.high
