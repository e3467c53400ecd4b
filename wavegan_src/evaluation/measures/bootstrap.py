"""The bootstrap: how far a score would move with other recordings, or other clips, from the same source.

Whole recordings are drawn with replacement where they are known, since clips of one recording are near-copies of each
other, and clips elsewhere (Efron 1979). A draw is handed on as counts per clip, so that a distance may leave out pairs
of copies of one clip instead of taking them for a coincidence.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wavegan_src.evaluation.measures.measurement import Interval

Counts = NDArray[np.int64]  # how often each clip was drawn
Statistic = Callable[[Counts, Counts], float]
Units = int | Sequence[Hashable]
"""What is drawn of a set: its clips, given as their number, or its recordings, given as the recording of each clip."""

REPLICATES = 200
LEVEL = 0.95
MIN_UNITS = 2


@dataclass(frozen=True)
class Sides:
    """What is drawn of the generated clips and of the real ones that they are compared with."""

    generated: Units
    reference: Units


def bootstrap(
    statistic: Statistic,
    estimate: float,
    generated: Units,
    reference: Units = 0,
    *,
    seed: int,
    replicates: int = REPLICATES,
    level: float = LEVEL,
    least: float = -np.inf,
    most: float = np.inf,
) -> Interval | None:
    """A bootstrap interval around `estimate`.

    The quantiles of the draws are shifted so that their mean falls on the estimate: resampling repeats clips and so
    adds to the upward bias of a Fréchet distance, which would otherwise leave the estimate outside its own interval.
    Where a few draws are far from all others, that is not enough, and the interval is widened to the estimate.

    Args:
        statistic: the score, given counts of the generated clips (n,) and of the reference clips (m,).
        estimate: the score of the sets as they are.
        generated: the number of generated clips, or the recording that each belongs to: then recordings are drawn.
        reference: the same for the reference; 0 where the score needs none. One recording is left as it is.
        seed: equal seeds give equal intervals.
        replicates: draws.
        level: probability.
        least: the smallest score that there can be.
        most: the largest.

    Returns:
        The interval, or None where there are fewer than two clips (or recordings) to draw from, or where fewer than
        half of the draws have a score (`statistic` may return NaN or infinity for an unusable draw; it is left out).
    """
    draw_generated, draw_reference = drawer(generated), drawer(reference)
    if draw_generated is None:
        return None
    rng = np.random.default_rng(seed)
    drawn = []
    for _ in range(replicates):
        counts = draw_generated(rng)
        fixed = np.ones(_total(reference), dtype=np.int64)
        drawn.append(statistic(counts, fixed if draw_reference is None else draw_reference(rng)))
    scores = np.array(drawn)[np.isfinite(drawn)]
    if len(scores) < max(replicates / 2, 1):
        return None
    tail = (1 - level) / 2
    low, high = np.quantile(scores, [tail, 1 - tail]) + (estimate - scores.mean())
    low, high = max(float(low), least), min(float(high), most)
    return Interval(min(low, estimate), max(high, estimate), len(scores))


def bootstrap_mean(values: NDArray[np.floating], units: Units | None = None, *, seed: int) -> Interval | None:
    """The interval of a mean of values per clip, (n,); clips are drawn where no units are given."""

    def mean(counts: Counts, _: Counts) -> float:
        return float(counts @ values / counts.sum()) if counts.any() else float("nan")

    if len(values) < MIN_UNITS:
        return None
    return bootstrap(mean, float(values.mean()), len(values) if units is None else units, seed=seed)


def units_of(recordings: Sequence[Hashable]) -> Units:
    """What is drawn of clips of these recordings: the recordings, or the clips if all are of the same one."""
    return list(recordings) if len(set(recordings)) >= MIN_UNITS else len(recordings)


def _total(units: Units) -> int:
    return units if isinstance(units, int) else len(units)


def drawer(units: Units) -> Callable[[np.random.Generator], Counts] | None:
    """A function that draws counts per clip, or None where there are fewer than two units to draw from."""
    if isinstance(units, int):
        groups, members = units, np.arange(units)
    else:
        known = {label: index for index, label in enumerate(dict.fromkeys(units))}
        groups, members = len(known), np.array([known[label] for label in units], dtype=np.int64)
    if groups < MIN_UNITS:
        return None

    def draw(rng: np.random.Generator) -> Counts:
        drawn = np.bincount(rng.integers(groups, size=groups), minlength=groups)
        return np.asarray(drawn[members], dtype=np.int64)

    return draw
