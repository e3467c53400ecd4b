"""What the classifier sees: log-mel spectrograms that do not depend on the level, and masks for them."""

import math

import numpy as np
from numpy.typing import NDArray

from wavegan_src.dsp.arrays import Clips
from wavegan_src.dsp.mel import mel_filters, power_frames

Spectrograms = NDArray[np.float32]  # (clips, bands, frames)

BANDS = 64
WINDOW_SECONDS = 0.064  # resolves the orders of an engine, and its single firings at idle
LOWEST_HZ = 20.0
FLOOR_DB = -60.0  # re the clip's mean power
LARGEST_MASK = 1 / 8  # of the bands, and of the frames


def log_mel(clips: Clips, rate: int) -> Spectrograms:
    """Log-mel spectrograms in units of 20 dB, each relative to its clip's mean power: (clips, bands, frames).

    Windows of 32 to 64 ms (a power of two), half of which overlap.
    """
    fft = 1 << int(math.log2(WINDOW_SECONDS * rate))
    filters = mel_filters(rate, fft, BANDS, LOWEST_HZ, rate / 2)
    frames = 1 + max(0, clips.shape[1] - fft) // (fft // 2)
    found = np.empty((len(clips), BANDS, frames), np.float32)
    for spectrogram, clip in zip(found, clips, strict=True):
        power = (power_frames(clip, fft, fft // 2) @ filters).T
        mean = power.mean()
        relative = power / mean if mean > 0 else power
        spectrogram[:] = 0.5 * np.log10(relative + 10 ** (FLOOR_DB / 10))
    return found


def masked(spectrograms: Spectrograms, rng: np.random.Generator) -> Spectrograms:
    """Hide a stretch of bands and one of frames in each, of random place and width (SpecAugment, arXiv 1904.08779)."""
    result = spectrograms.copy()
    _, bands, frames = result.shape
    for spectrogram in result:
        fill = spectrogram.mean()
        for axis, size in ((0, bands), (1, frames)):
            width = int(rng.integers(0, int(LARGEST_MASK * size) + 1))
            start = int(rng.integers(0, size - width + 1))
            hidden = [slice(None), slice(None)]
            hidden[axis] = slice(start, start + width)
            spectrogram[tuple(hidden)] = fill
    return result
