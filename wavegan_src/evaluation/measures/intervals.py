"""Intervals by the bootstrap: how far a score would move with other clips from the same source.

Clips, or whole recordings where they are known, are drawn with replacement (Efron 1979). A draw is handed on as counts
per clip, so that a distance may leave out pairs of copies of one clip instead of taking them for a coincidence.
"""

from collections.abc import Callable, Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from wavegan_src.evaluation.measures.density import NEIGHBOURS, inside_balls
from wavegan_src.evaluation.measures.embeddings import Embeddings
from wavegan_src.evaluation.measures.fad import fad, flat, frechet_distance
from wavegan_src.evaluation.measures.kad import SCALE, bandwidth, discrepancy, kad, kernels
from wavegan_src.evaluation.measures.measurement import Interval, Measurement

Counts = NDArray[np.int64]  # how often each clip was drawn
Statistic = Callable[[Counts, Counts], float]

REPLICATES = 200
LEVEL = 0.95
MIN_UNITS = 2


def bootstrap(
    statistic: Statistic,
    estimate: float,
    generated: int | Sequence[Hashable],
    reference: int | Sequence[Hashable] = 0,
    *,
    seed: int,
    replicates: int = REPLICATES,
    level: float = LEVEL,
) -> Interval | None:
    """A bootstrap interval around `estimate`.

    The quantiles of the draws are shifted so that their mean falls on the estimate: resampling repeats clips and so
    adds to the upward bias of a Fréchet distance, which would otherwise leave the estimate outside its own interval.

    Args:
        statistic: the score, given counts of the generated clips (n,) and of the reference clips (m,).
        estimate: the score of the sets as they are.
        generated: the number of generated clips, or the recording that each belongs to: then recordings are drawn.
        reference: the same for the reference; 0 where the score needs none.
        seed: equal seeds give equal intervals.
        replicates: draws.
        level: probability.

    Returns:
        The interval, or None where there are fewer than two clips (or recordings) to draw from, or where fewer than
        half of the draws have a score (`statistic` may return NaN or infinity for an unusable draw; it is left out).
    """
    draw_generated, draw_reference = _drawer(generated), _drawer(reference)
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
    return Interval(float(low), float(high), len(scores))


def bootstrap_mean(
    values: NDArray[np.floating], *, seed: int, recordings: Sequence[Hashable] | None = None
) -> Interval | None:
    """The interval of a mean of values per clip, (n,)."""

    def mean(counts: Counts, _: Counts) -> float:
        return float(counts @ values / counts.sum()) if counts.any() else float("nan")

    if len(values) < MIN_UNITS:
        return None
    return bootstrap(mean, float(values.mean()), len(values) if recordings is None else recordings, seed=seed)


def bootstrap_median(values: NDArray[np.floating], *, seed: int) -> Interval | None:
    """The interval of a median of values per clip, (n,)."""

    def median(counts: Counts, _: Counts) -> float:
        return float(np.median(np.repeat(values, counts)))

    if len(values) < MIN_UNITS:
        return None
    return bootstrap(median, float(np.median(values)), len(values), seed=seed)


def _total(units: int | Sequence[Hashable]) -> int:
    return units if isinstance(units, int) else len(units)


def _drawer(units: int | Sequence[Hashable]) -> Callable[[np.random.Generator], Counts] | None:
    """A function that draws counts per clip, or None where there is nothing to draw from."""
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


FAD_REPLICATES = 50  # one takes about a tenth of a second at 200 clips


def fad_interval(
    generated: Embeddings, reference: Embeddings, *, seed: int, replicates: int = FAD_REPLICATES
) -> Interval | None:
    """The interval of `frechet.fad` over clips of both sets, or None where that has no value."""
    estimate = fad(generated, reference).value
    if estimate is None:
        return None
    x, y = flat(generated), flat(reference)
    x_pieces, y_pieces = generated.patches.shape[1], reference.patches.shape[1]

    def drawn(x_counts: Counts, y_counts: Counts) -> float:
        return frechet_distance(x, y, np.repeat(x_counts, x_pieces), np.repeat(y_counts, y_pieces))

    return bootstrap(drawn, estimate, len(generated), len(reference), seed=seed, replicates=replicates)


def kad_interval(generated: Embeddings, reference: Embeddings, *, seed: int) -> Interval | None:
    """The interval of `kernel_distance.kad` over clips of both sets, or None where that has no value."""
    estimate = kad(generated, reference).value
    if estimate is None:
        return None
    parts = kernels(generated.clip_means, reference.clip_means, bandwidth(reference.clip_means))

    def drawn(x_counts: Counts, y_counts: Counts) -> float:
        if min(np.count_nonzero(x_counts), np.count_nonzero(y_counts)) < 2:
            return float("nan")  # one clip over and over has no pairs
        return SCALE * discrepancy(parts, x_counts, y_counts)

    return bootstrap(drawn, estimate, len(generated), len(reference), seed=seed)


def coverage_interval(
    generated: NDArray[np.floating], reference: NDArray[np.floating], *, seed: int, neighbours: int = NEIGHBOURS
) -> Interval | None:
    """The interval of the coverage of (n, size) and (m, size); the balls stay those of the whole reference."""
    if len(generated) < 1 or len(reference) <= neighbours:
        return None
    inside = inside_balls(generated, reference, neighbours)

    def drawn(x_counts: Counts, y_counts: Counts) -> float:
        return float(y_counts @ inside[:, x_counts > 0].any(axis=1) / y_counts.sum())

    return bootstrap(drawn, float(inside.any(axis=1).mean()), len(generated), len(reference), seed=seed)


def interval_of_clips(measurement: Measurement, *, seed: int) -> Interval | None:
    """The interval of a measure that has a value per clip: STOI, PESQ, MCD, density, tag rate, memorisation."""
    if measurement.measure == "memorisation":
        return bootstrap_median(measurement.values, seed=seed)
    return bootstrap_mean(measurement.values, seed=seed)
