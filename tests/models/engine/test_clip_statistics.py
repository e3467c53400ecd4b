import numpy as np
import pytest
import torch

from wavegan_src.models.engine.clip_statistics import (
    FEWEST_CORRELATED,
    MOST_CORRELATED,
    average_spectra,
    measure,
    rate_loadings,
)

RATE = 8192


@pytest.fixture
def clips() -> torch.Tensor:
    """Pulse trains at 20 to 40 Hz in noise, (24, 2 s)."""
    time = torch.arange(2 * RATE) / RATE
    rates = torch.linspace(20, 40, 24)[:, None]
    ringing = torch.exp(-8 * ((time * rates) % 1)) * torch.sin(2 * torch.pi * 300 * time)
    return 0.4 * ringing + 0.02 * torch.randn(24, 2 * RATE)


def test_rates_are_those_of_the_clips(clips: torch.Tensor) -> None:
    found = measure(clips, RATE, 4)
    # Of a few clips a fraction of the rate may be heard; the bulk lies evenly between 20 and 40.
    assert float(2 ** found.rates[16]) == pytest.approx(25, rel=0.1)
    assert float(2 ** found.rates[32]) == pytest.approx(30, rel=0.1)
    assert float(2 ** found.rates[-1]) == pytest.approx(40, rel=0.05)
    assert found.swings[32] < 0.01


def test_factors_of_the_components_give_spectra_of_the_clips_spread(clips: torch.Tensor) -> None:
    found, spectra = measure(clips, RATE, 23), average_spectra(clips, RATE)
    torch.testing.assert_close(found.mean_spectrum, spectra.mean(0))
    drawn = torch.randn(4000, 23) @ found.components
    torch.testing.assert_close(drawn.std(0), spectra.std(0), rtol=0.1, atol=0.02)


def test_average_spectrum_of_white_noise_is_its_windows_energy() -> None:
    spectra = average_spectra(0.3 * torch.randn(2, 20 * RATE), RATE)
    window = torch.hann_window(2 * (spectra.shape[1] - 1))
    expected = float(torch.log(0.3 * window.square().sum().sqrt()))
    assert np.abs(spectra[:, 2:-2].mean().item() - expected) < 0.02


def test_clips_without_rhythm_have_the_usual_rate_and_few_clips_few_components() -> None:
    found = measure(torch.zeros(2, RATE), RATE, 5)
    assert float(2 ** found.rates[0]) == pytest.approx(30)
    assert found.components.shape[0] == 5
    assert not found.components[1:].any()


def test_loadings_are_the_correlations_with_the_rates_normal_score() -> None:
    random = np.random.default_rng(0)
    factors = random.standard_normal((4000, 5))
    rate = 0.6 * factors[:, 1] - 0.5 * factors[:, 3] + np.sqrt(1 - 0.36 - 0.25) * random.standard_normal(4000)
    found = rate_loadings(np.exp(rate), torch.from_numpy(factors).float())  # any rising scale of rates will do
    torch.testing.assert_close(found[[1, 3]], torch.tensor([0.6, -0.5]), atol=0.03, rtol=0)
    assert found[[0, 2, 4]].abs().max() < 0.06


def test_chance_leaves_few_loadings_and_something_is_always_left_open() -> None:
    random = np.random.default_rng(1)
    factors = torch.from_numpy(random.standard_normal((100, 400))).float()
    assert (rate_loadings(random.standard_normal(100), factors) != 0).float().mean() < 0.08
    itself = torch.from_numpy(np.sort(random.standard_normal(100))).float()[:, None]
    assert float(rate_loadings(np.arange(100.0), itself)) == pytest.approx(MOST_CORRELATED, abs=0.01)


def test_nothing_is_concluded_from_a_handful_of_clips() -> None:
    factors = torch.arange(FEWEST_CORRELATED - 1.0)[:, None]
    assert not rate_loadings(np.arange(FEWEST_CORRELATED - 1.0), factors).any()
