"""The highest frequency with sound in it: files that were made from a lower rate are empty above half of that."""

from functools import cache

import numpy as np

from wavegan_src.dsp.clips import F32

SEGMENT = 4096  # samples
SMOOTHED_BINS = 16
# Twice the power of the rounding and dither of a 16-bit file, a quarter of the square of its step: less is no sound.
LEAST_DENSITY = 2 * (2.0**-15) ** 2 / 4


class Bandwidth:
    """Measures the bandwidth of a stream at `rate` Hz from some of its segments."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._power = np.zeros(SEGMENT // 2 + 1)
        self._segments = 0

    def add(self, samples: F32) -> None:
        """Measure the beginning of some samples `(time,)`, if there are enough."""
        if len(samples) >= SEGMENT:
            spectrum = np.fft.rfft(samples[:SEGMENT] * _window())
            self._power += spectrum.real**2 + spectrum.imag**2
            self._segments += 1

    def hertz(self) -> float | None:
        """The highest frequency with sound in it; None if nothing was measured or nothing is in it."""
        if not self._segments:
            return None
        bins = len(self._power) // SMOOTHED_BINS
        density = self._power[: bins * SMOOTHED_BINS].reshape(bins, -1).mean(axis=1) / self._segments
        heard = np.flatnonzero(density > LEAST_DENSITY)
        return float((heard[-1] + 1) / bins * self._rate / 2) if len(heard) else None


@cache
def _window() -> F32:
    """A Hann window that keeps the power of white noise."""
    window = np.hanning(SEGMENT)
    return np.asarray(window / np.sqrt(np.square(window).sum()), np.float32)
