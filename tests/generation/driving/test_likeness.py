"""The engine that is found is the one that was recorded."""

from typing import Any

import numpy as np
import pytest

from tests.support.driving import RATE, tonal_model
from wavegan_src.generation.driving.curve import DriveCurve
from wavegan_src.generation.driving.driver import Driver
from wavegan_src.generation.driving.likeness import Recorded, distance, nearest_seed, recorded_curve, relevance

CURVE = DriveCurve(np.array([0.0, 0.6]), np.array([1200.0, 2400.0]), np.array([0.2, 0.9]))


def test_it_is_found_among_others_whatever_its_level(tiny_values: dict[str, Any]) -> None:
    driver = Driver(tonal_model(tiny_values))
    sound = np.float32(0.3) * np.concatenate(list(driver.render(CURVE, 5)))
    tried: list[float] = []
    seed, apart = nearest_seed(driver, [Recorded(sound, CURVE)], CURVE, range(3, 8), tried.append)
    assert (seed, len(tried)) == (5, 5)
    assert apart == pytest.approx(0, abs=1e-3)


def test_what_is_like_the_wanted_curve_decides(tiny_values: dict[str, Any]) -> None:
    """Of two recordings of different engines, the one whose speeds are wanted."""
    driver = Driver(tonal_model(tiny_values))
    slow, fast = (DriveCurve(np.array([0.0, 0.5]), np.full(2, rpm), np.full(2, 0.5)) for rpm in (900.0, 3600.0))
    recordings = [
        Recorded(np.concatenate(list(driver.render(curve, seed))), curve) for curve, seed in ((slow, 3), (fast, 6))
    ]
    for wanted, seed in ((slow, 3), (fast, 6)):
        assert nearest_seed(driver, recordings, wanted, range(2, 8), lambda _: None)[0] == seed


def test_moments_weigh_as_often_as_they_are_wanted() -> None:
    """Speeds that are recorded for three quarters of the time and wanted for one, far from the others."""
    courses = np.stack([np.log2(np.repeat([1000.0, 8000.0], [75, 25])), np.full(100, 0.5)], 1)
    times = np.array([0.0, 1.0, 1.0001, 4.0])
    wanted = DriveCurve(times, np.array([1000.0, 1000.0, 8000.0, 8000.0]))
    found = relevance(courses, wanted)
    assert found[:75].sum() / found.sum() == pytest.approx(0.25, abs=0.01)
    assert np.ptp(found[:75]) == pytest.approx(0, abs=1e-12)
    loaded = DriveCurve(times, np.full(4, 1000.0), np.array([0.0, 0.0, 1.0, 1.0]))
    courses[:75, 1] = np.linspace(0, 1, 75)
    weights = relevance(courses, loaded)
    assert weights[50:75].mean() > 2 * weights[:25].mean()  # as most of it has full load
    no_load = relevance(courses, wanted)
    assert np.ptp(no_load[:75]) == pytest.approx(0, abs=1e-12)
    far = relevance(courses, DriveCurve(np.array([0.0, 1.0]), np.full(2, 250.0)))
    assert np.isfinite(far).all()
    assert far.max() > 0


def test_the_distance_is_that_of_levels_in_bands() -> None:
    """Noise against itself with its second half 20 dB weaker: half of the frames are 10 dB above, half below."""
    noise = np.random.default_rng(2).normal(0, 0.1, 2 * RATE).astype(np.float32)
    quieter = noise.copy()
    quieter[RATE:] *= 0.1
    assert distance(noise, quieter, RATE) == pytest.approx(10, abs=0.3)
    assert distance(noise, noise[: RATE // 2], RATE) == pytest.approx(0, abs=1e-9)  # over the shorter one


def test_a_recording_that_gets_louder_at_one_speed_works_harder() -> None:
    times = np.linspace(0, 1.95, 40)
    sound = np.random.default_rng(1).normal(0, 0.1, round(2 * RATE)).astype(np.float32)
    sound[: RATE // 2] *= 0.5
    sound[-RATE // 2 :] *= 2
    curve = recorded_curve(sound, RATE, times, np.full(40, 1500.0))
    assert curve.seconds == times[-1]
    assert curve.load is not None
    np.testing.assert_allclose(curve.rpm, 1500)
    np.testing.assert_allclose(curve.load[:8].mean(), 0.5 - 0.5 * np.tanh(20 * np.log10(2) / 6), atol=0.05)
    np.testing.assert_allclose(curve.load[12:28].mean(), 0.5, atol=0.05)
    np.testing.assert_allclose(curve.load[-8:].mean(), 0.5 + 0.5 * np.tanh(20 * np.log10(2) / 6), atol=0.05)


def test_a_point_at_the_very_end_is_no_silence() -> None:
    sound = np.random.default_rng(1).normal(0, 0.1, 2 * RATE).astype(np.float32)
    curve = recorded_curve(sound, RATE, np.linspace(0, 2, 41), np.full(41, 1500.0))
    assert curve.load is not None
    assert curve.load.min() > 0.4
    assert curve.seconds == pytest.approx(1.95)


def test_neither_strokes_nor_silence_at_an_end_are_load() -> None:
    """Strokes that differ by 12 dB from point to point, and what a recorder left."""
    strokes = np.repeat(np.tile([1.0, 0.25], 20), RATE // 20)
    strokes[: RATE // 20] = 0
    sound = (strokes * np.random.default_rng(1).normal(0, 0.1, len(strokes))).astype(np.float32)
    curve = recorded_curve(sound, RATE, np.linspace(0, 1.95, 40), np.full(40, 1500.0))
    assert curve.load is not None
    np.testing.assert_allclose(curve.load, 0.5, atol=0.15)
