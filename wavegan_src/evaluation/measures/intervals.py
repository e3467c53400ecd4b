"""Intervals of the measures: what each would be with other recordings, or other clips, of the same kind.

`sides` says what is drawn of either set: by default its clips. The reference's balls and the kernel's width stay as
they are: they are the ruler.
"""

import numpy as np
from numpy.typing import NDArray

from wavegan_src.dsp.arrays import Floats
from wavegan_src.evaluation.measures.bootstrap import Counts, Sides, Units, bootstrap, bootstrap_mean, units_of
from wavegan_src.evaluation.measures.density import COPY_PERCENTILE, NEIGHBOURS, inside_balls
from wavegan_src.evaluation.measures.embeddings import Embeddings
from wavegan_src.evaluation.measures.fad import extrapolate, fad, fad_infinity, flat, frechet_distance
from wavegan_src.evaluation.measures.kad import SCALE, bandwidth, discrepancy, kad, kernels
from wavegan_src.evaluation.measures.measurement import Interval, Measurement

FAD_REPLICATES = 50  # one takes about a tenth of a second at 200 clips
LIMIT_SIZES = 3  # numbers of clips in the fit of each replicate of FAD∞: once each, where the score has 8, three times


def fad_interval(
    generated: Embeddings,
    reference: Embeddings,
    sides: Sides | None = None,
    *,
    seed: int,
    replicates: int = FAD_REPLICATES,
) -> Interval | None:
    """The interval of `fad.fad`, or None where that has no value."""
    estimate = fad(generated, reference).value
    if estimate is None:
        return None
    sides = sides or Sides(len(generated), len(reference))
    x, y = flat(generated), flat(reference)
    x_pieces, y_pieces = generated.patches.shape[1], reference.patches.shape[1]

    def drawn(x_counts: Counts, y_counts: Counts) -> float:
        if min(np.count_nonzero(x_counts), np.count_nonzero(y_counts)) < 2:
            return float("nan")
        return frechet_distance(x, y, np.repeat(x_counts, x_pieces), np.repeat(y_counts, y_pieces))

    return bootstrap(drawn, estimate, sides.generated, sides.reference, seed=seed, replicates=replicates, least=0.0)


def fad_infinity_interval(
    generated: Embeddings,
    reference: Embeddings,
    sides: Sides | None = None,
    *,
    seed: int,
    replicates: int = FAD_REPLICATES,
) -> Interval | None:
    """The interval of `fad.fad_infinity`, or None where that has no value.

    Each replicate extrapolates from fewer draws than the score itself, which makes the interval a little too wide.
    It does not hold the bias that the extrapolation leaves.
    """
    estimate = fad_infinity(generated, reference, seed).value
    if estimate is None:
        return None
    sides = sides or Sides(len(generated), len(reference))
    rng = np.random.default_rng(seed)

    def drawn(x_counts: Counts, y_counts: Counts) -> float:
        return extrapolate(generated, reference, x_counts, y_counts, rng, LIMIT_SIZES, draws=1)

    return bootstrap(drawn, estimate, sides.generated, sides.reference, seed=seed, replicates=replicates)


def kad_interval(
    generated: Embeddings, reference: Embeddings, sides: Sides | None = None, *, seed: int
) -> Interval | None:
    """The interval of `kad.kad`, or None where that has no value."""
    estimate = kad(generated, reference).value
    if estimate is None:
        return None
    sides = sides or Sides(len(generated), len(reference))
    parts = kernels(generated.clip_means, reference.clip_means, bandwidth(reference.clip_means))

    def drawn(x_counts: Counts, y_counts: Counts) -> float:
        if min(np.count_nonzero(x_counts), np.count_nonzero(y_counts)) < 2:
            return float("nan")  # one clip over and over has no pairs
        return SCALE * discrepancy(parts, x_counts, y_counts)

    return bootstrap(drawn, estimate, sides.generated, sides.reference, seed=seed)


def density_interval(
    generated: NDArray[np.floating],
    reference: NDArray[np.floating],
    sides: Sides | None = None,
    *,
    seed: int,
    neighbours: int = NEIGHBOURS,
) -> Interval | None:
    """The interval of the density of (n, size) and (m, size)."""
    if len(generated) < 1 or len(reference) <= neighbours:
        return None
    sides = sides or Sides(len(generated), len(reference))
    inside = inside_balls(generated, reference, neighbours).astype(np.float64)

    def drawn(x_counts: Counts, y_counts: Counts) -> float:
        if not (x_counts.any() and y_counts.any()):
            return float("nan")
        balls = len(reference) * (y_counts / y_counts.sum()) @ inside
        return float(balls @ x_counts / x_counts.sum() / neighbours)

    estimate = float(inside.sum() / len(generated) / neighbours)
    return bootstrap(drawn, estimate, sides.generated, sides.reference, seed=seed, least=0.0)


def coverage_interval(
    generated: NDArray[np.floating],
    reference: NDArray[np.floating],
    sides: Sides | None = None,
    *,
    seed: int,
    neighbours: int = NEIGHBOURS,
) -> Interval | None:
    """The interval of the coverage of (n, size) and (m, size)."""
    if len(generated) < 1 or len(reference) <= neighbours:
        return None
    sides = sides or Sides(len(generated), len(reference))
    inside = inside_balls(generated, reference, neighbours)

    def drawn(x_counts: Counts, y_counts: Counts) -> float:
        if not y_counts.any():
            return float("nan")
        return float(y_counts @ inside[:, x_counts > 0].any(axis=1) / y_counts.sum())

    estimate = float(inside.any(axis=1).mean())
    return bootstrap(drawn, estimate, sides.generated, sides.reference, seed=seed, least=0.0, most=1.0)


def memorisation_interval(ours: Floats, theirs: Floats, sides: Sides | None = None, *, seed: int) -> Interval | None:
    """The interval of the memorisation ratio, from the distances to the nearest training clip, (n,) and (h,)."""
    if not len(ours) or not len(theirs) or np.median(theirs) == 0:
        return None
    sides = sides or Sides(len(ours), len(theirs))

    def drawn(x_counts: Counts, y_counts: Counts) -> float:
        known = np.median(np.repeat(theirs, y_counts)) if y_counts.any() else 0.0
        return float(np.median(np.repeat(ours, x_counts)) / known) if x_counts.any() and known else float("nan")

    estimate = float(np.median(ours) / np.median(theirs))
    return bootstrap(drawn, estimate, sides.generated, sides.reference, seed=seed, least=0.0)


def copied_interval(ours: Floats, theirs: Floats, sides: Sides | None = None, *, seed: int) -> Interval | None:
    """The interval of the share of suspected copies, from the distances of `memorisation_interval`."""
    if not len(ours) or not len(theirs):
        return None
    sides = sides or Sides(len(ours), len(theirs))

    def drawn(x_counts: Counts, y_counts: Counts) -> float:
        if not (x_counts.any() and y_counts.any()):
            return float("nan")
        return float(x_counts @ (ours < np.percentile(np.repeat(theirs, y_counts), COPY_PERCENTILE)) / x_counts.sum())

    estimate = float((ours < np.percentile(theirs, COPY_PERCENTILE)).mean())
    return bootstrap(drawn, estimate, sides.generated, sides.reference, seed=seed, least=0.0, most=1.0)


def interval_of_clips(measurement: Measurement, units: Units | None = None, *, seed: int) -> Interval | None:
    """The interval of the mean of a measure that has a value per clip: STOI, PESQ, MCD, tag rate.

    Args:
        measurement: the measure; it says which clips have a value.
        units: of all generated clips, those without a value too.
        seed: equal seeds give equal intervals.
    """
    if not len(measurement.values):
        return None
    if units is None or isinstance(units, int):
        return bootstrap_mean(measurement.values, seed=seed)
    return bootstrap_mean(measurement.values, units_of([units[index] for index in measurement.indices]), seed=seed)
