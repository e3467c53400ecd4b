"""Rendering: filters against NumPy and white noise, the excitation against what its parts should be."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.signal import minimum_phase

from wavegan_src.models.drive.control_tables import anchors
from wavegan_src.models.drive.noise import BatchNoise
from wavegan_src.models.drive.synthesis import MARGIN, Engine, Tables, convolve, excitation, impulse_response
from wavegan_src.models.engine.clip_statistics import average_spectra
from wavegan_src.models.engine.spectral_filter import band_gains

HOP, BANDS, POINTS = 32, 4, 64


@pytest.mark.parametrize(("time", "taps"), [(1, 2), (90, 33), (1000, 64), (4097, 512)])
def test_a_convolution_is_numpys(time: int, taps: int) -> None:
    waves, responses = torch.randn(2, time), torch.randn(2, taps)
    found = convolve(waves, responses)
    assert found.shape == (2, time + taps - 1)
    for row in range(2):
        np.testing.assert_allclose(found[row], np.convolve(waves[row], responses[row]), atol=1e-4)


def test_white_noise_gets_the_spectrum_that_is_asked_for() -> None:
    """As the spectra of training clips are measured."""
    rate = 8192
    spectrum = torch.linspace(1, -4, 16 * HOP + 1) + 0.5 * torch.sin(torch.linspace(0, 12, 16 * HOP + 1))
    heard = convolve(torch.randn(1, 20 * rate), impulse_response(spectrum[None]))
    found = average_spectra(heard, rate)[0]
    torch.testing.assert_close(found[3:-3], spectrum[3:-3], atol=0.25, rtol=0)
    assert float((found - spectrum)[3:-3].mean().abs()) < 0.02


def test_the_filters_phase_is_the_least() -> None:
    """As SciPy finds it from the magnitudes of a long response."""
    spectrum = torch.linspace(1, -2, 16 * HOP + 1) + 0.5 * torch.sin(torch.linspace(0, 12, 16 * HOP + 1))
    found = impulse_response(spectrum[None])[0].numpy()
    symmetric = np.roll(np.fft.irfft(np.exp(spectrum.double().numpy())), 16 * HOP)
    expected = minimum_phase(symmetric, method="homomorphic", half=False, n_fft=1 << 15) * (0.375 * 32 * HOP) ** -0.5
    assert np.abs(found[: 16 * HOP] - expected[: 16 * HOP]).max() < 0.01 * np.abs(expected).max()
    assert np.abs(found[16 * HOP :]).max() < 0.01 * np.abs(expected).max()


def test_without_gains_the_noise_is_what_was_drawn() -> None:
    noise, cycles = _noise(), torch.zeros(2, 12 + 1 + 2 * MARGIN, dtype=torch.float64)
    for first in (-5, 0, 700):
        found = excitation(_engine(), _tables(first, 12), noise, cycles, first, HOP, _bands())
        torch.testing.assert_close(found, noise.white(first * HOP, (first + 12) * HOP), atol=1e-5, rtol=0)


def test_the_level_is_that_of_the_whole_sound() -> None:
    noise, cycles = _noise(), torch.zeros(2, 12 + 1 + 2 * MARGIN, dtype=torch.float64)
    tables = replace(_tables(0, 12), level=torch.full_like(_tables(0, 12).level, math.log(0.25)))
    found = excitation(_engine(), tables, noise, cycles, 0, HOP, _bands())
    torch.testing.assert_close(found, 0.25 * noise.white(0, 12 * HOP), atol=1e-5, rtol=0)


def test_pulses_are_the_table_at_the_cranks_position() -> None:
    frames, first, rate = 12, 3, 0.37  # cycles per frame
    sine = torch.sin(2 * math.pi * torch.arange(POINTS) / POINTS)
    silent = _tables(first, frames)
    tables = replace(silent, pulses=sine.expand_as(silent.pulses), noise=torch.full_like(silent.noise, -9.0))
    number = torch.arange(first - MARGIN, first + frames + MARGIN + 1, dtype=torch.float64)
    found = excitation(_engine(), tables, _noise(), (rate * number).expand(2, -1), first, HOP, _bands())
    samples = torch.arange(first * HOP, (first + frames) * HOP) / HOP
    expected = torch.sin(2 * math.pi * rate * samples)
    torch.testing.assert_close(found, expected.expand(2, -1), atol=0.02, rtol=0)


def test_the_noise_is_gated_by_the_cranks_position() -> None:
    """Its level in the quarter of a cycle where the envelope is highest, against the lowest quarter."""
    frames = 800
    tables = _tables(0, frames)
    tables.envelopes[..., 0, 0] = 1.5  # a cosine of the cycle
    cycles = torch.arange(-MARGIN, frames + MARGIN + 1, dtype=torch.float64).expand(2, -1) / 40
    found = excitation(_engine(), tables, _noise(), cycles, 0, HOP, _bands()).view(2, -1, 40, HOP)
    power = found.square().mean((0, 1, 3))
    gain = 0.5 * float(torch.log(power[:3].mean() / power[18:22].mean()))
    assert gain == pytest.approx(3, abs=0.2)


def _engine() -> Engine:
    """Of two sounds; nothing wanders."""
    still = torch.zeros(2, BANDS, 1)
    return Engine(torch.zeros(2, 3), torch.ones(2, 1), still, still, torch.zeros(2, 1, 1))


def _tables(first: int, frames: int) -> Tables:
    """Without pulses, and with gains of 1."""
    count = len(anchors(first - MARGIN, first + frames + MARGIN))
    return Tables(
        pulses=torch.zeros(2, count, 1, POINTS),
        envelopes=torch.zeros(2, count, BANDS, 3, 2),
        noise=torch.zeros(2, count, BANDS),
        level=torch.zeros(2, count, 1),
    )


def _noise() -> BatchNoise:
    return BatchNoise(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))


def _bands() -> torch.Tensor:
    return band_gains(BANDS, 2 * HOP + 1)
