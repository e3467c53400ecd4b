"""Rendering a curve: its length, what it depends on, bounded pieces, and what cannot be driven."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
import pytest
import torch

from tests.support.driving import small_model
from wavegan_src.generation.driving.curve import DriveCurve, sweep
from wavegan_src.generation.driving.driver import Driver
from wavegan_src.models.drive.course import Course
from wavegan_src.models.drive.generator import BLOCK_FRAMES
from wavegan_src.utils.errors import UserError


def test_a_sound_is_as_long_as_its_curve(driver: Driver) -> None:
    for seconds in (0.5, 0.123, 0.1):
        sound = np.concatenate(list(driver.render(sweep([1000, 3000], 0.5, seconds), 3)))
        assert sound.shape == (round(seconds * 8192),)
        assert sound.dtype == np.float32
        assert np.abs(sound).max() <= 1


def test_the_same_seed_and_curve_give_the_same_sound(driver: Driver) -> None:
    sounds = [
        np.concatenate(list(driver.render(sweep(rpm, load, 0.25), seed)))
        for rpm, load, seed in ((2000, None, 1), (2000, None, 1), (2000, None, 2), (2100, None, 1), (2000, 1, 1))
    ]
    assert np.array_equal(sounds[0], sounds[1])
    assert all(not np.array_equal(sounds[0], other) for other in sounds[2:])


@pytest.mark.parametrize(("strokes", "cycle_hz"), [(4, 25.0), (2, 50.0)])
def test_the_model_is_asked_for_the_curves_cycles(
    driver: Driver, monkeypatch: pytest.MonkeyPatch, strokes: int, cycle_hz: float
) -> None:
    courses: list[Course] = []

    def blocks(z: torch.Tensor, course: Any, time: int) -> Iterator[torch.Tensor]:
        courses.append(course(-2, 130))
        yield torch.zeros(1, time)

    monkeypatch.setattr(driver.generator, "blocks", blocks)
    list(Driver(driver.model, 30.0 * strokes).render(sweep([3000, 1500], [0, 1], 0.5), 0))
    speed, load = torch.exp2(courses[0].speed[0]), courses[0].load[0]
    assert speed[0] == speed[2] == pytest.approx(cycle_hz, rel=1e-5)
    assert speed[-1] == speed[130] == pytest.approx(cycle_hz / 2, rel=1e-5)
    torch.testing.assert_close(load[2:131], torch.linspace(0, 1, 129))
    torch.testing.assert_close(speed[2:131], torch.linspace(cycle_hz, cycle_hz / 2, 129))


def test_hours_come_in_pieces_of_bounded_size(driver: Driver) -> None:
    """The first pieces of ten hours are there at once, and none is longer than a block."""
    pieces = list(islice(driver.render(sweep([1000, 3000], None, 36_000), 0), 2))
    assert max(map(len, pieces)) <= BLOCK_FRAMES * driver.generator.hop


def test_what_is_outside_the_recordings_is_told(driver: Driver) -> None:
    assert driver.rpm_range == pytest.approx((960, 3840))
    assert driver.leaves_recordings(950, 3900) is None  # within 3 %
    for rpm, part in (([960, 5000], r"\(960 to 5000 rpm\)"), ([600, 3000], r"\(600 to 3000 rpm\)")):
        told = driver.leaves_recordings(min(rpm), max(rpm))
        assert told is not None
        assert told.startswith("The recordings cover 960 to 3840 rpm")
        assert told.endswith("is extrapolated.")
        assert part.replace("\\", "") in told
    two_stroke = Driver(driver.model, 60.0)
    assert two_stroke.rpm_range == pytest.approx((480, 1920))


@pytest.mark.parametrize("seed", [-1, 1 << 70])
def test_a_seed_out_of_range_is_told(driver: Driver, seed: int) -> None:
    with pytest.raises(UserError, match=f"The seed {seed} is out of range"):
        list(driver.render(DriveCurve(np.array([0, 0.1]), np.array([1000, 1000.0])), seed))


def test_a_model_without_speeds_is_refused_with_the_cure(tiny_values: dict[str, Any]) -> None:
    driver = Driver(small_model(tiny_values, "engine"))
    with pytest.raises(UserError, match=r"trained without engine speeds.*--config config_fast"):
        list(driver.render(sweep(1000, None, 1), 0))
