"""Classical augmentation: transformations of a clip that leave its class as it is."""

import numpy as np
import soxr

from wavegan_src.dsp.arrays import Clips
from wavegan_src.dsp.clips import F32, complete

LARGEST_SPEED_CHANGE = 0.1  # another engine speed, and a resonance a little higher or lower
FILTER_DB = 6.0  # at each octave up or down: another microphone, place or distance
NODES = 8
NOISE_DB = (20.0, 50.0)  # below the clip


def augment(clips: Clips, rate: int, rng: np.random.Generator) -> Clips:
    """Change each clip at random: speed by up to 10 %, begin, polarity, a filter of up to 6 dB, some white noise.

    The level is left as it is: the classifier does not hear it.

    Args:
        clips: (clips, time).
        rate: samples per second.
        rng: equal generators give equal clips.
    """
    result = np.empty_like(clips)
    for target, clip in zip(result, clips, strict=True):
        target[:] = _noisy(_filtered(_moved(_at_other_speed(clip, rate, rng), rng), rng), rng)
    return result


def _at_other_speed(clip: F32, rate: int, rng: np.random.Generator) -> F32:
    factor = 1 + rng.uniform(-LARGEST_SPEED_CHANGE, LARGEST_SPEED_CHANGE)
    played = np.asarray(soxr.resample(clip, rate * factor, rate), np.float32)
    return played[: len(clip)] if len(played) >= len(clip) else complete(played, len(clip), "loop", rate)


def _moved(clip: F32, rng: np.random.Generator) -> F32:
    return np.asarray(np.roll(clip, int(rng.integers(len(clip)))) * rng.choice((-1, 1)), np.float32)


def _filtered(clip: F32, rng: np.random.Generator) -> F32:
    """Gains drawn for octaves below half the rate, smooth in between, without a change of phase."""
    spectrum = np.fft.rfft(clip)
    octaves = np.log2(np.maximum(np.arange(len(spectrum)), 1) / len(spectrum))
    gains_db = np.interp(octaves, np.arange(1 - NODES, 1), rng.uniform(-FILTER_DB, FILTER_DB, NODES))
    return np.asarray(np.fft.irfft(spectrum * 10 ** (gains_db / 20), len(clip)), np.float32)


def _noisy(clip: F32, rng: np.random.Generator) -> F32:
    level = np.sqrt(np.mean(clip**2)) * 10 ** (-rng.uniform(*NOISE_DB) / 20)
    return clip + np.asarray(level * rng.standard_normal(len(clip)), np.float32)
