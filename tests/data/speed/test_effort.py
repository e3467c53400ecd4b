"""Effort from levels, in closed form."""

import numpy as np
import pytest

from wavegan_src.data.speed.effort import FEWEST_POINTS, LOUDEST_DB, effort, efforts, levels_between, steadied
from wavegan_src.dsp.arrays import Floats


@pytest.mark.parametrize("slope", [0.0, 5.0, 20.0])
def test_the_usual_level_at_every_speed_is_half(slope: float) -> None:
    speeds = np.linspace(3, 5, 50)
    np.testing.assert_allclose(effort(-30 + slope * speeds, speeds), 0.5, atol=1e-9)


def test_louder_than_usual_is_more() -> None:
    speeds = np.tile(np.linspace(3, 5, 30), 3)
    above = np.repeat([-6.0, 0.0, 6.0], 30)
    expected = 0.5 + 0.5 * np.tanh(above / LOUDEST_DB)
    np.testing.assert_allclose(effort(7 + 10 * speeds + above, speeds), expected, atol=1e-9)


@pytest.mark.parametrize(
    ("speeds", "slope"),
    [
        (np.linspace(3, 5, FEWEST_POINTS - 1), 10.0),  # too few points to fit
        (np.linspace(3, 3.1, 50), 10.0),  # too small a range
        (np.linspace(3, 5, 50), -10.0),  # no engine grows quieter with speed
    ],
)
def test_a_fit_that_says_nothing_is_not_used(speeds: Floats, slope: float) -> None:
    levels = slope * speeds
    expected = 0.5 + 0.5 * np.tanh((levels - np.median(levels)) / LOUDEST_DB)
    np.testing.assert_allclose(effort(levels, speeds), expected)


def test_a_steeper_growth_than_any_engines_counts_as_effort() -> None:
    speeds = np.linspace(3, 5, 51)
    expected = 0.5 + 0.5 * np.tanh(10 * (speeds - 4) / LOUDEST_DB)
    np.testing.assert_allclose(effort(30 * speeds, speeds), expected)


def test_the_reference_of_the_level_does_not_matter() -> None:
    levels, speeds = np.random.default_rng(0).normal(size=(2, 40))
    np.testing.assert_allclose(effort(levels + 31, speeds), effort(levels, speeds))


@pytest.mark.parametrize(("apart_s", "weights"), [(0.05, (1, 2, 3, 2, 1)), (0.075, (1, 2, 1)), (0.3, (1,))])
def test_steadied_levels_are_means_of_a_cycle_the_nearer_the_heavier(apart_s: float, weights: tuple[int, ...]) -> None:
    levels = np.random.default_rng(0).normal(size=(3, 41))
    reach = len(weights) // 2
    around = np.pad(levels, ((0, 0), (reach, reach)), mode="reflect")
    expected = sum(weight * around[:, at : at + 41] for at, weight in enumerate(weights)) / sum(weights)
    np.testing.assert_allclose(steadied(levels, apart_s), expected)


def test_steadying_keeps_a_level_and_most_of_a_pedals_second() -> None:
    np.testing.assert_allclose(steadied(np.full((2, 9), -31.0), 0.05), -31.0)
    pedal = np.sin(2 * np.pi * np.arange(41) / 20)  # once a second
    assert np.ptp(steadied(pedal, 0.05)) > 0.8 * np.ptp(pedal)


def test_a_sound_that_grows_as_usual_is_of_usual_effort_up_to_its_ends() -> None:
    speeds = np.linspace(3, 5, 41) + np.array([[0.0], [-0.5]])
    np.testing.assert_allclose(efforts(-30 + 15 * speeds, speeds, 0.05, 2), 0.5, atol=1e-9)


def test_neither_strokes_nor_the_ends_of_sounds_are_effort() -> None:
    levels = np.tile([-20.0, -32.0], (2, 20))
    levels[:, :2] = levels[:, -2:] = -80.0
    found = efforts(levels, np.full(levels.shape, 4.0), 0.05, 2)
    np.testing.assert_allclose(found, 0.5, atol=0.12)
    assert np.ptp(effort(levels.ravel(), np.full(levels.size, 4.0))) > 0.8


def test_levels_are_of_the_mean_power_between_places_and_silence_has_one() -> None:
    sound = np.random.default_rng(0).normal(0, 0.1, 400).astype(np.float32)
    sound[300:] = 0
    starts, ends = np.array([0, 50, 300]), np.array([100, 90, 400])
    expected = [10 * np.log10(np.mean(sound[a:b].astype(float) ** 2)) for a, b in ((0, 100), (50, 90))]
    np.testing.assert_allclose(levels_between(sound, starts, ends), [*expected, -80], atol=1e-4)
