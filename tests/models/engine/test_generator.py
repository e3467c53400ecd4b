import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from wavegan_src.config_schema import AudioConfig, Config, ModelConfig
from wavegan_src.dsp.clips import resample
from wavegan_src.dsp.firing import find_firing
from wavegan_src.models.engine.excitation import Noise, draw_noise
from wavegan_src.models.engine.generator import (
    BANDS,
    DRIFT,
    JITTER,
    RATE_LATENTS,
    TONE_KNOTS,
    ClipStatistics,
    EngineGenerator,
)
from wavegan_src.models.engine.wave_tables import STROKES

MODEL = ModelConfig(architecture="engine", latent_dim=8, model_dim=12)
AUDIO = AudioConfig()


@pytest.fixture
def generator(engine_config: Config) -> EngineGenerator:
    return EngineGenerator(engine_config.model, engine_config.audio).requires_grad_(False)


def test_clips_have_the_length_that_is_asked_for_and_stay_in_range(generator: EngineGenerator) -> None:
    latents = 3 * torch.randn(3, 8)
    for time in (None, 4096, 9000, 20001):
        clips = generator(latents, time)
        assert clips.shape == (3, 1, time or generator.audio_length)
        assert clips.abs().max() <= 1
        assert torch.isfinite(clips).all()


def test_a_latent_vector_is_one_sound_in_any_batch(generator: EngineGenerator) -> None:
    latents = torch.randn(5, 8)
    torch.testing.assert_close(generator(latents)[3:4], generator(latents[3:4]))
    assert torch.equal(generator(latents), generator(latents))


def test_equal_vectors_give_equal_sounds_though_zeros_have_signs(generator: EngineGenerator) -> None:
    assert torch.equal(generator(torch.zeros(1, 8)), generator(-torch.zeros(1, 8)))


def test_every_latent_factor_matters(generator: EngineGenerator) -> None:
    generator.initialize_from(_statistics(generator))
    latents = torch.randn(1, 8)
    here = generator(latents)
    for factor in range(8):
        moved = latents.clone()
        moved[0, factor] += 1
        assert (generator(moved) - here).abs().max() > 1e-3


@pytest.mark.parametrize("sample_rate", [16000, 22050, 44100])
def test_engines_fire_at_the_rates_they_were_told(sample_rate: int) -> None:
    audio = AudioConfig(sample_rate=sample_rate, audio_length_samples=2 * sample_rate)
    torch.manual_seed(3)
    generator = EngineGenerator(MODEL, audio).requires_grad_(False)
    generator.initialize_from(_statistics(generator, rate=40.0))
    clips = generator(torch.randn(6, 8))[:, 0].double().numpy()
    heard = [find_firing(_at_22050(clip, sample_rate)) for clip in clips]
    rates = np.array([firing.rate for firing in heard if firing is not None])
    assert len(rates) >= 5
    # The envelopes of single bands may say a multiple or a fraction; most clips say the rate itself.
    assert np.median(np.abs(np.log2(rates / 40))) < 0.05


def test_rates_are_distributed_as_measured_and_go_with_the_tone_as_told(generator: EngineGenerator) -> None:
    told = torch.linspace(math.log2(20), math.log2(60), 65)
    statistics = replace(
        _statistics(generator), rates=told, rate_loadings=torch.tensor([0.0, 0.7, 0.0, 0.0, -0.5, 0.0])
    )
    generator.initialize_from(statistics)
    latents = torch.randn(4000, 8)
    noise = draw_noise(torch.zeros(1, 8), 64, 2, 1.0, BANDS)
    still = replace(noise, slow=torch.zeros(1, 2), fast=torch.zeros(1, 2))
    found = torch.log2(generator.firing_rates(generator.controls(latents), still)[:, 0])
    expected = torch.quantile(told, torch.linspace(0, 1, 11))
    torch.testing.assert_close(torch.quantile(found, torch.linspace(0, 1, 11)), expected, atol=0.08, rtol=0)
    normal = torch.special.ndtri(((found - told[0]) / (told[-1] - told[0])).clamp(1e-4, 1 - 1e-4))
    correlation = torch.corrcoef(torch.cat([normal[:, None], latents[:, RATE_LATENTS:]], 1).T)[0, 1:]
    torch.testing.assert_close(correlation, statistics.rate_loadings, atol=0.05, rtol=0)


def test_rates_wander_by_swing_and_jitter_about_the_quantile(generator: EngineGenerator) -> None:
    generator.swings.fill_(0.1)
    latents = torch.zeros(4, 8)
    latents[:, 3] = torch.arange(4)  # four noises
    noise = draw_noise(latents, 8192 * 60, 8192 * 60 // generator.hop, generator.hop / 8192, BANDS)
    wandering = torch.log2(generator.firing_rates(generator.controls(latents), noise)) - generator.rates[0]
    # Straight lines between independent knots have two thirds of the knots' variance.
    expected = math.sqrt(2 / 3) * math.hypot(0.1 + DRIFT, JITTER)
    assert wandering.std() == pytest.approx(expected, rel=0.2)


def test_the_crank_turns_once_in_a_cycle_of_strokes(generator: EngineGenerator) -> None:
    latents = torch.zeros(1, 8)
    noise = draw_noise(latents, 8192, 8192 // generator.hop + 1, generator.hop / 8192, BANDS)
    rates = generator.firing_rates(generator.controls(latents), noise).double()
    turned = generator.cycles(generator.controls(latents), noise)
    seconds = generator.hop / generator.sample_rate
    assert float(turned[0, -1] - turned[0, 0]) == pytest.approx(float(rates[0, 1:].sum()) * seconds / STROKES, rel=1e-6)


def test_it_begins_with_the_spectra_that_were_measured_whatever_it_learnt_before(generator: EngineGenerator) -> None:
    for parameter in generator.tone.parameters():
        parameter.normal_()
    statistics = _statistics(generator)
    generator.initialize_from(statistics)
    latents = torch.randn(3, 8)
    expected = statistics.mean_spectrum + latents[:, RATE_LATENTS:] @ statistics.components
    torch.testing.assert_close(generator.controls(latents).spectrum, expected)


def test_the_tones_correction_goes_in_straight_lines_between_its_knots(generator: EngineGenerator) -> None:
    generator.initialize_from(_statistics(generator))
    latents = torch.randn(1, 8)
    before = generator.controls(latents).spectrum[0]
    knots = torch.randn(TONE_KNOTS)
    with torch.no_grad():
        generator.tone.bias.copy_(knots)
    found = generator.controls(latents).spectrum[0] - before
    frequencies = np.linspace(0, 1, len(found))  # of the Nyquist frequency
    places = np.log1p(20 * frequencies) / np.log(21) * (TONE_KNOTS - 1)
    expected = 0.5 * np.interp(places, np.arange(TONE_KNOTS), knots.numpy())
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-4)


def test_a_clip_is_its_controls_and_its_noise_synthesized(generator: EngineGenerator) -> None:
    generator.initialize_from(_statistics(generator))
    latents = torch.randn(3, 8)
    for time in (generator.audio_length, 9001):
        waveforms, _ = generator.synthesize(generator.controls(latents), generator.draw_noise(latents, time))
        assert torch.equal(waveforms, generator(latents, time))


@pytest.mark.parametrize("beyond_frame", [0, 17])
def test_the_crank_goes_on_where_the_block_before_ended(generator: EngineGenerator, beyond_frame: int) -> None:
    """Positions of a second block are those of one long block, whose noise both share."""
    generator.initialize_from(_statistics(generator))
    latents = torch.randn(2, 8)
    controls, hop = generator.controls(latents), generator.hop
    noise = generator.draw_noise(latents, 200 * hop)
    whole = generator.cycles(controls, noise)
    first, second = _cut(noise, 0, 80, hop), _cut(noise, 80, 120, hop)
    first = replace(first, white=first.white[:, : 80 * hop - hop + beyond_frame] if beyond_frame else first.white)
    _, state = generator.synthesize(controls, first)
    ended = first.white.shape[1] / hop
    frame = int(ended)
    expected = whole[:, frame] + (ended - frame) * (whole[:, frame + 1] - whole[:, frame])
    torch.testing.assert_close(state.crank[:, 0], expected % 1)
    assert torch.equal(generator.cycles(controls, second, state)[:, :1], state.crank)
    if not beyond_frame:
        found = generator.cycles(controls, second, state)
        torch.testing.assert_close(found - found[:, :1], whole[:, 80:] - whole[:, 80:81])
    alone, continued = (generator.synthesize(controls, second, given)[0] for given in (None, state))
    assert not torch.equal(alone, continued)


def test_longer_clips_go_on_without_a_seam(generator: EngineGenerator) -> None:
    """Steps between neighbouring samples are no larger where the trained length ends."""
    generator.initialize_from(_statistics(generator))
    clip = generator(torch.randn(4, 8), 4 * generator.audio_length)[:, 0]
    steps = clip.diff(dim=1).abs()
    for seam in (1, 2, 3):
        around = steps[:, seam * generator.audio_length - 64 : seam * generator.audio_length + 64]
        assert (around.max(1).values <= steps.max(1).values).all()
        assert (around.square().mean(1) < 9 * steps.square().mean(1)).all()


def test_gradients_reach_every_parameter(engine_config: Config) -> None:
    generator = EngineGenerator(engine_config.model, engine_config.audio)
    generator(torch.randn(4, 8)).square().sum().backward()
    for name, parameter in generator.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().max() > 0, name


def _cut(noise: Noise, first: int, frames: int, hop: int) -> Noise:
    """The part of a draw that begins at frame `first` and is that many frames long."""
    kept = slice(first, first + frames + 2)
    return Noise(
        white=noise.white[:, first * hop : (first + frames) * hop],
        start=noise.start,
        slow=noise.slow[:, kept],
        fast=noise.fast[:, kept],
        flutter=noise.flutter[..., kept],
        swell=noise.swell[..., kept],
        strokes=noise.strokes[..., kept],
    )


def _statistics(generator: EngineGenerator, rate: float = 30.0) -> ClipStatistics:
    bins = len(generator.mean_spectrum)
    return ClipStatistics(
        mean_spectrum=torch.linspace(1, -3, bins),
        components=0.2 * torch.randn(generator.components, bins),
        rates=torch.linspace(-0.01, 0.01, 65) + math.log2(rate),
        swings=torch.linspace(0, 0.01, 65),
        rate_loadings=torch.linspace(-0.3, 0.3, generator.components),
    )


def _at_22050(clip: NDArray[np.float64], rate: int) -> NDArray[np.float32]:
    heard: NDArray[np.float32] = resample(clip[None].astype(np.float32), rate, 22050)[0]
    return heard
