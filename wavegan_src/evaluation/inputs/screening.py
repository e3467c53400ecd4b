"""Clips as the measures want them: checked, resampled, matched in level, and recognisable by content."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wavegan_src.dsp.arrays import Clips, Indices
from wavegan_src.utils.errors import UserError

MIN_SECONDS = 0.5  # STOI wants 30 frames (0.4 s) of sound; an idle at 8 firings per second shows four periods
MIN_RATE = 4000  # below it hardly a band of the measures is left
SILENCE_RMS = 1e-5  # -100 dBFS: below one step of 16-bit audio

NOT_FINITE = "not finite"
SILENT = "silent"


@dataclass(frozen=True)
class Screened:
    """The clips of a set that can be measured.

    Attributes:
        clips: the usable clips: (usable, time).
        indices: their positions in the given set: (usable,).
        failures: how many were dropped, by reason.
    """

    clips: Clips
    indices: Indices
    failures: Mapping[str, int]


def check_clips(clips: NDArray[np.floating], rate: int, name: str = "generated") -> Clips:
    """Check the shape of a set of clips, and return it as contiguous float32.

    Args:
        clips: (clips, time).
        rate: samples per second.
        name: what the set is called in messages.

    Raises:
        UserError: not a two-dimensional array, no clips, a rate or a length too small to judge.
    """
    if clips.ndim != 2:
        raise UserError(
            f"The {name} clips have {clips.ndim} dimensions: give mono clips of one length as (clips, time); "
            "mix stereo down first."
        )
    if clips.shape[0] == 0:
        raise UserError(f"There are no {name} clips: give a folder that holds some.")
    if rate < MIN_RATE:
        raise UserError(f"The {name} clips are at {rate} Hz: the measures need {MIN_RATE} Hz or more.")
    if clips.shape[1] < MIN_SECONDS * rate:
        raise UserError(
            f"The {name} clips are {clips.shape[1]} samples long ({clips.shape[1] / rate:.3g} s): "
            f"too short to judge, give clips of {MIN_SECONDS:g} s or more."
        )
    return np.ascontiguousarray(clips, dtype=np.float32)


def screen(clips: NDArray[np.floating], rate: int, name: str = "generated") -> Screened:
    """Keep the clips that can be measured: finite and not silent.

    A constant counts as silence. Levels beyond full scale are kept: they are real faults of a generator.

    Raises:
        UserError: as `check_clips`.
    """
    checked = check_clips(clips, rate, name)
    reasons = [_unusable(clip) for clip in checked]
    keep = np.array([index for index, reason in enumerate(reasons) if reason is None], dtype=np.int64)
    return Screened(checked[keep], keep, dict(Counter(reason for reason in reasons if reason is not None)))


def _unusable(clip: NDArray[np.float32]) -> str | None:
    if not np.isfinite(clip).all():
        return NOT_FINITE
    if clip.std(dtype=np.float64) < SILENCE_RMS:
        return SILENT
    return None


def content_key(clips: NDArray[np.floating], rate: int) -> str:
    """A name for the content of a set: equal samples, shape and rate give equal keys (SHA-256, in hex)."""
    exact = np.ascontiguousarray(clips, dtype=np.float32)
    return hashlib.sha256(f"{exact.shape} {rate} ".encode() + exact.tobytes()).hexdigest()


def count_shared(clips: Clips, others: Clips) -> int:
    """How many of `clips` occur, sample for sample, among `others`: all of them where both are the same folder."""
    known = {other.tobytes() for other in np.ascontiguousarray(others, dtype=np.float32)}
    return sum(clip.tobytes() in known for clip in np.ascontiguousarray(clips, dtype=np.float32))
