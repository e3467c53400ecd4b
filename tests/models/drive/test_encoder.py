"""What the encoder hears in clips."""

import pytest
import torch

from tests.support.driving import RATE, TIME
from wavegan_src.config_schema import AudioConfig, Config
from wavegan_src.models.drive.course import middle
from wavegan_src.models.drive.encoder import CONTROLS, Encoder
from wavegan_src.models.engine.clip_statistics import average_spectra, principal_components

COMPONENTS = 5


@pytest.fixture
def encoder(drive_config: Config) -> Encoder:
    """Without statistics."""
    return Encoder(drive_config.audio, _bins(drive_config.audio), COMPONENTS, 12).requires_grad_(False)


def _bins(audio: AudioConfig) -> int:
    return average_spectra(torch.zeros(1, audio.audio_length_samples), audio.sample_rate).shape[1]


def _clips(count: int) -> torch.Tensor:
    """Noise, each of a colour and a level of its own."""
    random = torch.Generator().manual_seed(6)
    spectra = torch.fft.rfft(torch.randn(count, 1, TIME, generator=random))
    slopes = torch.linspace(0, 1, spectra.shape[-1]) * 3 * torch.randn(count, 1, 1, generator=random)
    clips: torch.Tensor = 0.1 * torch.fft.irfft(spectra * slopes.exp(), TIME)
    return clips


def _described(encoder: Encoder, clips: torch.Tensor, controls: torch.Tensor) -> torch.Tensor:
    return torch.cat([*encoder.describe(middle(clips, None)[0], None), controls], 1)


def test_untrained_it_hears_the_factors_of_the_spectrum(encoder: Encoder) -> None:
    """Up to what a network that starts near zero adds to them."""
    clips = _clips(24)
    spectra, none = average_spectra(middle(clips[:, 0], None)[0], RATE), torch.zeros(24, CONTROLS)
    mean, components, factors = principal_components(spectra, COMPONENTS)
    described = _described(encoder, clips, none)
    encoder.initialize_from(mean, components, torch.zeros(CONTROLS, len(mean)), described)
    torch.testing.assert_close(encoder(spectra, described), factors.clamp(-4, 4), atol=0.2, rtol=0)


def test_what_speed_and_load_explain_is_not_the_engines(encoder: Encoder) -> None:
    clips, random = _clips(24), torch.Generator().manual_seed(8)
    controls = torch.randn(24, CONTROLS, generator=random)
    spectra = average_spectra(middle(clips[:, 0], None)[0], RATE)
    law = torch.randn(CONTROLS, spectra.shape[1], generator=random)
    mean, components, factors = principal_components(spectra, COMPONENTS)
    described = _described(encoder, clips, controls)
    encoder.initialize_from(mean, components, law, described)
    torch.testing.assert_close(encoder(spectra + controls @ law, described), factors.clamp(-4, 4), atol=0.2, rtol=0)


def test_clips_of_silence_or_of_another_world_have_finite_factors(encoder: Encoder) -> None:
    clips = _clips(8)
    spectra = average_spectra(middle(clips[:, 0], None)[0], RATE)
    mean, components, _ = principal_components(spectra, COMPONENTS)
    none = torch.zeros(8, CONTROLS)
    encoder.initialize_from(mean, components, torch.zeros(CONTROLS, len(mean)), _described(encoder, clips, none))
    for odd in (torch.zeros_like(clips), torch.sign(torch.randn_like(clips))):
        found = encoder(average_spectra(middle(odd[:, 0], None)[0], RATE), _described(encoder, odd, none))
        assert torch.isfinite(found).all()
        assert found.abs().max() < 6


def test_equal_clips_in_other_batches_are_the_same_engine(encoder: Encoder) -> None:
    clips, none = _clips(6), torch.zeros(6, CONTROLS)
    spectra = average_spectra(middle(clips[:, 0], None)[0], RATE)
    together = encoder(spectra, _described(encoder, clips, none))
    alone = encoder(spectra[3:4], _described(encoder, clips[3:4], none[:1]))
    torch.testing.assert_close(alone, together[3:4], atol=1e-4, rtol=1e-4)
