"""Fidelity, diversity and copying, each apart: density and coverage, and distances to the nearest training clip.

Density and coverage: Naeem et al., arXiv 2002.09797, equations 4 and 5. Memorisation compares how close the generated
clips come to training clips with how close held-out recordings come by themselves.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from wavegan_src.dsp.arrays import Clips, Floats, Indices
from wavegan_src.dsp.mel import log_mel_profile
from wavegan_src.evaluation.measures.measurement import Measurement

NEIGHBOURS = 5
COPY_PERCENTILE = 1.0  # nearer to training than all but 1 % of the held-out clips: suspected copies
COPY_FLOOR_DB = -20.0  # copies are looked for in the strong parts of the sound, so that light noise cannot hide them


def density_coverage(
    generated: NDArray[np.floating], reference: NDArray[np.floating], neighbours: int = NEIGHBOURS
) -> tuple[Measurement, Measurement]:
    """Density (are generated clips where real ones are?) and coverage (is every kind of real clip generated?).

    Around every reference clip lies a ball that reaches to its k-th nearest fellow. Density counts the balls that
    each generated clip lies in, divided by k: about 1 for a perfect generator, it may exceed 1. Coverage is the
    share of balls that hold a generated clip: for two equal sets of draws from one source it is 1 - 2^-k.

    Args:
        generated: one embedding per clip, (n, size).
        reference: (m, size), m > `neighbours`.
        neighbours: k.

    Returns:
        Density with a value per generated clip, and coverage.
    """
    counts = (len(generated), len(reference))
    if len(generated) < 1 or len(reference) <= neighbours:
        reason = (
            f"needs a generated clip and more than {neighbours} reference clips, "
            f"there are {counts[0]} generated and {counts[1]} reference clips"
        )
        return Measurement.absent("density", reason, *counts), Measurement.absent("coverage", reason, *counts)
    inside = inside_balls(generated, reference, neighbours)
    per_clip = inside.sum(axis=0) / neighbours
    density = Measurement(
        "density", float(per_clip.mean()), *counts, values=per_clip, indices=np.arange(len(generated), dtype=np.int64)
    )
    return density, Measurement("coverage", float(inside.any(axis=1).mean()), *counts)


def inside_balls(
    generated: NDArray[np.floating], reference: NDArray[np.floating], neighbours: int = NEIGHBOURS
) -> NDArray[np.bool_]:
    """Whether generated clip j lies in the ball of reference clip i: (m, n)."""
    among = cdist(reference, reference)
    radii = np.partition(among, neighbours, axis=1)[:, neighbours]  # the 0-th is the clip itself
    return np.asarray(cdist(reference, generated) <= radii[:, None])


@dataclass(frozen=True)
class Neighbours:
    """The nearest training clip of every clip: its position (n,) and its distance (n,)."""

    indices: Indices
    distances: Floats


def nearest(points: NDArray[np.floating], training: NDArray[np.floating]) -> Neighbours:
    """Nearest training point, Euclidean, of each of (n, size)."""
    distances = cdist(points, training)
    indices = distances.argmin(axis=1).astype(np.int64)
    return Neighbours(indices, distances[np.arange(len(points)), indices])


def copy_profile(clips: Clips, rate: int) -> Floats:
    """A description of usable clips in which a shifted, rescaled or lightly noisy copy stays near its original."""
    return log_mel_profile(clips, rate, floor_db=COPY_FLOOR_DB)


def memorisation(
    generated: NDArray[np.floating], held_out: NDArray[np.floating], training: NDArray[np.floating]
) -> tuple[Measurement, Measurement]:
    """Two signs of copying: the memorisation ratio, and the share of suspected copies.

    The ratio is the median distance generated -> nearest training clip over the median distance held-out -> nearest
    training clip: about 1 for new sound of the same kind, near 0 for copies, above 1 for sound of another kind. The
    share counts clips nearer to a training clip than the 1st percentile of the held-out clips: 1 % by chance.

    Args:
        generated: descriptors of generated clips, (n, size); `copy_profile` makes robust ones.
        held_out: of clips that training never saw, (h, size).
        training: of the training clips, (t, size).
    """
    counts = (len(generated), len(held_out))
    if min(*counts, len(training)) < 1:
        reason = f"needs generated, held-out and training clips, there are {counts[0]}, {counts[1]} and {len(training)}"
        return Measurement.absent("memorisation", reason, *counts), Measurement.absent("copied", reason, *counts)
    return memorisation_of_distances(nearest(generated, training).distances, nearest(held_out, training).distances)


def memorisation_of_distances(ours: Floats, theirs: Floats) -> tuple[Measurement, Measurement]:
    """`memorisation` from the distances to the nearest training clip, (n,) and (h,), neither empty."""
    counts = (len(ours), len(theirs))
    if np.median(theirs) == 0:
        reason = "the held-out clips are copies of training clips: split the recordings, not the files"
        return Measurement.absent("memorisation", reason, *counts), Measurement.absent("copied", reason, *counts)
    everyone = np.arange(len(ours), dtype=np.int64)
    relative = ours / np.median(theirs)
    ratio = Measurement("memorisation", float(np.median(relative)), *counts, values=relative, indices=everyone)
    near = (ours < np.percentile(theirs, COPY_PERCENTILE)).astype(np.float64)
    return ratio, Measurement("copied", float(near.mean()), *counts, values=near, indices=everyone)


def nearest_of_others(points: NDArray[np.floating], labels: Sequence[Hashable]) -> Floats:
    """The distance of each point to the nearest one of another label, (n,): infinite where there is only one label.

    It shows how near a new recording comes to all others, if no recordings were held out.
    """
    known = {label: index for index, label in enumerate(dict.fromkeys(labels))}
    numbers = np.array([known[label] for label in labels])
    distances = cdist(points, points)
    distances[numbers[:, None] == numbers] = np.inf
    return np.asarray(distances.min(axis=1))
