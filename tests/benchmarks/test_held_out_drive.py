"""The comparisons of a held-out drive: the distance, and the sampler."""

import numpy as np
import pytest

from benchmarks.held_out_drive import distance, sample
from tests.support.takes import RATE, tone


def test_the_distance_knows_no_level_and_grows_with_the_pitch() -> None:
    noise = np.random.default_rng(0).normal(0, 0.01, 3 * RATE).astype(np.float32)
    real = tone("a", 300, 1500)
    near, far = (tone("b", hertz, 1500).sound + noise for hertz in (310, 900))
    assert distance(real.sound, real) == 0
    assert distance(0.25 * real.sound, real) == pytest.approx(0, abs=1e-3)
    assert 0 < distance(near, real) < distance(far, real)


def test_the_sampler_takes_the_nearest_stretch_at_the_wanted_speed() -> None:
    """Of 100 Hz at 1000 rpm and 600 Hz at 3000 rpm, 1200 rpm are 120 Hz, and the joints do not click."""
    known = [tone("slow", 100, 1000), tone("fast", 600, 3000)]
    found = sample(known, tone("wanted", 0, 1200))
    assert found.shape == (3 * RATE,)
    spectrum = np.abs(np.fft.rfft(found * np.hanning(len(found))))
    assert spectrum.argmax() / 3 == pytest.approx(120, abs=1)
    assert np.abs(np.diff(found)).max() < 1.5 * 0.1 * 2 * np.pi * 120 / RATE
