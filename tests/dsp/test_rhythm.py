import numpy as np
import pytest
from scipy.interpolate import CubicSpline

from tests.support.sounds import RATE, pulse_engine, white
from wavegan_src.dsp.engine_features import order_levels
from wavegan_src.dsp.rhythm import even_out, find_rhythm


def revving(rate: float, octaves: float, harmonics: dict[float, float]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two seconds of tones at multiples of a rate that rises by so many octaves: times and rates every 50 ms, clip."""
    times = np.arange(0, 2.0, 0.05)
    rates = rate * 2 ** (octaves * times / 2)
    turns = CubicSpline(times, rates).antiderivative()(np.arange(2 * RATE) / RATE)
    return times, rates, np.sum([level * np.sin(2 * np.pi * k * turns) for k, level in harmonics.items()], axis=0)


def test_a_clip_is_stretched_to_a_constant_rate() -> None:
    times, rates, clip = revving(40.0, 1.0, {1.0: 1.0, 2.5: 0.1})
    even, rate = even_out(clip, times, rates)
    assert rate == pytest.approx(rates.mean(), rel=0.01)
    levels = order_levels(even, rate)
    assert levels[1] == 0
    assert levels[4] == pytest.approx(-20, abs=0.3)  # smeared over an octave in the clip as it is
    assert np.delete(levels, [1, 4]).max() < -50
    assert order_levels(clip, rate)[[1, 4]].min() < -22


def test_the_rate_of_an_engine_that_revs_up_is_its_mean() -> None:
    rng = np.random.default_rng(5)
    _, rates, clip = revving(30.0, 0.8, {float(k): 1 / k for k in range(1, 12)})
    clip = clip + 0.05 * rng.standard_normal(len(clip))
    rhythm = find_rhythm(clip)
    assert rhythm is not None
    assert rhythm.tracked
    assert rhythm.firing.rate == pytest.approx(rates.mean(), rel=0.02)


def test_the_firing_is_found_where_the_cycle_is_tracked() -> None:
    """Cylinders that differ repeat once a cycle, and that is what order tracking follows."""
    clip = pulse_engine(80.0, np.random.default_rng(1), cylinders=4).astype(np.float64)
    rhythm = find_rhythm(clip)
    assert rhythm is not None
    assert rhythm.tracked
    assert rhythm.firing.rate == pytest.approx(80.0, rel=0.02)


def test_noise_is_not_tracked() -> None:
    rhythm = find_rhythm(white(1, 3)[0].astype(np.float64))
    assert rhythm is None or not rhythm.tracked


def test_a_clip_too_short_for_order_tracking_has_the_rate_of_its_correlation() -> None:
    rhythm = find_rhythm(pulse_engine(80.0, np.random.default_rng(1), seconds=0.4).astype(np.float64))
    assert rhythm is not None
    assert not rhythm.tracked
