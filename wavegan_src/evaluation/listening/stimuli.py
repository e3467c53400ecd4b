"""The sounds of a listening test: low-passed and noise anchors, all at one loudness. Pure functions of arrays."""

import numpy as np
import pyloudnorm
from scipy.signal import butter, sosfiltfilt

from wavegan_src.dsp.arrays import Clips, Floats
from wavegan_src.dsp.clips import rms
from wavegan_src.evaluation.anchors import mean_power, shaped_noise
from wavegan_src.utils.errors import UserError

ANCHOR_HZ = 3500.0  # the low anchor of MUSHRA (ITU-R BS.1534-3, section 5.1)
LOUDEST_LUFS = -20.0  # of the whole test, unless peaks need more room
HIGHEST_PEAK = 0.95
FADE_SECONDS = 0.005  # so that a sound that is switched on does not click
_ORDER = 8  # forwards and backwards: 16


def low_passed(clips: Clips, rate: int) -> Clips:
    """The clips without anything above 3.5 kHz, (clips, time), without delay.

    At a rate whose upper limit is below that, the anchor is at a third of this limit, so that it is still one.

    Args:
        clips: (clips, time).
        rate: samples per second.
    """
    edge = ANCHOR_HZ if rate / 2 > 2 * ANCHOR_HZ else rate / 6
    return np.asarray(sosfiltfilt(butter(_ORDER, edge, fs=rate, output="sos"), clips, axis=1), dtype=np.float32)


def noise_like(clips: Clips, count: int, rng: np.random.Generator) -> Clips:
    """Gaussian noise with the average spectrum of the clips, (count, time): an engine's tone without its rhythm."""
    return shaped_noise(mean_power(clips), clips.shape[1], np.full(count, float(rms(clips).mean())), rng)


def match_loudness(clips: Clips, rate: int) -> Clips:
    """The clips at one loudness by ITU-R BS.1770-4, as loud as their peaks allow and at most -20 LUFS; edges faded.

    Args:
        clips: (clips, time), each 0.4 s or longer.
        rate: samples per second.

    Raises:
        UserError: a clip is too quiet to have a loudness (below -70 LUFS).
    """
    loudness = loudness_lufs(clips, rate)
    if not np.isfinite(loudness).all():
        raise UserError(
            f"Clip {int(np.argmin(np.isfinite(loudness))) + 1} is too quiet for a listening test (below -70 LUFS): "
            "leave silent clips out of the folders."
        )
    peaks = np.abs(clips).max(axis=1)
    highest = loudness + 20 * np.log10(HIGHEST_PEAK / peaks)  # that each clip can have
    target = min(LOUDEST_LUFS, float(highest.min()))
    gains = 10 ** ((target - loudness) / 20)
    return np.asarray(clips * gains[:, None] * _fades(clips.shape[1], rate), dtype=np.float32)


def loudness_lufs(clips: Clips, rate: int) -> Floats:
    """Integrated loudness of each clip in LUFS, (clips,); -inf where a clip is all below the gate of -70 LUFS."""
    meter = pyloudnorm.Meter(rate)
    return np.array([meter.integrated_loudness(clip.astype(np.float64)) for clip in clips])


def _fades(time: int, rate: int) -> Floats:
    """A gain that rises from 0 at the start and falls to 0 at the end, (time,)."""
    length = round(FADE_SECONDS * rate)
    gain = np.ones(time)
    gain[:length] = 0.5 - 0.5 * np.cos(np.pi * (np.arange(length) + 0.5) / length)
    gain[time - length :] = gain[:length][::-1]
    return gain
