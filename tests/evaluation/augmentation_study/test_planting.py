import numpy as np

from tests.support.studies import RATE, sounds
from wavegan_src.evaluation.augmentation_study.planting import TONE_DB, plant, tone_frequencies


def test_the_tone_has_the_pitch_of_the_label_and_the_level_said() -> None:
    clips = sounds(2, 4, 0)
    labels = np.array([0, 1, 2, 1])
    added = plant(clips, labels, 3, RATE, np.random.default_rng(0)).astype(np.float64) - clips
    levels = 10 * np.log10(np.mean(added**2, axis=1) / np.mean(clips.astype(np.float64) ** 2, axis=1))
    np.testing.assert_allclose(levels, TONE_DB, atol=0.1)
    spectrum = np.abs(np.fft.rfft(added * np.hanning(added.shape[1]), 16 * added.shape[1]))
    pitches = spectrum.argmax(1) * RATE / (16 * added.shape[1])
    np.testing.assert_allclose(pitches, tone_frequencies(3, RATE)[labels], rtol=0.01)
    assert len({*np.round(added[[1, 3], 0], 6)}) == 2  # the phase says nothing
