"""From predictions to results: macro-F1 of each arm, its difference from real clips alone, and what that means."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wavegan_src.dsp.arrays import Floats, Indices
from wavegan_src.evaluation.augmentation_study.arms import BLIND, ONLY, PLANTED, REAL, Condition, conditions
from wavegan_src.evaluation.augmentation_study.classes import LabelledClips
from wavegan_src.evaluation.measures.measurement import Interval

REPLICATES = 4000
LEVEL = 0.95
HELPED, HURT, NO_DIFFERENCE = "helped", "hurt", "did not help"
NOT_CLEAR = "not clear"  # of generated clips in place of real ones
PASSED, FAILED = "passed", "FAILED"  # of a control

Predictions = Mapping[Condition, NDArray[np.int64]]
"""Of each arm: the predicted class of each test clip, (seeds, clips)."""


@dataclass(frozen=True)
class Comparison:
    """One arm against another.

    Attributes:
        against: the other.
        difference: in macro-F1, mean over seeds.
        interval: of the difference.
        verdict: in words.
    """

    against: Condition
    difference: float
    interval: Interval
    verdict: str


@dataclass(frozen=True)
class Result:
    """What came of one arm.

    Attributes:
        condition: the arm and its ratio.
        macro_f1: mean over seeds.
        interval: of it, over test recordings and seeds.
        by_seed: macro-F1 of each seed.
        by_class: F1 of each class, mean over seeds.
        comparison: with real clips alone; None for these.
    """

    condition: Condition
    macro_f1: float
    interval: Interval
    by_seed: Sequence[float]
    by_class: Sequence[float]
    comparison: Comparison | None

    @property
    def verdict(self) -> str:
        """The verdict of its comparison; empty without one."""
        return "" if self.comparison is None else self.comparison.verdict


def macro_f1(confusion: Floats) -> Floats:
    """The mean over classes of F1 = 2 TP / (2 TP + FP + FN); 0 for a class that is neither there nor predicted.

    Args:
        confusion: counts, (..., true class, predicted class).
    """
    return np.asarray(class_f1(confusion).mean(-1))


def class_f1(confusion: Floats) -> Floats:
    """F1 of each class, (..., class), from (..., true class, predicted class)."""
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)
    both = confusion.sum(-1) + confusion.sum(-2)
    return np.asarray(np.divide(2 * hits, both, out=np.zeros_like(both, np.float64), where=both > 0))


def score(predictions: Predictions, test: LabelledClips, ratios: Sequence[float], seed: int) -> list[Result]:
    """Score every arm and judge it against real clips alone.

    Recordings are drawn with replacement within each class, and so are seeds; all arms share the draws, so that
    differences are paired. An arm's verdict follows from an interval so much wider that all verdicts together are
    wrong with 5 % (Bonferroni); the intervals in the result are of 95 % each.

    Args:
        predictions: of every arm of `conditions(ratios)`.
        test: the test clips.
        ratios: of the study.
        seed: of the draws.
    """
    order = conditions(ratios)
    draws = _Draws(test, len(predictions[order[0]]), seed)
    scored = {condition: draws.scores(predictions[condition]) for condition in order}
    tested = sum(not condition.arm.control for condition in order) - 1
    return [
        Result(
            condition,
            float(scored[condition].by_seed.mean()),
            _interval(scored[condition].drawn),
            [float(value) for value in scored[condition].by_seed],
            [float(value) for value in scored[condition].by_class],
            _compare(condition, scored, LEVEL if condition.arm.control else 1 - (1 - LEVEL) / tested),
        )
        for condition in order
    ]


def _compare(condition: Condition, scored: Mapping[Condition, "_Scores"], level: float) -> Comparison | None:
    """With real clips alone; the planted signal with the same clips without it. The level is the verdict's."""
    if condition.arm in (REAL, BLIND):
        return None
    against = next(other for other in scored if other.arm is (BLIND if condition.arm is PLANTED else REAL))
    ours, theirs = scored[condition], scored[against]
    drawn = ours.drawn - theirs.drawn
    return Comparison(
        against,
        float(ours.by_seed.mean() - theirs.by_seed.mean()),
        _interval(drawn),
        _verdict(condition, _interval(drawn, level)),
    )


def _verdict(condition: Condition, sure: Interval) -> str:
    if condition.arm.control:
        return PASSED if (sure.low > 0) == condition.arm.planted else FAILED
    if sure.low <= 0 <= sure.high:
        return NOT_CLEAR if condition.arm is ONLY else NO_DIFFERENCE
    return HELPED if sure.low > 0 else HURT


@dataclass(frozen=True)
class _Scores:
    """Macro-F1 of each seed, F1 of each class, and the mean macro-F1 of each draw."""

    by_seed: Floats
    by_class: Floats
    drawn: Floats


class _Draws:
    """Draws of test recordings and seeds that all arms share."""

    def __init__(self, test: LabelledClips, seeds: int, seed: int) -> None:
        self._labels = test.labels
        self._classes = int(test.labels.max()) + 1
        names = {name: number for number, name in enumerate(dict.fromkeys(test.recordings))}
        self._recording = np.array([names[name] for name in test.recordings])
        rng = np.random.default_rng(seed)
        self._recordings = np.zeros((REPLICATES, len(names)))
        for label in range(self._classes):
            own = np.unique(self._recording[test.labels == label])
            self._recordings[:, own] += rng.multinomial(len(own), np.full(len(own), 1 / len(own)), REPLICATES)
        self._seeds = rng.multinomial(seeds, np.full(seeds, 1 / seeds), REPLICATES) / seeds

    def scores(self, predicted: Indices) -> _Scores:
        """Of the predictions (seeds, clips) of one arm."""
        by_seed, drawn, whole = [], [], []
        for row in predicted:
            counts = np.zeros((self._recordings.shape[1], self._classes, self._classes))
            np.add.at(counts, (self._recording, self._labels, row), 1)
            whole.append(counts.sum(0))
            by_seed.append(macro_f1(whole[-1]))
            drawn.append(macro_f1(np.tensordot(self._recordings, counts, 1)))
        by_class = np.mean([class_f1(confusion) for confusion in whole], axis=0)
        return _Scores(np.array(by_seed), by_class, np.einsum("sr,rs->r", np.array(drawn), self._seeds))


def _interval(drawn: Floats, level: float = LEVEL) -> Interval:
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high), len(drawn))
