"""The spectrogram that every picture of a clip shows."""

import numpy as np
from numpy.typing import NDArray

from wavegan_src.dsp.arrays import F32

DYNAMIC_RANGE_DB = 80  # that the colours of a spectrogram span, from its loudest colour down
WINDOW = 512  # samples


def spectrogram_db(clip: F32, size: int = WINDOW) -> F32:
    """Hann spectrogram `(size // 2 + 1, frames)` in dB; a full-scale sine reads 0. Shorter clips are padded."""
    padded = np.pad(clip, (0, max(0, size - len(clip))))
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[:: size // 4]
    window = np.hanning(size + 1)[:-1]
    magnitude = np.abs(np.fft.rfft(frames * window, axis=1)) * (2 / window.sum())
    levels: NDArray[np.float32] = (20 * np.log10(np.maximum(magnitude.T, 1e-6))).astype(np.float32)
    return levels
