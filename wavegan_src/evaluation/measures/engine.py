"""Distances between two sets of engine clips, each of one thing that an expert listens for.

All are 1-D Wasserstein distances (W1), the mean way that one set's values must move to become the other's, in the
unit of the value. 0 is the same distribution; two sets of real clips show the floor.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import wasserstein_distance

from wavegan_src.dsp.arrays import Floats, Indices
from wavegan_src.dsp.engine_features import EngineDescriptors
from wavegan_src.evaluation.measures.bootstrap import Sides, Units, bootstrap, units_of
from wavegan_src.evaluation.measures.measurement import Interval, Measurement

MIN_CLIPS = 2
NO_RHYTHM = "no firing rhythm found"


@dataclass(frozen=True)
class _View:
    """One descriptor of a set as columns (n, columns), the positions of its clips (n,), and how many are in doubt."""

    columns: Floats
    indices: Indices
    doubtful: int = 0


def _of_rhythmic(columns: Callable[[EngineDescriptors], Floats]) -> Callable[[EngineDescriptors], _View]:
    return lambda set_: _View(np.atleast_2d(columns(set_).T).T, set_.rhythmic, int((~set_.tracked).sum()))


def _of_all(columns: Callable[[EngineDescriptors], Floats]) -> Callable[[EngineDescriptors], _View]:
    return lambda set_: _View(columns(set_), np.arange(len(set_), dtype=np.int64))


# Octaves, then decibels.
_VIEWS: dict[str, Callable[[EngineDescriptors], _View]] = {
    "firing_rate": _of_rhythmic(lambda set_: np.log2(set_.firing_rate)),
    "order_spectrum": _of_rhythmic(lambda set_: set_.order_levels),
    "harmonic_to_noise": _of_rhythmic(lambda set_: set_.harmonic_to_noise),
    "modulation": _of_all(lambda set_: set_.modulation),
    "long_term_spectrum": _of_all(lambda set_: set_.long_term_spectrum),
}
ENGINE_MEASURES = tuple(_VIEWS)


def mean_wasserstein(
    x: Floats, y: Floats, x_weights: NDArray[np.integer] | None = None, y_weights: NDArray[np.integer] | None = None
) -> float:
    """The mean over columns of the 1-D Wasserstein distance between the columns of (n, columns) and (m, columns)."""
    if x_weights is None and y_weights is None and len(x) == len(y):  # then it is the mean distance of equal ranks
        return float(np.abs(np.sort(x, axis=0) - np.sort(y, axis=0)).mean())
    return float(np.mean([wasserstein_distance(a, b, x_weights, y_weights) for a, b in zip(x.T, y.T, strict=True)]))


def engine_distance(measure: str, generated: EngineDescriptors, reference: EngineDescriptors) -> Measurement:
    """One of `ENGINE_MEASURES` between two sets.

    Clips without what it needs are left out and counted. Where order tracking is not confident, the rate is the best
    constant one; how many such clips there are on either side is told as doubts.
    """
    x, y = _VIEWS[measure](generated), _VIEWS[measure](reference)
    lost = len(generated) - len(x.columns)
    failures = {NO_RHYTHM: lost} if lost else {}
    if min(len(x.columns), len(y.columns)) < MIN_CLIPS:
        reason = (
            f"needs at least {MIN_CLIPS} clips with it in each set, there are {len(x.columns)} generated "
            f"and {len(y.columns)} reference clips"
        )
        return Measurement.absent(measure, reason, len(x.columns), len(y.columns), failures)
    value = mean_wasserstein(x.columns, y.columns)
    doubts = {side: count for side, count in (("generated", x.doubtful), ("real", y.doubtful)) if count}
    return Measurement(measure, value, len(x.columns), len(y.columns), failures, doubts=doubts)


def engine_interval(
    measure: str,
    generated: EngineDescriptors,
    reference: EngineDescriptors,
    sides: Sides | None = None,
    *,
    seed: int,
    replicates: int = 100,
) -> Interval | None:
    """The bootstrap interval of `engine_distance`, or None where that has no value."""
    estimate = engine_distance(measure, generated, reference).value
    if estimate is None:
        return None
    x, y = _VIEWS[measure](generated), _VIEWS[measure](reference)
    sides = sides or Sides(len(generated), len(reference))

    def drawn(x_counts: Indices, y_counts: Indices) -> float:
        if not (x_counts.any() and y_counts.any()):
            return float("nan")
        return mean_wasserstein(np.repeat(x.columns, x_counts, axis=0), np.repeat(y.columns, y_counts, axis=0))

    ours, theirs = _units(x, sides.generated), _units(y, sides.reference)
    return bootstrap(drawn, estimate, ours, theirs, seed=seed, replicates=replicates, least=0.0)


def _units(view: _View, units: Units) -> Units:
    """What is drawn of the clips in a view."""
    return len(view.indices) if isinstance(units, int) else units_of([units[index] for index in view.indices])
