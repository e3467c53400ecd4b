import numpy as np

from tests.support.studies import RATE, sounds
from wavegan_src.evaluation.augmentation_study.classical import augment


def test_a_tone_stays_within_a_tenth_of_its_pitch_and_every_clip_changes() -> None:
    tone = np.sin(2 * np.pi * 500 * np.arange(RATE) / RATE).astype(np.float32)
    clips = np.tile(tone, (20, 1))
    changed = augment(clips, RATE, np.random.default_rng(0))
    assert changed.shape == clips.shape
    pitches = np.abs(np.fft.rfft(changed)).argmax(1)  # Hz, since a clip is a second
    assert pitches.min() >= 449
    assert pitches.max() <= 551
    assert len(set(pitches.tolist())) > 10


def test_noise_stays_at_least_so_far_below() -> None:
    """A pure tone's energy lies around its new pitch; the rest is noise."""
    tone = np.sin(2 * np.pi * 500 * np.arange(RATE) / RATE).astype(np.float32)
    changed = augment(np.tile(tone, (20, 1)), RATE, np.random.default_rng(1))
    power = np.abs(np.fft.rfft(changed * np.hanning(RATE))) ** 2
    far = power[:, 1000:].sum(1) / power[:, :1000].sum(1)
    assert 10 * np.log10(far.max()) < -18
    assert 10 * np.log10(far.min()) < -40


def test_the_same_generator_gives_the_same_clips() -> None:
    clips = sounds(0, 2, 0)
    one, other = (augment(clips, RATE, np.random.default_rng(seed)) for seed in (3, 3))
    np.testing.assert_array_equal(one, other)
    assert not np.array_equal(one, augment(clips, RATE, np.random.default_rng(4)))
