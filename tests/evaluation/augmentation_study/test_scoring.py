from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.support.studies import labelled
from wavegan_src.evaluation.augmentation_study.arms import Condition, conditions
from wavegan_src.evaluation.augmentation_study.scoring import (
    FAILED,
    HELPED,
    HURT,
    NO_DIFFERENCE,
    NOT_CLEAR,
    PASSED,
    Result,
    macro_f1,
    score,
)

RATIOS = (1.0,)
TEST = labelled(3, 8, 0)


def naive_macro_f1(truth: list[int], predicted: list[int], classes: int) -> float:
    scores = []
    for label in range(classes):
        hits = sum(t == p == label for t, p in zip(truth, predicted, strict=True))
        found, there = predicted.count(label), truth.count(label)
        precision, recall = hits / found if found else 0.0, hits / there if there else 0.0
        scores.append(2 * precision * recall / (precision + recall) if hits else 0.0)
    return sum(scores) / classes


def test_macro_f1_is_the_mean_of_harmonic_means_of_precision_and_recall() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        truth, predicted = rng.integers(4, size=30), rng.integers(3, size=30)
        confusion = np.zeros((4, 4))
        np.add.at(confusion, (truth, predicted), 1)
        assert macro_f1(confusion) == pytest.approx(naive_macro_f1(truth.tolist(), predicted.tolist(), 4))


def guesses(right: float, seed: int) -> NDArray[np.int64]:
    """Predictions of two seeds, of which a share is right, and always by recording."""
    rng = np.random.default_rng(seed)
    names = list(dict.fromkeys(TEST.recordings))
    rows = []
    for _ in range(2):
        correct = dict(zip(names, rng.permutation(np.arange(len(names)) < right * len(names)), strict=True))
        wrong = np.array([not correct[name] for name in TEST.recordings])
        rows.append((TEST.labels + wrong) % 3)
    return np.array(rows)


def judged(shares: Callable[[Condition], float]) -> dict[str, Result]:
    predictions = {condition: guesses(shares(condition), number) for number, condition in enumerate(conditions(RATIOS))}
    return {result.condition.arm.name: result for result in score(predictions, TEST, RATIOS, 0)}


def test_a_clear_gain_helps_a_clear_loss_hurts_and_the_controls_pass() -> None:
    shares = {"real": 0.5, "classical": 1.0, "both": 0.5, "generated_only": 0.05, "shuffled": 0.5, "shuffled_only": 0.3}
    found = judged(lambda condition: shares.get(condition.arm.name, 0.6))
    assert found["classical"].verdict == HELPED
    assert found["generated_only"].verdict == HURT
    assert found["both"].verdict == NO_DIFFERENCE
    assert found["shuffled"].verdict == PASSED
    assert found["real"].verdict == found["shuffled_only"].verdict == ""


def test_generated_clips_in_place_of_real_ones_have_a_verdict_of_their_own() -> None:
    assert judged(lambda _: 0.5)["generated_only"].verdict == NOT_CLEAR


def test_controls_fail_where_shuffled_labels_help_or_the_signal_is_not_found() -> None:
    found = judged(lambda condition: 1.0 if condition.arm.name == "shuffled" else 0.4)
    assert found["shuffled"].verdict == found["planted"].verdict == FAILED
    found = judged(lambda condition: 1.0 if condition.arm.name == "planted" else 0.4)
    assert found["planted"].verdict == PASSED
    assert found["planted"].comparison is not None
    assert found["planted"].comparison.against.arm.name == "shuffled_only"


def test_equal_predictions_are_no_difference_with_no_width() -> None:
    same = guesses(0.5, 0)
    results = score(dict.fromkeys(conditions(RATIOS), same), TEST, RATIOS, 0)
    comparison = results[1].comparison
    assert comparison is not None
    assert (comparison.difference, comparison.interval.low, comparison.interval.high) == (0, 0, 0)
    assert comparison.verdict == NO_DIFFERENCE
    assert results[0].interval.low < results[0].macro_f1 < results[0].interval.high
    assert results[0].macro_f1 == pytest.approx(
        np.mean([naive_macro_f1(TEST.labels.tolist(), row.tolist(), 3) for row in same])
    )


def test_intervals_are_those_of_drawing_whole_recordings_one_by_one() -> None:
    same = guesses(0.6, 3)[:1]
    ours = score(dict.fromkeys(conditions(RATIOS), same), TEST, RATIOS, 0)[0].interval
    rng = np.random.default_rng(1)
    own = {
        label: sorted({n for n, of in zip(TEST.recordings, TEST.labels, strict=True) if of == label})
        for label in range(3)
    }
    clips = {name: [i for i, of in enumerate(TEST.recordings) if of == name] for name in set(TEST.recordings)}
    drawn = []
    for _ in range(400):
        names = [name for recordings in own.values() for name in rng.choice(recordings, len(recordings))]
        chosen = [clip for name in names for clip in clips[name]]
        drawn.append(naive_macro_f1(TEST.labels[chosen].tolist(), same[0][chosen].tolist(), 3))
    assert (ours.low, ours.high) == pytest.approx(np.quantile(drawn, [0.025, 0.975]), abs=0.05)
