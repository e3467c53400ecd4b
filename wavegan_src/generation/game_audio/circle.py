"""Sounds that go round in a circle: changing the sample rate of one period."""

import numpy as np

from wavegan_src.dsp.arrays import Floats


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
