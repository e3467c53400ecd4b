"""The body's filter in real time: convolution block by block without delay."""

import numpy as np

from wavegan_src.dsp.arrays import F32


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
