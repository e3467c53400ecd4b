"""The jackknife: how far a score, or the difference of two, would move with other recordings and other latent vectors.

The score is taken again without each of at most 16 groups of clips (Quenouille 1956; Efron and Stein 1981). All windows
of a recording are in one group, since they are near-copies of each other. With Student's quantile the interval is
honest for few recordings as well: it widens quickly below five, and there is none below three.

Unlike the bootstrap of `intervals.py` it needs few evaluations and no random numbers, and two scores that share their
clips can be compared later from what was kept of each: what both owe to an easy recording drops out.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from wavegan_src.convergence.judging import FEWEST_RECORDINGS
from wavegan_src.dsp.arrays import Indices
from wavegan_src.evaluation.measures.embeddings import Embeddings
from wavegan_src.evaluation.measures.fad import frechet_distance
from wavegan_src.evaluation.measures.kad import SCALE, bandwidth, discrepancy, kernels

MOST_GROUPS = 16
FEWEST_CLIPS = 2  # on each side, whatever is left out
LEVEL = 0.95

Counts = NDArray[np.int64]  # 1 for a clip that counts, 0 for one that is left out
Statistic = Callable[[Counts, Counts], float]


@dataclass(frozen=True)
class Jackknife:
    """A score, and the same score without each group of clips.

    Attributes:
        value: of all clips.
        without_generated: without each group of generated clips.
        without_reference: without each group of reference clips.
    """

    value: float
    without_generated: tuple[float, ...]
    without_reference: tuple[float, ...]

    def __sub__(self, other: "Jackknife") -> "Jackknife":
        """The difference of two scores of the same groups."""
        return Jackknife(
            self.value - other.value,
            _differences(self.without_generated, other.without_generated),
            _differences(self.without_reference, other.without_reference),
        )

    @property
    def interval(self) -> tuple[float, float]:
        """The ends of the 95 % interval."""
        sides = (self.without_generated, self.without_reference)
        freedom = min(map(len, sides)) - 1
        half = float(stdtrit(freedom, (1 + LEVEL) / 2)) * sqrt(sum(map(_variance, sides)))
        return self.value - half, self.value + half


def leave_out(statistic: Statistic, generated: Sequence[str | int], reference: Sequence[str | int]) -> Jackknife | None:
    """The jackknife of a score; None for fewer than three groups on a side, or where one of them is nearly all clips.

    Args:
        statistic: the score, given which generated clips (n,) and which reference clips (m,) count.
        generated: the group of each generated clip.
        reference: the recording of each reference clip.
    """
    ours, theirs = _numbers(generated), _numbers(reference)
    if min(_smallest_rest(ours), _smallest_rest(theirs)) < FEWEST_CLIPS:
        return None
    every, all_of_them = np.ones(len(ours), np.int64), np.ones(len(theirs), np.int64)
    return Jackknife(
        statistic(every, all_of_them),
        tuple(statistic((ours != group).astype(np.int64), all_of_them) for group in np.unique(ours)),
        tuple(statistic(every, (theirs != group).astype(np.int64)) for group in np.unique(theirs)),
    )


def kad_left_out(
    generated: Embeddings, reference: Embeddings, ours: Sequence[int], theirs: Sequence[str | int]
) -> Jackknife | None:
    """The jackknife of `kad.kad`, with the groups of `leave_out`; None also where that has no value.

    Args:
        generated, reference: two sets of clips.
        ours: the place of each generated clip among the latent vectors, of which some clips may be missing.
        theirs: the recording of each reference clip.
    """
    width = bandwidth(reference.clip_means) if len(reference) >= FEWEST_CLIPS else 0.0
    if width == 0:
        return None
    parts = kernels(generated.clip_means, reference.clip_means, width)
    return leave_out(lambda x, y: SCALE * discrepancy(parts, x, y), [place % MOST_GROUPS for place in ours], theirs)


def frechet_left_out(
    x: NDArray[np.floating], y: NDArray[np.floating], ours: Sequence[int], theirs: Sequence[str | int]
) -> Jackknife | None:
    """The jackknife of a Fréchet distance of points (n, size) and (m, size), with the groups of `leave_out`."""
    return leave_out(lambda x_counts, y_counts: frechet_distance(x, y, x_counts, y_counts), ours, theirs)


def clearly_worse(score: Jackknife, lowest: Jackknife) -> bool:
    """Whether a score is above another by more than chance explains: the interval of the difference lies above 0.

    Scores of other groups, as when a model falls silent in one, are compared by their values alone.
    """
    alike = all(
        len(ours) == len(theirs)
        for ours, theirs in (
            (score.without_generated, lowest.without_generated),
            (score.without_reference, lowest.without_reference),
        )
    )
    return (score - lowest).interval[0] > 0 if alike else score.value > lowest.value


def _numbers(labels: Sequence[str | int]) -> Indices:
    """The group of each clip, (n,): the place of its label among them, many labels sharing a group."""
    if not len(labels):
        return np.empty(0, dtype=np.int64)
    return np.asarray(np.unique(np.asarray(labels), return_inverse=True)[1] % MOST_GROUPS, dtype=np.int64)


def _smallest_rest(groups: Indices) -> int:
    """The fewest clips that are left without a group; 0 where there are too few groups."""
    sizes = np.bincount(groups) if len(groups) else np.empty(0)
    return int(len(groups) - sizes.max()) if len(sizes) >= FEWEST_RECORDINGS else 0


def _differences(ours: tuple[float, ...], theirs: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(one - other for one, other in zip(ours, theirs, strict=True))


def _variance(without: tuple[float, ...]) -> float:
    """The jackknife's variance: (g - 1) / g times the sum of squares around the mean."""
    values = np.array(without)
    return float((len(values) - 1) * values.var())
