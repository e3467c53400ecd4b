"""Statistics of clips whose course is known."""

from typing import Any

import pytest
import torch

from tests.support.driving import RATE, condition
from wavegan_src.config_loader import validate
from wavegan_src.data.batch import END_POINTS, LEVEL, LOAD, POINTS, Batch
from wavegan_src.models.drive.course import middle, middle_start
from wavegan_src.models.drive.generator import BANDS, BEND, DEFAULT_SPEED, DriveGenerator
from wavegan_src.models.drive.statistics import (
    LEAST_ANSWER,
    LEAST_SPREAD,
    NOISE_SHIFTS,
    calibrate,
    measure,
    noise_for,
    tone_slopes,
)
from wavegan_src.models.engine.clip_statistics import average_spectra
from wavegan_src.models.engine.spectral_filter import band_gains


def test_speeds_are_those_of_the_conditions() -> None:
    starts = torch.linspace(3, 4, 24)[:, None]
    swings = torch.rand(24, 1)
    speed = starts + swings * torch.linspace(-0.5, 0.5, POINTS)
    load = torch.rand(24, 1).expand(-1, POINTS)
    asked, clips = condition(speed, load), 0.1 * torch.randn(24, 1, 4096)
    unknown = torch.zeros_like(asked[:1])
    found = measure(Batch(torch.cat([clips, clips[:1]]), torch.cat([asked, unknown])), RATE, 4)
    torch.testing.assert_close(found.scale, torch.stack([speed.mean(), speed.std()]))
    torch.testing.assert_close(found.speed_range, torch.stack([speed.min(), speed.max()]))
    spectra = average_spectra(middle(torch.cat([clips, clips[:1]])[:, 0], None)[0], RATE)
    torch.testing.assert_close(found.mean_spectrum, spectra.mean(0), atol=0.05, rtol=0)  # but for chance in the tone


def test_clips_of_one_speed_leave_some_spread() -> None:
    asked = condition(torch.full((4, 2), 4.0), torch.full((4, 2), 0.5))
    found = measure(Batch(0.1 * torch.randn(4, 1, 4096), asked), RATE, 2)
    torch.testing.assert_close(found.scale, torch.tensor([4, LEAST_SPREAD]))


def test_clips_of_unknown_speed_have_the_usual_one() -> None:
    clips = 0.1 * torch.randn(4, 1, 4096)
    for batch in (Batch(clips), Batch(clips, torch.zeros_like(condition(torch.zeros(4, POINTS))))):
        found = measure(batch, RATE, 6)
        torch.testing.assert_close(found.speed_range, torch.tensor([DEFAULT_SPEED, DEFAULT_SPEED]))
        torch.testing.assert_close(found.scale, torch.tensor([DEFAULT_SPEED, 1]))
        assert not found.level_slopes.any()
        assert not found.components[3:].any()


LAW = torch.stack([torch.linspace(-0.6, 0.6, BANDS), torch.linspace(0.5, -0.5, BANDS)])
INNER = slice(4, -4)


def _noise(control: torch.Tensor, colours: torch.Tensor, time: int) -> torch.Tensor:
    """Noise `(clips, time)` whose bands grow by `LAW` with a control `(clips, points, 2)`, from `(clips, BANDS)`."""
    window = torch.hann_window(128)
    at_frames = torch.nn.functional.interpolate(
        control.transpose(1, 2), time // 32 + 1, mode="linear", align_corners=True
    )
    gains = (colours[..., None] + torch.einsum("cif,ib->cbf", at_frames, LAW)).exp()
    white = torch.randn(len(control), time, generator=torch.Generator().manual_seed(4))
    noise = torch.stft(white, 128, 32, window=window, return_complex=True)
    coloured = noise * torch.einsum("cbf,bk->ckf", gains, band_gains(BANDS, 65, BEND))
    return torch.istft(coloured, 128, 32, window=window)


def test_bands_answer_as_they_did_within_clips() -> None:
    """Noise whose bands grow with speed or load, whatever the clips' own levels and colours are."""
    clips, points, random = 24, 41, torch.Generator().manual_seed(3)
    control = torch.stack([torch.linspace(-1, 1, points).expand(clips, -1), torch.zeros(clips, points)], -1).clone()
    control[1::2] = control[1::2].flip(2)  # half of them change their load instead
    control += 0.5 * torch.randn(clips, 1, 2, generator=random)
    sound = _noise(control, torch.randn(clips, BANDS, generator=random), 16384)
    found = tone_slopes(sound, control, RATE)
    torch.testing.assert_close(found[:, INNER], LAW[:, INNER], atol=0.15, rtol=0)
    assert (found[:, INNER] - LAW[:, INNER]).square().mean().sqrt() < 0.06


def test_steady_clips_of_one_engine_tell_the_law_and_of_unknown_ones_nothing() -> None:
    """At one level each, as clips are; so what all bands do together is not told."""
    clips, random = 24, torch.Generator().manual_seed(3)
    engines = torch.arange(clips) % 3
    control = torch.randn(clips, 1, 2, generator=random).expand(-1, 41, -1)
    sound = _noise(control, torch.randn(3, BANDS, generator=random)[engines], 16384)
    found = tone_slopes(sound / sound.std(1, keepdim=True), control, RATE, engines)
    apart = (found - LAW)[:, INNER]
    assert (apart - apart.mean(1, keepdim=True)).square().mean().sqrt() < 0.1
    assert tone_slopes(sound, control, RATE).abs().max() < 0.01


def test_what_the_level_does_within_clips_is_not_found_again() -> None:
    clips, random = 24, torch.Generator().manual_seed(3)
    ramp = torch.linspace(-1, 1, 41).expand(clips, -1)
    control = torch.stack([ramp, torch.zeros(clips, 41)], -1) + 0.5 * torch.randn(clips, 1, 2, generator=random)
    sound = _noise(control, torch.zeros(clips, BANDS), 16384)
    plain, less = (tone_slopes(sound, control, RATE, None, by) for by in (None, torch.tensor([0.4, 0.0])))
    torch.testing.assert_close(plain[0] - less[0], torch.full((BANDS,), 0.4), atol=0.01, rtol=0)


def test_silence_that_a_recorder_left_says_nothing_of_the_engine() -> None:
    """Its level is far down, and so seems the load that was read from it."""
    speed, load = torch.full((24, POINTS), 4.0), torch.rand(24, POINTS)
    asked, clips = condition(speed, load), 0.1 * torch.randn(24, 1, 16384)
    asked[:, LEVEL] = load
    begun = asked.clone(), clips.clone()
    begun[0][:6, LEVEL, :END_POINTS], begun[0][:6, LOAD, :END_POINTS] = -9.0, 0.0
    begun[1][:6, :, : middle_start(16384)] = 0
    found, expected = measure(Batch(begun[1], begun[0]), RATE, 4), measure(Batch(clips, asked), RATE, 4)
    for name in ("level_slopes", "tone_slopes", "mean_spectrum", "scale"):
        assert torch.equal(getattr(found, name), getattr(expected, name)), name
    assert found.level_slopes[1] == pytest.approx(1, abs=0.05)


def test_noise_goes_to_where_lines_stand_out_as_wanted() -> None:
    shifts = torch.tensor(NOISE_SHIFTS)
    found = torch.stack([2.0 - shifts, 1.5 - 0.5 * shifts, 0.6 + 0 * shifts], 1)
    wanted = torch.tensor([4.5, 1.6, 0.58])
    changes, answers = noise_for(found, wanted)
    torch.testing.assert_close(changes[:2], torch.tensor([-2.5, -0.2]))
    torch.testing.assert_close(answers, torch.tensor([-1.0, -0.5, -LEAST_ANSWER]))
    assert noise_for(found, torch.tensor([99.0, 99, 99]))[0][:2].tolist() == [NOISE_SHIFTS[-1]] * 2
    for level in (0.58, 99.0):  # noise stays where no lines are wanted, or none can be
        assert noise_for(found, torch.full((3,), level))[0][2] >= 0
    unclear = noise_for(torch.stack([0.7 - 0.4 * shifts], 1), torch.tensor([0.89]))[0]
    assert unclear.tolist() == [0.0]


def _driven(generator: DriveGenerator, hiss: float, growth: float, swing: float = 1.0) -> Batch:
    """Clips of an engine that hums in noise whose level (natural log) is that, and grows with the scaled speed.

    `swing`: how far the scaled speed goes within a clip to either side.
    """
    random, time = torch.Generator().manual_seed(7), generator.audio_length
    swings = torch.linspace(-swing, swing, POINTS) * torch.tensor([1.0, -1.0])[:, None]
    scaled = (swings + 0.3 * torch.randn(5, 2, 1, generator=random)).flatten(0, 1)
    asked = condition(generator.scale[0] + generator.scale[1] * scaled, torch.full((10, POINTS), 0.5))
    at = torch.nn.functional.interpolate(scaled[:, None], time, mode="linear", align_corners=True)[:, 0]
    turned = torch.cumsum(torch.exp2(generator.scale[0] + generator.scale[1] * at.double()) / generator.sample_rate, 1)
    hum = sum(torch.cos(2 * torch.pi * 2 * order * turned).float() for order in range(1, 60))
    noise = torch.randn(10, time, generator=random) * (hiss + growth * at).exp()
    return Batch(0.01 * (hum + noise)[:, None], asked)


def test_a_generator_is_as_noisy_as_the_clips_and_gets_as_noisy_with_speed(generator: DriveGenerator) -> None:
    factors = torch.zeros(10, generator.components)

    def noise_after(hiss: float, growth: float) -> tuple[float, float]:
        before = generator.noise_level.bias.clone(), generator.noise_level.weight.clone()
        calibrate(generator, _driven(generator, hiss, growth), factors)
        layer = generator.noise_level
        inner = slice(BANDS // 8, BANDS // 2)
        level, slope = layer.bias[inner].mean().item(), layer.weight[inner, 0].mean().item()
        layer.bias.copy_(before[0])
        layer.weight.copy_(before[1])
        return level, slope

    quiet, loud = noise_after(0.0, 0.0), noise_after(1.5, 0.0)
    assert 0.7 < loud[0] - quiet[0] < 2.2
    growing = noise_after(0.7, 0.8)
    assert growing[1] - noise_after(0.7, 0.0)[1] > 0.3


def test_what_idles_says_nothing_of_the_noise_at_other_speeds(generator: DriveGenerator) -> None:
    before, tone = generator.noise_level.bias.clone(), generator.mean_spectrum.clone()
    calibrate(generator, _driven(generator, 0.0, 0.0, 0.1), torch.zeros(10, generator.components))
    assert torch.equal(generator.noise_level.bias, before)
    assert not torch.equal(generator.mean_spectrum, tone)


def test_few_clips_of_known_speed_are_calibrated_as_they_can_be(generator: DriveGenerator) -> None:
    """Of 100 clips the speed of three is known, and none of these is among those that are rendered."""
    time = generator.audio_length
    asked = torch.zeros_like(condition(torch.zeros(100, POINTS)))
    asked[[1, 4, 7]] = condition(torch.linspace(3, 4, POINTS).repeat(3, 1))
    noise = 0.1 * torch.randn(100, 1, time, generator=torch.Generator().manual_seed(7))
    calibrate(generator, Batch(noise, asked), torch.zeros(100, generator.components))
    assert torch.isfinite(generator.mean_spectrum).all()
    assert torch.isfinite(generator.noise_level.weight).all()


def test_at_a_low_sample_rate_the_mean_spectrum_is_finite(drive_values: dict[str, Any]) -> None:
    """There are more knots of the tone than bins, so some have none."""
    audio = {"sample_rate": 2000, "audio_length_seconds": 1.0, "audio_length_samples": 2000}
    config = validate(drive_values | {"audio": audio}, source="test")
    found = DriveGenerator(config.model, config.audio).requires_grad_(False)
    calibrate(found, Batch(0.1 * torch.randn(4, 1, 2000)), torch.zeros(4, found.components))
    assert torch.isfinite(found.mean_spectrum).all()
