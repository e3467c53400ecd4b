"""Kernel audio distance (KAD, arXiv 2502.15602): an unbiased distance between two sets of embeddings.

The squared maximum mean discrepancy with a Gaussian kernel k(x, y) = exp(-|x - y|² / 2 s²), estimated without the
terms i = j (Gretton et al. 2012, equation 3), times 100 as the authors' kadtk prints it. The bandwidth s is the median
distance between the *reference* embeddings, so that every generator is measured with the same ruler.

One embedding per clip is used, the mean over its pieces: pieces of one clip are no independent draws, and pairs of
them would bring a bias back.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist, pdist

from wavegan_src.dsp.arrays import Floats
from wavegan_src.evaluation.measures.embeddings import Embeddings
from wavegan_src.evaluation.measures.fad import MIN_CLIPS, too_few
from wavegan_src.evaluation.measures.measurement import Measurement

SCALE = 100.0

ALL_EQUAL = "all reference clips have the same embedding, so that the kernel has no width: give more varied clips"


@dataclass(frozen=True)
class KernelSums:
    """The kernel between and within two sets: computed once, reweighted by every replicate of a bootstrap."""

    generated: Floats  # (n, n)
    reference: Floats  # (m, m)
    between: Floats  # (n, m)


def bandwidth(reference: NDArray[np.floating]) -> float:
    """The median distance between two different points of (m, size); 0 where most of them coincide."""
    return float(np.median(pdist(reference)))


def kernels(generated: NDArray[np.floating], reference: NDArray[np.floating], width: float) -> KernelSums:
    """Gaussian kernels of width `width` > 0 between points (n, size) and (m, size)."""

    def gaussian(x: NDArray[np.floating], y: NDArray[np.floating]) -> Floats:
        return np.asarray(np.exp(-cdist(x, y, "sqeuclidean") / (2 * width**2)))

    return KernelSums(gaussian(generated, generated), gaussian(reference, reference), gaussian(generated, reference))


def discrepancy(
    parts: KernelSums,
    generated_weights: NDArray[np.integer] | None = None,
    reference_weights: NDArray[np.integer] | None = None,
) -> float:
    """The unbiased squared maximum mean discrepancy; negative where the sets are closer than chance.

    Args:
        parts: from `kernels`.
        generated_weights: how often each generated point counts, (n,); once where None.
        reference_weights: the same for the reference, (m,). Pairs of copies of one point never count.
    """
    x = np.ones(len(parts.generated)) if generated_weights is None else generated_weights.astype(np.float64)
    y = np.ones(len(parts.reference)) if reference_weights is None else reference_weights.astype(np.float64)
    between = x @ parts.between @ y / (x.sum() * y.sum())
    return float(_mean_of_pairs(parts.generated, x) + _mean_of_pairs(parts.reference, y) - 2 * between)


def _mean_of_pairs(kernel: Floats, weights: Floats) -> float:
    """The weighted mean of the kernel over pairs of different points."""
    total = weights.sum() ** 2 - np.square(weights).sum()
    return float((weights @ kernel @ weights - np.square(weights) @ kernel.diagonal()) / total)


def kad(generated: Embeddings, reference: Embeddings, measure: str = "kad") -> Measurement:
    """Kernel audio distance over clips: 0 on average for sets from one source, at any number of clips.

    `measure` is the key of the result, by which the network is known.
    """
    if (reason := too_few(generated, reference, MIN_CLIPS)) is not None:
        return Measurement.absent(measure, reason, len(generated), len(reference))
    width = bandwidth(reference.clip_means)
    if width == 0:
        return Measurement.absent(measure, ALL_EQUAL, len(generated), len(reference))
    value = SCALE * discrepancy(kernels(generated.clip_means, reference.clip_means, width))
    return Measurement(measure, value, len(generated), len(reference))
