"""Loudness against pyloudnorm and a closed form; the anchors against their spectra."""

import numpy as np
import pyloudnorm
import pytest

from tests.support.sounds import RATE, pulse_engine
from wavegan_src.evaluation.listening.stimuli import LOUDEST_LUFS, loudness_lufs, low_passed, match_loudness, noise_like
from wavegan_src.utils.errors import UserError


def power_above(clips: np.ndarray, hertz: float) -> np.ndarray:
    spectra = np.abs(np.fft.rfft(clips * np.hanning(clips.shape[1]), axis=1)) ** 2
    high = np.fft.rfftfreq(clips.shape[1], 1 / RATE) > hertz
    return np.asarray(spectra[:, high].sum(axis=1) / spectra.sum(axis=1))


def test_a_full_scale_sine_has_the_loudness_that_the_standard_gives() -> None:
    """ITU-R BS.1770-4: 997 Hz at 0 dBFS in one channel is -3.01 LUFS."""
    sine = np.sin(2 * np.pi * 997 * np.arange(2 * RATE) / RATE).astype(np.float32)
    assert loudness_lufs(sine[None], RATE) == pytest.approx([-3.01], abs=0.1)


def test_all_clips_have_one_loudness_and_none_is_clipped() -> None:
    rng = np.random.default_rng(0)
    clips = np.stack([gain * pulse_engine(30, rng) for gain in (0.01, 0.5, 1.0)]).astype(np.float32)
    clips[1, 4000] = 1.0  # a peak far above the rest leaves less room for all
    matched = match_loudness(clips, RATE)
    meter = pyloudnorm.Meter(RATE)
    levels = [meter.integrated_loudness(clip.astype(float)) for clip in matched]
    assert np.ptp(levels) < 0.1
    assert max(levels) <= LOUDEST_LUFS + 0.1
    assert np.abs(matched).max() < 0.96
    assert np.abs(matched[:, [0, -1]]).max() < 1e-3


def test_silence_is_refused() -> None:
    clips = np.zeros((2, RATE), dtype=np.float32)
    clips[0] = 0.1 * np.random.default_rng(0).standard_normal(RATE)
    with pytest.raises(UserError, match=r"Clip 2 is too quiet.*leave silent clips out"):
        match_loudness(clips, RATE)


def test_the_anchor_ends_at_3500_hz_and_is_the_clip_below() -> None:
    clips = np.random.default_rng(0).standard_normal((2, RATE)).astype(np.float32)
    filtered = low_passed(clips, RATE)
    assert power_above(filtered, 4200).max() < 1e-4
    before, after = np.fft.rfft(clips), np.fft.rfft(filtered)
    below = np.fft.rfftfreq(RATE, 1 / RATE) < 3000
    assert np.abs(after - before)[:, below].mean() < 0.05 * np.abs(before)[:, below].mean()  # the same phases, too


def test_at_a_low_rate_the_anchor_is_lower() -> None:
    clips = np.random.default_rng(0).standard_normal((1, 8000)).astype(np.float32)
    spectrum = np.abs(np.fft.rfft(low_passed(clips, 8000)[0]))
    assert spectrum[2000:].max() < 0.01 * spectrum[:1000].max()


def test_noise_has_the_average_spectrum_and_no_rhythm() -> None:
    rng = np.random.default_rng(0)
    clips = np.stack([pulse_engine(rate, rng) for rate in (20, 30, 40, 50)]).astype(np.float32)
    noise = noise_like(clips, 6, np.random.default_rng(1))
    assert noise.shape == (6, clips.shape[1])
    for edge in (500, 2000, 6000):
        assert power_above(noise, edge).mean() == pytest.approx(power_above(clips, edge).mean(), rel=0.3, abs=0.01)
    crests = [np.mean(np.abs(some).max(axis=1) / some.std(axis=1)) for some in (noise, clips)]
    assert crests[0] < 0.8 * crests[1]
