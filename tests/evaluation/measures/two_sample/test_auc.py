import numpy as np
import pytest

from wavegan_src.evaluation.measures.bootstrap import Sides
from wavegan_src.evaluation.measures.two_sample.auc import auc_interval, compare_scores

ONE_FOLD = np.zeros(40, dtype=np.int64)


def test_is_the_share_of_pairs_counted_one_by_one() -> None:
    rng = np.random.default_rng(0)
    ours, theirs = rng.integers(0, 6, 30).astype(float), rng.integers(0, 6, 20).astype(float)  # with ties
    our_folds, their_folds = rng.integers(0, 3, 30), rng.integers(0, 3, 20)
    won, pairs = 0.0, 0
    for score, fold in zip(ours, our_folds, strict=True):
        for other, other_fold in zip(theirs, their_folds, strict=True):
            if fold == other_fold:
                won += 1.0 if score > other else 0.5 if score == other else 0.0
                pairs += 1
    assert compare_scores(ours, theirs, our_folds, their_folds).auc == pytest.approx(won / pairs)


def test_is_the_one_of_theory_for_two_normal_distributions() -> None:
    rng = np.random.default_rng(1)
    folds = np.zeros(2000, dtype=np.int64)
    found = compare_scores(rng.normal(1.0, 1.0, 2000), rng.normal(0.0, 1.0, 2000), folds, folds)
    assert found.auc == pytest.approx(0.7602, abs=0.02)  # Φ(1 / √2)


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(2)
    hits = []
    for seed in range(30):
        pairs = compare_scores(rng.normal(1.0, 1.0, 40), rng.normal(0.0, 1.0, 40), ONE_FOLD, ONE_FOLD)
        interval = auc_interval(pairs, Sides(40, 40), seed=seed)
        hits.append(interval is not None and interval.low <= 0.7602 <= interval.high)
    assert 0.8 <= np.mean(hits) <= 1.0


def test_clips_of_one_recording_make_the_interval_wider_and_it_is_seeded() -> None:
    rng = np.random.default_rng(3)
    recordings = list(np.repeat(np.arange(8), 5))
    theirs = rng.normal(0, 1, 8)[recordings] + 0.1 * rng.standard_normal(40)
    pairs = compare_scores(rng.normal(1.0, 1.0, 40), theirs, ONE_FOLD, ONE_FOLD)
    by_clip, by_recording = (auc_interval(pairs, Sides(40, units), seed=0) for units in (40, recordings))
    assert by_clip is not None
    assert by_recording is not None
    assert by_recording.high - by_recording.low > 1.3 * (by_clip.high - by_clip.low)
    assert by_recording == auc_interval(pairs, Sides(40, recordings), seed=0)


def test_never_leaves_what_a_share_can_be() -> None:
    pairs = compare_scores(np.arange(40.0) + 100, np.arange(40.0), ONE_FOLD, ONE_FOLD)
    interval = auc_interval(pairs, Sides(40, 40), seed=0)
    assert interval is not None
    assert (pairs.auc, interval.low, interval.high) == (1.0, 1.0, 1.0)
