"""Statistics of clips whose course is known."""

import pytest
import torch

from tests.support.driving import RATE, condition
from wavegan_src.data.batch import END_POINTS, LEVEL, LOAD, POINTS, Batch
from wavegan_src.models.drive.course import middle, middle_start
from wavegan_src.models.drive.generator import BANDS, BEND, DEFAULT_SPEED
from wavegan_src.models.drive.statistics import LEAST_SPREAD, measure, tone_slopes
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


def test_bands_answer_as_they_did_within_clips() -> None:
    """Noise whose bands grow with speed or load, whatever the clips' own levels and colours are."""
    clips, points, time = 24, 41, 16384
    generator = torch.Generator().manual_seed(3)
    control = torch.stack([torch.linspace(-1, 1, points).expand(clips, -1), torch.zeros(clips, points)], -1).clone()
    control[1::2] = control[1::2].flip(2)  # half of them change their load instead
    control += 0.5 * torch.randn(clips, 1, 2, generator=generator)
    window = torch.hann_window(128)
    law = torch.stack([torch.linspace(-0.6, 0.6, BANDS), torch.linspace(0.5, -0.5, BANDS)])
    frames = (time // 32) + 1
    at_frames = torch.nn.functional.interpolate(control.transpose(1, 2), frames, mode="linear", align_corners=True)
    gains = (torch.randn(clips, BANDS, 1, generator=generator) + torch.einsum("cif,ib->cbf", at_frames, law)).exp()
    white = torch.randn(clips, time, generator=generator)
    noise = torch.stft(white, 128, 32, window=window, return_complex=True)
    coloured = noise * torch.einsum("cbf,bk->ckf", gains, band_gains(BANDS, 65, BEND))
    found = tone_slopes(torch.istft(coloured, 128, 32, window=window), control, RATE)
    inner = slice(4, -4)
    torch.testing.assert_close(found[:, inner], law[:, inner], atol=0.15, rtol=0)
    assert (found[:, inner] - law[:, inner]).square().mean().sqrt() < 0.06


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
