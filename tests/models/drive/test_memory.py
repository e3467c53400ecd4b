"""Engines that are remembered, and those drawn near them."""

import math

import pytest
import torch

from wavegan_src.data.batch import POINTS
from wavegan_src.models.drive.memory import REMEMBERED, SCATTER, SHARPNESS, Memory

SIZE = 12


@pytest.fixture
def memory() -> Memory:
    """Of six kinds of engines, far from each other; the speed and the load of each tell its place."""
    found = Memory(SIZE, 3.0)
    kinds = 5 * torch.eye(SIZE)[:6]
    places = torch.arange(REMEMBERED)
    found.remember(0, kinds[places % 6], _steady(places / REMEMBERED))
    return found


def _steady(values: torch.Tensor) -> torch.Tensor:
    return values[:, None, None].expand(-1, 2, POINTS)


def test_a_vector_chooses_the_engine_in_whose_direction_it_points(memory: Memory) -> None:
    normal = torch.zeros(2, SIZE)
    normal[0, 2], normal[1, 4] = 2.5, 1.5
    torch.testing.assert_close(memory.draw(normal), 5 * torch.eye(SIZE)[[2, 4]], atol=1e-3, rtol=0)
    places = (memory.drawn_courses(normal)[:, 1, 0] * REMEMBERED).round().long()
    assert (places % 6).tolist() == [2, 4]


def test_the_rest_of_a_vector_is_the_distance_from_that_engine(memory: Memory) -> None:
    normal = torch.zeros(1, SIZE)
    normal[0, 2], normal[0, 9], normal[0, 11] = 2.5, 0.8, -1.1
    expected = 5 * torch.eye(SIZE)[2:3]
    expected[0, 9], expected[0, 11] = SCATTER * 0.8, SCATTER * -1.1
    torch.testing.assert_close(memory.draw(normal), expected, atol=1e-3, rtol=0)


def test_between_two_engines_lies_a_mixture(memory: Memory) -> None:
    normal = torch.zeros(2, SIZE)
    normal[:, 1], normal[:, 3] = torch.tensor([2.0, 2.0]), torch.tensor([2.0, 2.1])
    share = 1 / (1 + math.exp(0.1 * SHARPNESS))
    found = memory.draw(normal)
    expected = torch.tensor([[0.5, 0.5], [share, 1 - share]])
    rest = SCATTER * (normal[:, [1, 3]] * (1 - expected))
    torch.testing.assert_close(found[:, [1, 3]], 5 * expected + rest, atol=0.02, rtol=0)
    drawn = torch.randn(1, SIZE, generator=torch.Generator().manual_seed(1))
    step = (memory.draw(drawn + 1e-4) - memory.draw(drawn)).abs().max()
    assert step < 0.02


def test_all_that_is_remembered_is_drawn(memory: Memory) -> None:
    random = torch.Generator().manual_seed(4)
    memory.factors.copy_(6 * torch.randn(REMEMBERED, SIZE, generator=random))
    places = (memory.drawn_courses(torch.randn(20000, SIZE, generator=random))[:, 1, 0] * REMEMBERED).round().long()
    assert (torch.bincount(places, minlength=REMEMBERED) > 0).float().mean() > 0.9


def test_a_rare_engine_is_drawn_about_as_often_as_one_with_many_clips(memory: Memory) -> None:
    """As the module says: of four kinds, one has 200 clips, which hardly differ."""
    kinds = 5 * torch.eye(SIZE)[:4].repeat_interleave(torch.tensor([200, 30, 20, 6]), 0)
    random = torch.Generator().manual_seed(5)
    memory.factors.copy_(kinds + 0.01 * torch.randn(kinds.shape, generator=random))
    drawn = memory.draw(torch.randn(4000, SIZE, generator=random))[:, :4].argmax(1)
    assert torch.bincount(drawn, minlength=4).tolist() == pytest.approx([1000] * 4, rel=0.3)


def test_the_oldest_are_forgotten(memory: Memory) -> None:
    before = memory.factors.clone()
    count = 16
    for step in (3, REMEMBERED // count + 3):  # which has the same places
        memory.remember(step, torch.full((count, SIZE), float(step)), _steady(torch.full((count,), float(step))))
    changed = (memory.factors != before).any(1)
    assert changed.nonzero()[:, 0].tolist() == list(range(48, 64))
    assert set(memory.factors[48:64].flatten().tolist()) == {REMEMBERED / count + 3}
    assert set(memory.courses[48:64].flatten().tolist()) == {REMEMBERED / count + 3}


def test_of_a_step_with_more_clips_than_there_is_room_the_last_stay() -> None:
    memory, count = Memory(SIZE, 3.0), REMEMBERED + 10
    numbers = torch.arange(count).float()
    memory.remember(0, numbers[:, None].expand(-1, SIZE), _steady(numbers))
    assert sorted(memory.factors[:, 0].tolist()) == list(range(10, count))


def test_the_course_of_the_most_similar_engine_is_found(memory: Memory) -> None:
    near = 5 * torch.eye(SIZE)[[5, 0]] + 0.4 * torch.randn(2, SIZE, generator=torch.Generator().manual_seed(3))
    places = (memory.courses_near(near)[:, 0, 0] * REMEMBERED).round().long()
    assert (places % 6).tolist() == [5, 0]


def test_without_clips_it_has_steady_courses_and_no_tone() -> None:
    memory, normal = Memory(SIZE, 3.0), torch.randn(4, SIZE)
    torch.testing.assert_close(memory.draw(normal), SCATTER * normal)
    assert set(memory.drawn_courses(normal)[:, 0].flatten().tolist()) == {3.0}
    assert set(memory.drawn_courses(normal)[:, 1].flatten().tolist()) == {0.5}
