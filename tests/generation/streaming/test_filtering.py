"""The minimum-phase response against the magnitudes and the cepstrum it must have, and convolution against NumPy's."""

import numpy as np
import pytest
from scipy.signal import minimum_phase as from_scipy

from wavegan_src.generation.streaming.filtering import Convolver, minimum_phase


def zero_phase(bins: int = 129) -> np.ndarray:
    """A smooth symmetric response with two resonances."""
    place = np.linspace(0, 1, bins)
    magnitude = 0.1 + np.exp(-(((place - 0.2) / 0.1) ** 2)) + 0.5 * np.exp(-(((place - 0.6) / 0.1) ** 2))
    return np.roll(np.fft.irfft(magnitude), bins - 1) * np.hanning(2 * bins - 2)


def test_it_has_the_magnitudes_of_the_response_and_no_delay() -> None:
    response = zero_phase()
    found = minimum_phase(response, 192)
    wanted = np.abs(np.fft.rfft(response, 1024))
    error = 20 * np.log10(np.abs(np.fft.rfft(found, 1024)) / wanted)
    assert np.abs(error).max() < 0.05
    assert np.abs(found).argmax() < 8  # where the zero-phase response has its middle at 128
    energy = np.cumsum(found**2)
    assert energy[32] > 0.98 * energy[-1]


def test_it_is_the_response_that_scipy_finds() -> None:
    """Of a response without near-zeros, which SciPy's shorter transform would fold."""
    response = zero_phase()
    found = minimum_phase(response, 96)
    expected = from_scipy(response, method="homomorphic", half=False, n_fft=4096)[:72]
    assert np.abs(found[:72] - expected).max() < 1e-3 * np.abs(expected).max()


def test_a_zero_is_no_trouble() -> None:
    found = minimum_phase(np.convolve(zero_phase(65), [1, 1]), 64)
    assert np.isfinite(found).all()


@pytest.mark.parametrize(("taps", "block"), [(64, 16), (50, 16), (10, 16)])
def test_blocks_are_the_whole_convolution(taps: int, block: int) -> None:
    random = np.random.default_rng(0)
    response, wave = random.normal(size=taps).astype(np.float32), random.normal(size=20 * block).astype(np.float32)
    convolve = Convolver(response, block)
    found = np.concatenate([convolve(part) for part in wave.reshape(-1, block)])
    assert found.dtype == np.float32
    assert np.abs(found - np.convolve(wave, response)[: len(wave)]).max() < 1e-5
