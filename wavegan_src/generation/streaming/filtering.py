"""The body's filter in real time: a minimum-phase response, and convolution block by block without delay.

Offline, the filter is zero-phase: its response reaches as far back as forward, which in real time would be a delay of
half its length. Minimum phase has the same magnitudes and the shortest delay (Oppenheim and Schafer, Discrete-Time
Signal Processing, section 12.3, the real cepstrum).
"""

import numpy as np

from wavegan_src.dsp.arrays import F32, Floats

FLOOR = 1e-6  # of the largest magnitude: a zero has no logarithm
OVERSAMPLING = 8  # of the spectrum from which the phase is computed, so that the cepstrum does not fold
FADED = 4  # the last 1/4 of the response fades out


def minimum_phase(response: Floats, taps: int) -> F32:
    """The minimum-phase response with the magnitudes of a response, cut to `taps` with a fade: `(taps,)`.

    Args:
        response: of any phase, `(n,)`.
        taps: at most `n`.
    """
    size = OVERSAMPLING * (1 << (len(response) - 1).bit_length())
    magnitude = np.abs(np.fft.rfft(response.astype(np.float64), size))
    cepstrum = np.fft.irfft(np.log(np.maximum(magnitude, FLOOR * magnitude.max())), size)
    cepstrum[1 : size // 2] *= 2
    cepstrum[size // 2 + 1 :] = 0
    found = np.fft.irfft(np.exp(np.fft.rfft(cepstrum)), size)[:taps]
    faded = taps // FADED
    found[-faded:] *= 0.5 + 0.5 * np.cos(np.pi * (np.arange(faded) + 0.5) / faded)
    return found.astype(np.float32)


class Convolver:
    """Convolves an endless signal with a response, block by block, without delay and in fixed memory.

    Uniformly partitioned overlap-save (Stockham 1966; partitioned: Kulp 1988).
    """

    def __init__(self, response: F32, block: int):
        parts = -(-len(response) // block)
        padded = np.zeros(parts * block, np.float32)
        padded[: len(response)] = response
        self._block = block
        self._response = np.fft.rfft(padded.reshape(parts, block), 2 * block)
        # Spectra of the last blocks, the newest at `_newest`; all are there twice, so that they follow one another.
        self._past = np.zeros((2 * parts, block + 1), self._response.dtype)
        self._newest = 0
        self._input = np.zeros(2 * block, np.float32)

    def __call__(self, block: F32) -> F32:
        """The next block of the convolution, `(block,)`."""
        self._input[: self._block] = self._input[self._block :]
        self._input[self._block :] = block
        parts = len(self._response)
        self._newest = (self._newest - 1) % parts
        self._past[self._newest] = self._past[self._newest + parts] = np.fft.rfft(self._input)
        total = (self._response * self._past[self._newest : self._newest + parts]).sum(0)
        return np.fft.irfft(total, 2 * self._block)[self._block :].astype(np.float32)
