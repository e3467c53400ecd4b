import numpy as np
import pytest

from wavegan_src.dsp.arrays import Floats
from wavegan_src.generation.game_audio.circle import begun_at_a_rise, changes_at, resample_in_a_circle


@pytest.mark.parametrize(("length", "count"), [(441, 960), (640, 641), (960, 441), (500, 500), (501, 1001)])
def test_a_period_of_sines_is_resampled_exactly(length: int, count: int) -> None:
    def wave(n: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        turns = 2 * np.pi * np.arange(n) / n
        return np.asarray(0.3 + np.sin(3 * turns + 0.4) + 0.2 * np.cos(170 * turns))

    np.testing.assert_allclose(resample_in_a_circle(wave(length), count), wave(count), atol=1e-10)


def test_what_the_new_rate_cannot_hold_is_left_out() -> None:
    turns = 2 * np.pi * np.arange(1000) / 1000
    found = resample_in_a_circle(np.sin(5 * turns) + np.sin(400 * turns), 500)
    np.testing.assert_allclose(found, np.sin(10 * np.pi * np.arange(500) / 500), atol=1e-10)


def test_a_circle_begins_at_a_rise_of_ordinary_steepness() -> None:
    random = np.random.default_rng(0)
    smooth = np.convolve(np.tile(random.standard_normal(6000), 2), np.hanning(60), "same")[3000:9000]
    turned = begun_at_a_rise(smooth)
    assert turned[-1] <= 0 < turned[0], "it goes on from the end to the beginning upwards through zero"
    shift = int(np.flatnonzero(smooth == turned[0])[0])
    np.testing.assert_array_equal(turned, np.roll(smooth, -shift))
    steps = np.diff(np.append(turned, turned[0]))
    assert 0.6 < np.mean(np.abs(steps) < abs(steps[-1])) < 0.9  # Rayleigh's median among normal steps: 0.76
    change = changes_at(turned, np.array([0]))[0]
    assert 0.3 < np.mean(changes_at(turned, np.arange(0, 6000, 10)) < change) < 0.7


@pytest.mark.parametrize("sound", [np.zeros(3000), np.ones(3000), np.full(10, -1.0)])
def test_a_sound_that_never_crosses_zero_stays_as_it_is(
    sound: Floats,
) -> None:
    np.testing.assert_array_equal(begun_at_a_rise(sound), sound)
