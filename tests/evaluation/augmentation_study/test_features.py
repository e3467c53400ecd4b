import numpy as np
import pytest

from tests.support.studies import RATE, sounds
from wavegan_src.evaluation.augmentation_study.features import BANDS, FLOOR_DB, log_mel, masked


def mel(hertz: float) -> float:
    return float(2595 * np.log10(1 + hertz / 700))


@pytest.mark.parametrize("frequency", [440.0, 1500.0])
def test_a_tone_is_in_the_band_of_its_frequency(frequency: float) -> None:
    tone = np.sin(2 * np.pi * frequency * np.arange(2 * RATE) / RATE)[None].astype(np.float32)
    spectrogram = log_mel(tone, RATE)[0]
    share = (mel(frequency) - mel(20)) / (mel(RATE / 2) - mel(20))
    assert abs(int(spectrogram.mean(1).argmax()) - (share * (BANDS + 1) - 1)) <= 1


def test_the_level_does_not_matter_and_silence_is_finite() -> None:
    clips = sounds(0, 3, 0)
    np.testing.assert_allclose(log_mel(clips, RATE), log_mel(0.01 * clips, RATE), atol=1e-4)
    assert np.isfinite(log_mel(np.zeros_like(clips), RATE)).all()
    assert log_mel(clips, RATE).min() >= FLOOR_DB / 20 - 1e-6


def test_masks_hide_whole_bands_and_frames_and_little_of_them() -> None:
    spectrograms = log_mel(sounds(1, 50, 0), RATE)
    before = spectrograms.copy()
    hidden = masked(spectrograms, np.random.default_rng(0)) != before
    np.testing.assert_array_equal(spectrograms, before)
    bands, frames = hidden.all(2), hidden.all(1)
    np.testing.assert_array_equal(hidden, bands[:, :, None] | frames[:, None, :])
    assert 0 < bands.sum(1).max() <= BANDS / 8
    assert frames.sum(1).max() <= spectrograms.shape[2] / 8
