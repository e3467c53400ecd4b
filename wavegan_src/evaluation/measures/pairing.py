"""Pairs for the measures that want a reference signal: which real clip each generated clip is compared with, and how.

The partner is the nearest clip by log-mel profile, never by the score itself: the best of many scores is inflated
(STOI: .18 instead of .04 for real clips). Then both are aligned in time and matched in level.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import correlate

from wavegan_src.dsp.arrays import Clips, Floats, Indices
from wavegan_src.dsp.clips import match_rms
from wavegan_src.dsp.mel import log_mel_profile
from wavegan_src.evaluation.measures.density import nearest

MAX_SHIFT_SECONDS = 0.25


@dataclass(frozen=True)
class Pairing:
    """The partner of each generated clip.

    Attributes:
        indices: its position in the reference: (n,).
        distances: Euclidean distance of the log-mel profiles, in dB: (n,).
    """

    indices: Indices
    distances: Floats


@dataclass(frozen=True)
class AlignedPair:
    """A generated clip and its partner over the time that they share, at equal level.

    Attributes:
        generated: (time,), a piece of the generated clip, scaled to the level of `reference`.
        reference: (time,), the piece of the reference clip that it was laid over.
        shift: samples by which the generated clip was late; negative where it was early.
    """

    generated: NDArray[np.float32]
    reference: NDArray[np.float32]
    shift: int


def pair(generated: Clips, reference: Clips, rate: int) -> Pairing:
    """Find each generated clip's nearest reference clip by log-mel profile; both sets usable and not empty."""
    found = nearest(log_mel_profile(generated, rate), log_mel_profile(reference, rate))
    return Pairing(found.indices, found.distances)


def align(
    generated: NDArray[np.floating], reference: NDArray[np.floating], rate: int, max_shift: float = MAX_SHIFT_SECONDS
) -> AlignedPair:
    """Lay a generated clip over its partner where their cross-correlation is largest, and cut both to the overlap.

    Args:
        generated: (time,), usable.
        reference: (time,), usable; the longer of the two is cut to the length of the other.
        rate: samples per second, of both.
        max_shift: largest shift to either side, in s; at most half of the clip is shifted away.
    """
    length = min(len(generated), len(reference))
    generated, reference = generated[:length], reference[:length]
    limit = min(round(max_shift * rate), length // 2)
    shift = best_shift(generated, reference, limit)
    if shift >= 0:
        ours, theirs = generated[shift:], reference[: length - shift]
    else:
        ours, theirs = generated[:shift], reference[-shift:]
    if not (ours.any() and theirs.any()):  # all of the sound lies outside the overlap: leave the pair as it was
        ours, theirs, shift = generated, reference, 0
    return AlignedPair(match_rms(ours, theirs), np.asarray(theirs, dtype=np.float32), shift)


def best_shift(generated: NDArray[np.floating], reference: NDArray[np.floating], limit: int) -> int:
    """The delay of `generated` against `reference`, within ±`limit` samples, of the largest cross-correlation.

    The sums are divided by the number of samples in the overlap, so that long shifts are not at a disadvantage.
    """
    length = len(generated)
    sums = correlate(generated.astype(np.float64), reference.astype(np.float64), method="fft")
    shifts = np.arange(-limit, limit + 1)
    means = sums[length - 1 + shifts] / (length - np.abs(shifts))
    return int(shifts[means.argmax()])
