"""Bootstrap intervals of the measures that YAMNet's embeddings and single clips give.

Those of the engine distances are in `engine_distances.engine_interval`; FAD∞ has none, as its line over 1/n needs
different clips at every n.
"""

import numpy as np
from numpy.typing import NDArray

from wavegan_src.evaluation.bootstrap import Counts, Interval, bootstrap, bootstrap_mean, bootstrap_median
from wavegan_src.evaluation.embeddings import Embeddings
from wavegan_src.evaluation.frechet import fad, flat, frechet_distance
from wavegan_src.evaluation.kernel_distance import SCALE, bandwidth, discrepancy, kad, kernels
from wavegan_src.evaluation.manifold import NEIGHBOURS, inside_balls
from wavegan_src.evaluation.measurement import Measurement

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
