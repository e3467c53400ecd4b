"""The time and frequency axes that one clip is computed on.

Sources are laid out in time at a fixed rate, whatever the clip's own rate, so that an engine does not change with
it. Filters are applied as frequency responses, which are smooth and are therefore evaluated on a coarse axis.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.fft
from numpy.typing import NDArray

Array = NDArray[np.float64]
Spectrum = NDArray[np.complex128]

SIMULATION_RATE = 44100  # Hz; twice the default clip's rate, so that the images of short pulses stay out of it
LEAD_SECONDS = 0.35  # computed before the clip begins, so that pipes and rooms already ring
TAIL_SECONDS = 0.5  # silence after it: room for echoes that would otherwise wrap around onto the beginning
COARSE_STEP = 2.0  # Hz


@dataclass(frozen=True)
class Grid:
    """Axes for `seconds` of sound with content up to half of `mix_rate` (Hz), which divides SIMULATION_RATE."""

    seconds: float
    mix_rate: int

    @cached_property
    def samples(self) -> int:
        """Length of source signals: the lead and the clip."""
        return int(np.ceil((LEAD_SECONDS + self.seconds) * SIMULATION_RATE))

    @cached_property
    def times(self) -> Array:
        """Time of each sample in s, shape (samples,); the clip begins at LEAD_SECONDS."""
        return np.arange(self.samples, dtype=np.float64) / SIMULATION_RATE

    @cached_property
    def fft_size(self) -> int:
        """Length of the transforms at SIMULATION_RATE; a multiple of the decimation."""
        factor = SIMULATION_RATE // self.mix_rate
        return factor * scipy.fft.next_fast_len(
            (self.samples + int(TAIL_SECONDS * SIMULATION_RATE)) // factor + 1, real=True
        )

    @cached_property
    def mix_size(self) -> int:
        """Length of the inverse transform at mix_rate."""
        return self.fft_size // (SIMULATION_RATE // self.mix_rate)

    @cached_property
    def frequencies(self) -> Array:
        """Frequencies of a mix's spectrum in Hz, shape (bins,)."""
        return np.arange(self.mix_size // 2 + 1, dtype=np.float64) * (self.mix_rate / self.mix_size)

    @cached_property
    def coarse(self) -> Array:
        """Frequencies that responses are evaluated at, in Hz; the first is just above zero."""
        count = int(np.ceil(self.mix_rate / 2 / COARSE_STEP)) + 1
        axis = COARSE_STEP * np.arange(count, dtype=np.float64)
        axis[0] = 1e-3
        return axis

    def refine(self, response: Spectrum | Array) -> Spectrum:
        """Interpolate a response from the coarse axis to the spectrum's bins."""
        return np.interp(self.frequencies, self.coarse, response + 0j)

    def spectrum(self, signal: Array) -> Spectrum:
        """Spectrum, up to half the mix rate, of a source signal of shape (samples,)."""
        bins = self.mix_size // 2 + 1
        result: Spectrum = scipy.fft.rfft(signal, self.fft_size)[:bins]
        return result

    def noise_spectrum(self, rng: np.random.Generator) -> Spectrum:
        """Spectrum of white Gaussian noise of unit variance at SIMULATION_RATE."""
        pairs = rng.standard_normal((self.mix_size // 2 + 1, 2)) * np.sqrt(self.fft_size / 2)
        white: Spectrum = pairs.view(np.complex128)[:, 0]
        return white

    def noise(self, rng: np.random.Generator, response: Array) -> Array:
        """Gaussian noise in time, shape (samples,), shaped by a response on the coarse axis."""
        shaped = self.noise_spectrum(rng) * np.interp(self.frequencies, self.coarse, response)
        result: Array = scipy.fft.irfft(shaped, self.fft_size)[: self.samples]
        return result
