"""Courses: between points, beyond the ends, completed, and turned with a clip."""

import numpy as np
import pytest
import torch

from tests.support.driving import condition
from wavegan_src.architectures.drive import HEARD
from wavegan_src.data.batch import END_POINTS, LOAD_KNOWN, POINTS, SPEED, SPEED_KNOWN
from wavegan_src.models.drive.course import (
    Course,
    complete,
    middle,
    middle_start,
    over_frames,
    steadied,
    turned,
)


def test_beyond_the_ends_the_first_and_the_last_frame_stand() -> None:
    course = Course(torch.arange(4.0)[None], 10 + torch.arange(4.0)[None])
    found = course.frames(-2, 5)
    assert found.speed.tolist() == [[0, 0, 0, 1, 2, 3, 3, 3]]
    assert found.load.tolist() == [[10, 10, 10, 11, 12, 13, 13, 13]]


@pytest.mark.parametrize("frames", [2, 5, 9, 40])
def test_points_are_spread_from_the_beginning_to_the_end(frames: int) -> None:
    speed = torch.randn(1, 5)
    found = over_frames(condition(speed), frames)
    expected = np.interp(np.linspace(0, 1, frames), np.linspace(0, 1, 5), speed[0].numpy())
    np.testing.assert_allclose(found[0, SPEED].numpy(), expected, atol=1e-6)


def test_what_a_condition_leaves_open_is_drawn() -> None:
    asked = condition(torch.full((1, 4), 3.0), torch.full((1, 4), 0.25))
    asked[0, SPEED_KNOWN, 2:] = 0
    asked[0, LOAD_KNOWN, :1] = 0
    found = complete(asked, Course(torch.full((1, 4), 5.0), torch.full((1, 4), 0.5)))
    assert found.speed.tolist() == [[3, 3, 5, 5]]
    assert found.load.tolist() == [[0.5, 0.25, 0.25, 0.25]]


def test_a_speed_between_a_known_and_an_unknown_point_is_drawn() -> None:
    """It would be a mixture of the known speed and the 0 that stands for an unknown one."""
    asked = condition(torch.full((1, 2), 4.0))
    asked[0, :, 1] = 0
    drawn = Course(torch.full((1, 9), 5.0), torch.full((1, 9), 0.5))
    assert complete(over_frames(asked, 9), drawn).speed.tolist() == [[4] + [5] * 8]


def test_a_course_turns_with_its_clip() -> None:
    """Shifted by whole points, it is rolled; not shifted, it stays, end and all."""
    points = 9
    speed = torch.randn(3, points)
    found = turned(condition(speed), torch.tensor([0.0, 0.25, 0.5]))[:, SPEED]
    torch.testing.assert_close(found[0], speed[0])
    for row, steps in ((1, 2), (2, 4)):
        torch.testing.assert_close(found[row, steps:], speed[row, : points - steps])
        torch.testing.assert_close(found[row, :steps], speed[row, points - 1 - steps : points - 1])


def test_the_middle_is_the_share_that_limits_know() -> None:
    assert pytest.approx(HEARD) == 1 - 2 * END_POINTS / (POINTS - 1)


@pytest.mark.parametrize("points", [2, POINTS])
def test_the_middle_of_a_clip_and_of_its_course_are_of_one_time(points: int) -> None:
    """Both read a ramp from 0 to 1: where the clip's middle begins and ends, the course's does."""
    time, clips = 4001, torch.linspace(0, 1, 4001).expand(2, 1, -1)
    found, course = middle(clips, condition(torch.linspace(0, 1, points).expand(2, -1)))
    share = END_POINTS / (POINTS - 1)
    assert course is not None
    assert found.shape == (2, 1, time - 2 * middle_start(time))
    for row in (found[:, 0], course[:, SPEED]):
        torch.testing.assert_close(row[:, [0, -1]], torch.tensor([[share, 1 - share]] * 2), atol=2 / time, rtol=0)
    assert middle(clips, None)[1] is None


def test_a_steadied_engine_turns_evenly() -> None:
    """A tone that follows its course becomes the tone of the mean speed."""
    time, rate = 8192, 4096
    speed = torch.stack([torch.linspace(3, 4, 41), torch.full((41,), 3.5), torch.linspace(4, 3, 41)])
    rates = torch.exp2(over_frames(speed[:, None], time)[:, 0].double()) / rate
    cycles = torch.cumsum(rates, 1) - rates
    tones = torch.cos(2 * torch.pi * 5 * cycles).float()
    found = steadied(tones, condition(speed))
    even = torch.arange(time) / (time - 1) * cycles[:, -1:]
    torch.testing.assert_close(found, torch.cos(2 * torch.pi * 5 * even).float(), atol=0.02, rtol=0)
    assert (found - tones)[0].abs().max() > 1
    torch.testing.assert_close(found[1], tones[1], atol=1e-3, rtol=0)


def test_an_engine_of_unknown_speed_is_not_steadied() -> None:
    waves, course = torch.randn(2, 512), condition(torch.linspace(3, 4, 41).repeat(2, 1))
    course[1, SPEED_KNOWN, 20:] = 0
    found = steadied(waves, course)
    assert torch.equal(found[1], waves[1])
    assert not torch.equal(found[0], waves[0])
