"""Keys of sounds: alike for copies, by chance only for other takes, none for steady tones."""

import numpy as np
import pytest

from tests.support.sounds import engine_take
from wavegan_src.dsp.fingerprints import HOP_SECONDS, Hasher, moments, reduce_rate, spectral_changes

RATE = 8000
HASHER = Hasher(RATE, 2, 16)


def test_keys_of_a_quieter_filtered_copy_are_equal_at_its_shift() -> None:
    take = engine_take(2.5, RATE, seed=1)
    shift = 30  # hops
    copy = 0.1 * np.convolve(take, [1.0, 0.5, 0.2], "same")[round(shift * HOP_SECONDS * RATE) :]
    keys, others = HASHER.keys(take[: 2 * RATE]), HASHER.keys(copy[: 2 * RATE].astype(np.float32))
    length = keys.shape[1] - shift
    assert np.mean(keys[:, shift:] == others[:, :length]) > 0.2
    assert np.mean(keys[:, shift + 5 :] == others[:, : length - 5]) < 0.02


def test_other_takes_have_equal_keys_by_chance_only() -> None:
    keys, others = (HASHER.keys(engine_take(2, RATE, seed=seed)) for seed in (1, 2))
    assert np.mean(keys == others) < 0.02


@pytest.mark.parametrize("seconds", [0.5, 2.0])
def test_so_many_moments(seconds: float) -> None:
    found = HASHER.keys(engine_take(seconds, RATE, seed=1)).shape
    assert found[0] == 2
    assert found[1] == pytest.approx(moments(seconds), abs=2)


def test_a_steady_tone_and_a_short_clip_have_no_keys() -> None:
    tone = np.sin(2 * np.pi * 440 * np.arange(2 * RATE) / RATE).astype(np.float32)
    assert spectral_changes(tone, RATE) is None
    assert HASHER.keys(tone).shape == (2, 0)
    assert HASHER.keys(tone[:500]).shape == (2, 0)
    assert HASHER.keys(np.zeros(2 * RATE, np.float32)).shape == (2, 0)


def test_reduced_clips_have_no_mean_and_keep_what_is_low() -> None:
    time = np.arange(44100) / 22050
    low, high = np.sin(2 * np.pi * 500 * time), np.sin(2 * np.pi * 9000 * time)
    reduced = reduce_rate((low + high + 0.3).astype(np.float32), 22050)
    expected = np.sin(2 * np.pi * 500 * np.arange(len(reduced)) / RATE)
    assert abs(float(reduced.mean())) < 1e-6
    np.testing.assert_allclose(reduced[200:-200], expected[200:-200], atol=0.02)
    assert len(reduce_rate(np.ones(400, np.float32), 2000)) == 400
