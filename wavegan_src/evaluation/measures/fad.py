"""Fréchet distance between two sets of embeddings, and its extrapolation to infinitely many clips.

Fréchet audio distance (arXiv 1812.08466): the Fréchet distance of two Gaussians with the sets' means and covariances,
|m1 - m2|² + tr S1 + tr S2 - 2 tr (S1 S2)^(1/2). It is biased upwards by about c / n, so that figures at different
numbers of clips do not compare; the extrapolation (arXiv 1911.07023, 2311.01616) takes the bias out.
"""

import numpy as np
from numpy.typing import NDArray

from wavegan_src.dsp.arrays import Floats, Indices
from wavegan_src.evaluation.measures.embeddings import Embeddings
from wavegan_src.evaluation.measures.measurement import Measurement

MIN_CLIPS = 2
MIN_CLIPS_FOR_LIMIT = 16  # four sizes from a quarter of them up would say nothing below this


def frechet_distance(
    x: NDArray[np.floating],
    y: NDArray[np.floating],
    x_weights: NDArray[np.integer] | None = None,
    y_weights: NDArray[np.integer] | None = None,
) -> float:
    """Fréchet distance of the Gaussians fitted to two sets of points.

    With S1 = A'A and S2 = B'B, tr (S1 S2)^(1/2) is the sum of the singular values of A B'. So no root of a product
    that is not symmetric is ever taken, and singular covariances (fewer points than dimensions, points that are all
    the same) need no special case and no added constant.

    Args:
        x: points, (n, size).
        y: points, (m, size).
        x_weights: how often each point of `x` counts, (n,); once where None. For the bootstrap.
        y_weights: the same for `y`, (m,).

    Raises:
        ValueError: fewer than two points in a set.
    """
    x_mean, x_factor = _moments(x, x_weights)
    y_mean, y_factor = _moments(y, y_weights)
    shared = np.linalg.svd(x_factor @ y_factor.T, compute_uv=False).sum()
    spread = np.square(x_factor).sum() + np.square(y_factor).sum() - 2 * shared
    return float(max(np.square(x_mean - y_mean).sum() + spread, 0.0))


def _moments(points: NDArray[np.floating], weights: NDArray[np.integer] | None) -> tuple[Floats, Floats]:
    """The mean (size,), and a factor A (rank, size) of the covariance A'A, with at most `size` rows."""
    if weights is None:
        weights = np.ones(len(points), dtype=np.int64)
    drawn = weights > 0
    points, weights = points[drawn].astype(np.float64), weights[drawn]
    total = int(weights.sum())
    if total < MIN_CLIPS:
        raise ValueError("a covariance needs two points or more")
    mean = weights @ points / total
    factor = (points - mean) * np.sqrt(weights / (total - 1))[:, None]
    if len(factor) > factor.shape[1]:
        factor = symmetric_root(factor.T @ factor)
    return mean, factor


def symmetric_root(covariance: Floats) -> Floats:
    """The symmetric square root of a positive semi-definite matrix; negative rounding of eigenvalues is set to 0."""
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray((vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T)


def flat(embeddings: Embeddings) -> NDArray[np.float32]:
    """All pieces of all clips in one row: (clips x pieces, size)."""
    return embeddings.patches.reshape(-1, embeddings.patches.shape[-1])


def fad(generated: Embeddings, reference: Embeddings, measure: str = "fad") -> Measurement:
    """Fréchet audio distance over the pieces of the clips, as published: smaller is better, 0 is the same set.

    Compare only figures of equal numbers of clips: the result's `n` and `n_reference` belong to it. `measure` is the
    key of the result, by which the network is known.
    """
    if (reason := too_few(generated, reference, MIN_CLIPS)) is not None:
        return Measurement.absent(measure, reason, len(generated), len(reference))
    value = frechet_distance(flat(generated), flat(reference))
    return Measurement(measure, value, len(generated), len(reference))


def fad_infinity(
    generated: Embeddings, reference: Embeddings, seed: int, sizes: int = 8, draws: int = 3
) -> Measurement:
    """Fréchet audio distance extrapolated to infinitely many clips: the intercept of a line over 1/n.

    At each of `sizes` numbers n of clips, evenly spaced in 1/n from a quarter of the smaller set up to all of it,
    n clips of both sets are drawn `draws` times without replacement. May come out slightly negative for sets from one
    source, as an unbiased estimate must.
    """
    if (reason := too_few(generated, reference, MIN_CLIPS_FOR_LIMIT)) is not None:
        return Measurement.absent("fad_infinity", reason, len(generated), len(reference))
    ours, theirs = (np.ones(len(one), dtype=np.int64) for one in (generated, reference))
    value = extrapolate(generated, reference, ours, theirs, np.random.default_rng(seed), sizes, draws)
    return Measurement("fad_infinity", value, len(generated), len(reference))


def extrapolate(
    generated: Embeddings,
    reference: Embeddings,
    generated_counts: Indices,
    reference_counts: Indices,
    rng: np.random.Generator,
    sizes: int,
    draws: int,
) -> float:
    """The intercept over 1/n of Fréchet distances of n clips; each clip is there as often as its count says.

    NaN where there are too few clips.
    """
    ours, theirs = (np.repeat(np.arange(len(counts)), counts) for counts in (generated_counts, reference_counts))
    if min(len(ours), len(theirs)) < MIN_CLIPS_FOR_LIMIT:
        return float("nan")
    inverse, distances = [], []
    for size in _sizes(min(len(ours), len(theirs)), sizes):
        for _ in range(draws):
            x, x_weights = _draw(rng, ours, size, generated)
            y, y_weights = _draw(rng, theirs, size, reference)
            inverse.append(1 / size)
            distances.append(frechet_distance(x, y, x_weights, y_weights))
    return float(np.polyfit(inverse, distances, 1)[1])


def _sizes(largest: int, count: int) -> list[int]:
    """Numbers of clips from a quarter of `largest` to all, evenly spaced in 1/n, without repeats."""
    return sorted({int(size) for size in np.rint(1 / np.linspace(4 / largest, 1 / largest, count))})


def _draw(
    rng: np.random.Generator, clips: NDArray[np.integer], size: int, embeddings: Embeddings
) -> tuple[NDArray[np.float32], Indices]:
    """`size` of the clips (positions, perhaps repeated): their pieces in rows, and how often each piece counts."""
    chosen, counts = np.unique(clips[rng.choice(len(clips), size, replace=False)], return_counts=True)
    return flat(embeddings.take(chosen)), np.repeat(counts, embeddings.patches.shape[1]).astype(np.int64)


def too_few(generated: Embeddings, reference: Embeddings, minimum: int) -> str | None:
    """Why two sets are too small for a distance between distributions, or None where they are not."""
    if min(len(generated), len(reference)) >= minimum:
        return None
    return (
        f"needs at least {minimum} usable clips in each set, there are {len(generated)} generated "
        f"and {len(reference)} reference clips"
    )
