"""Sounds that go round in a circle: changing the sample rate of one period, and where to begin."""

import numpy as np
from numpy.typing import NDArray

from wavegan_src.dsp.arrays import Floats

Indices = NDArray[np.int64]

WINDOW, STEP = 1024, 512  # samples of the spectra before and after a place, and their distance
CANDIDATES, PLACES = 32, 64
STEEPNESS = 0.75  # quantile of all steps: what a rise through zero has in the mean, if the sound is like noise


def resample_in_a_circle(loop: Floats, count: int) -> Floats:
    """One period of a periodic sound at `count` samples instead of `len(loop)`: exact, as it is band-limited.

    Where `count` is smaller, what lies above the new half of the sample rate is left out.
    """
    spectrum = np.fft.rfft(loop)
    kept = np.zeros(count // 2 + 1, np.complex128)
    shared = min(len(spectrum), len(kept))
    kept[:shared] = spectrum[:shared]
    if count % 2 == 0 and shared == len(kept):
        kept[-1] = 0  # the phase of the highest line is not kept by a real signal
    return np.asarray(np.fft.irfft(kept, count) * (count / len(loop)))


def begun_at_a_rise(loop: Floats) -> Floats:
    """The same circle, begun where it rises through zero, so that it does not click when it is switched on.

    Of all such places it is one of ordinary steepness where the spectrum changes as much as it usually does. A sound
    that never crosses zero stays as it is.
    """
    rises = np.flatnonzero((np.roll(loop, 1) <= 0) & (loop > 0))
    if not len(rises):
        return loop
    steps = np.abs(loop - np.roll(loop, 1))
    ordinary = rises[np.argsort(np.abs(steps[rises] - np.quantile(steps, STEEPNESS)), kind="stable")[:CANDIDATES]]
    usual = np.median(changes_at(loop, np.linspace(0, len(loop), PLACES, endpoint=False).astype(np.int64)))
    return np.roll(loop, -ordinary[np.argmin(np.abs(changes_at(loop, ordinary) - usual))])


def changes_at(loop: Floats, places: Indices) -> Floats:
    """How much the spectrum changes over places `(n,)`: mean difference of log magnitudes before and after, `(n,)`."""
    window = np.hanning(WINDOW)

    def spectra(shift: int) -> Floats:
        starts = places[:, None] + shift - WINDOW // 2 + np.arange(WINDOW)
        magnitudes = np.abs(np.fft.rfft(loop[starts % len(loop)] * window))
        return np.asarray(np.log(magnitudes + 1e-5))

    return np.asarray(np.abs(spectra(STEP // 2) - spectra(-STEP // 2)).mean(1))
