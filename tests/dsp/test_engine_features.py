import numpy as np
import pytest

from tests.support.sounds import RATE, engines, pulse_engine, white, with_noise
from wavegan_src.dsp import engine_features as e
from wavegan_src.dsp.clips import resample


def test_order_levels_of_known_harmonics() -> None:
    t = np.arange(2 * RATE) / RATE
    levels = e.order_levels(np.sin(2 * np.pi * 50 * t) + 0.1 * np.sin(2 * np.pi * 75 * t), 50.0)
    assert levels.shape == (24,)
    assert levels[1] == 0  # the firing rate itself: the second half-order
    assert levels[2] == pytest.approx(-20, abs=0.1)
    assert np.delete(levels, [1, 2]).max() < -55


def test_harmonic_to_noise_follows_the_noise() -> None:
    rng = np.random.default_rng(4)
    clean = pulse_engine(50.0, rng, cylinders=1, noise=0.0)[None]
    values = [e.harmonic_to_noise(with_noise(clean, snr, 5)[0], 50.0) for snr in (20, 10, 0, -10)]
    assert values == sorted(values, reverse=True)
    assert values[2] == pytest.approx(0, abs=1.5)  # as much noise as signal


def test_modulation_shows_the_modulating_frequency() -> None:
    t = np.arange(2 * RATE) / RATE
    noise = np.random.default_rng(6).standard_normal(2 * RATE)
    spectrum = e.modulation_spectrum((1 + np.sin(2 * np.pi * 30 * t)) * noise).reshape(4, 12)
    expected = int(np.digitize(30, e.MODULATION_EDGES)) - 1
    assert spectrum.argmax(axis=1).tolist() == [expected] * 4


def test_describes_a_set_alike_at_any_level_and_rate_and_in_processes() -> None:
    clips = engines(17, seed=7, seconds=0.6)
    described = e.describe(clips, RATE, workers=1)
    assert described.modulation.shape == (17, 48)
    assert described.long_term_spectrum.shape == (17, 40)
    assert described.order_levels.shape == (17, 24)
    parallel = e.describe(clips, RATE, workers=2)
    np.testing.assert_array_equal(described.firing_rate, parallel.firing_rate)
    quiet, other_rate = (
        e.describe(0.01 * clips[:4], RATE, workers=1),
        e.describe(resample(clips[:4], RATE, 44100), 44100, workers=1),
    )
    np.testing.assert_allclose(quiet.firing_rate, described.firing_rate[:4])
    np.testing.assert_allclose(quiet.modulation, described.modulation[:4], atol=0.01)
    np.testing.assert_allclose(other_rate.firing_rate, described.firing_rate[:4], rtol=0.01)


@pytest.mark.parametrize("seconds", [0.5, 1.0, 5.0])
def test_clips_of_any_length_give_finite_values(seconds: float) -> None:
    described = e.describe(np.concatenate([engines(2, 8, seconds=seconds), white(2, 9, seconds)]), RATE)
    for values in (described.modulation, described.long_term_spectrum, described.order_levels):
        assert np.isfinite(values).all()


def test_an_empty_set_has_no_descriptors() -> None:
    assert len(e.describe(np.empty((0, RATE), dtype=np.float32), RATE)) == 0
