import numpy as np
import pytest

from wavegan_src.generation.game_audio.circle import resample_in_a_circle


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
