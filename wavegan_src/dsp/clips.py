"""Pure functions on clips: positions of windows, short recordings, level, edge taper, 16-bit storage, measures.

Every array is one clip or recording, float32 `(time,)` in full-scale units (1.0 is 0 dBFS), unless said otherwise.
"""

import math

import numpy as np
from numpy.typing import NDArray

from wavegan_src.dsp.arrays import Clips

F32 = NDArray[np.float32]
I16 = NDArray[np.int16]
I64 = NDArray[np.int64]

PEAK_LEVEL = 0.95
RMS_LEVEL = 0.1  # -20 dBFS
CLIPPED_LEVEL = 0.999
FULL_SCALE = 32767
CROSSFADE_SECONDS = 0.010
SHORTEST_SECONDS = 0.1
# Codecs and resampling round the length: a clip that is only this much too short is completed, not treated as short.
NEARLY_WHOLE_SECONDS = 0.005

EMPTY = "no samples"
TOO_SHORT = f"shorter than {SHORTEST_SECONDS:g} s"
SHORT = "shorter than a clip"
SILENT = "silent"
NON_FINITE = "non-finite samples"


def hop_length(length: int, overlap: float) -> int:
    """Samples from one window's start to the next; at least 1."""
    return max(1, round(length * (1.0 - overlap)))


def window_starts(total: int, length: int, hop: int) -> I64:
    """Starts of the windows that cover `total` samples, ascending; none if `total < length`.

    Windows start every `hop` samples; if these leave half a hop or more uncovered, one more is aligned to the end.
    """
    if total < length:
        return np.zeros(0, np.int64)
    starts = np.arange(0, total - length + 1, hop, dtype=np.int64)
    if needs_last_window(total, int(starts[-1]) + length, hop):
        starts = np.append(starts, total - length)
    return starts


def needs_last_window(total: int, covered: int, hop: int) -> bool:
    """Whether the uncovered tail justifies one more window, aligned to the end."""
    return total > covered and 2 * (total - covered) >= hop


def count_windows(total: int, length: int, hop: int, short_clips: str, sample_rate: int) -> int:
    """How many windows a recording of `total` samples gives, before silence is dropped."""
    if total >= length:
        whole = (total - length) // hop
        return whole + 1 + needs_last_window(total, whole * hop + length, hop)
    return int(short_fate(total, length, short_clips, sample_rate) is None)


def short_fate(total: int, length: int, short_clips: str, sample_rate: int) -> str | None:
    """Why a recording shorter than a clip is dropped, or None if it can be completed to one."""
    if total == 0:
        return EMPTY
    if length - total <= NEARLY_WHOLE_SECONDS * sample_rate and 2 * total >= length:
        return None
    if total < SHORTEST_SECONDS * sample_rate:
        return TOO_SHORT
    return SHORT if short_clips == "drop" else None


def complete(samples: F32, length: int, short_clips: str, sample_rate: int) -> F32:
    """Complete a short recording to `length` samples: repeated with a crossfade, or followed by silence."""
    if short_clips == "loop" and length - len(samples) > NEARLY_WHOLE_SECONDS * sample_rate:
        return loop(samples, length, round(CROSSFADE_SECONDS * sample_rate))
    return np.pad(samples, (0, length - len(samples)))


def loop(samples: F32, length: int, fade: int) -> F32:
    """Repeat a recording up to `length` samples; each end fades into the next start over `fade` samples.

    The two ramps add up to 1, because neighbouring pieces of an engine's sound are alike rather than independent.
    """
    fade = min(fade, len(samples) // 2)
    period = len(samples) - fade
    body = samples[:period].copy()
    if fade:
        rise = raised_cosine(fade)
        body[:fade] = samples[:fade] * rise + samples[period:] * (1 - rise)
    looped = np.resize(body, length)
    looped[: min(fade, length)] = samples[: min(fade, length)]
    return looped


def raised_cosine(length: int) -> F32:
    """A rise from near 0 to near 1, `(length,)`; reversed and added to itself it gives 1 everywhere."""
    return (0.5 - 0.5 * np.cos(np.pi * (np.arange(length) + 0.5) / max(length, 1))).astype(np.float32)


def edge_taper(length: int, taper: int) -> F32:
    """Gain of a clip, `(length,)`: raised-cosine fades over `taper` samples at both edges (at most half each)."""
    gain = np.ones(length, np.float32)
    taper = min(taper, length // 2)
    if taper:
        rise = raised_cosine(taper)
        gain[:taper] = rise
        gain[-taper:] = rise[::-1]
    return gain


def normalise(samples: F32, mode: str) -> F32:
    """Bring a clip to its level: "peak" 0.95; "rms" -20 dBFS or less so that the peak stays within 1; "none".

    "none" clips to [-1, 1]. A clip of zeros is not changed.
    """
    gain = level_gain(samples, mode)
    if gain == 1.0:
        return np.clip(samples, -1.0, 1.0)
    # Computed in double precision: the gain of a very faint clip can be beyond what float32 squares hold.
    return (samples.astype(np.float64) * gain).astype(np.float32)


def level_gain(samples: F32, mode: str) -> float:
    """The gain that `normalise` gives to a clip; 1 leaves it."""
    peak = peak_level(samples)
    if mode == "none" or peak == 0.0:
        return 1.0
    return PEAK_LEVEL / peak if mode == "peak" else min(RMS_LEVEL / rms_level(samples), 1.0 / peak)


def peak_level(samples: F32) -> float:
    """Largest magnitude; 0 for no samples."""
    return max(float(samples.max()), -float(samples.min())) if samples.size else 0.0


def rms_level(samples: F32) -> float:
    """Root of the mean square; 0 for no samples."""
    return math.sqrt(float(np.mean(np.square(samples, dtype=np.float64)))) if samples.size else 0.0


def is_silent(samples: F32, threshold_db: float) -> bool:
    """Whether the RMS about the mean is below the threshold in dBFS: a constant offset is not sound."""
    wide = samples.astype(np.float64)
    # Faster than np.std, which takes the mean away first; double precision can afford not to.
    variance = float(wide @ wide) / len(wide) - float(wide.mean()) ** 2
    return bool(max(variance, 0.0) < 10.0 ** (threshold_db / 10.0))


def to_int16(samples: F32) -> I16:
    """Quantise [-1, 1] to -32767 … 32767, clipping what is outside; any shape.

    The scale is symmetric, so that -1 and 1 are both kept exactly. WAV files (`audio_files.pcm16`) use 32768 instead,
    the number that decoders divide by: there 16-bit sources must come out unchanged.
    """
    scaled: F32 = np.rint(np.clip(samples, -1.0, 1.0) * np.float32(FULL_SCALE))
    return scaled.astype(np.int16)


def from_int16(samples: I16) -> F32:
    """Undo `to_int16`, up to the rounding; any shape."""
    return samples.astype(np.float32) * np.float32(1.0 / FULL_SCALE)


def resample(clips: Clips, rate: int, target: int) -> Clips:
    """Resample clips `(clips, time)`, or one clip `(time,)`, to another rate (libsoxr, high quality)."""
    if rate == target:
        return clips
    import soxr  # noqa: PLC0415 - loaded only where a rate differs

    if clips.ndim == 1:
        return np.asarray(soxr.resample(clips, rate, target), dtype=np.float32)
    return np.stack([np.asarray(soxr.resample(clip, rate, target), dtype=np.float32) for clip in clips])


def rms(clips: NDArray[np.floating]) -> NDArray[np.float64]:
    """Root mean square of each clip: (...,) from (..., time)."""
    return np.asarray(np.sqrt(np.mean(np.square(clips, dtype=np.float64), axis=-1)))


def match_rms(clip: NDArray[np.floating], reference: NDArray[np.floating]) -> NDArray[np.float32]:
    """Scale `clip` to the level of `reference`; both must not be silent."""
    return np.asarray(clip * (rms(reference) / rms(clip)), dtype=np.float32)
