"""A batch, and the order of training clips."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from wavegan_src.data.batch import Batch, Engines, batch_indices, paired_indices, partners


@settings(deadline=None)
@given(st.integers(1, 60), st.integers(1, 40), st.integers(0, 2**63 - 1))
def test_every_clip_comes_once_before_any_comes_again(count: int, batch_size: int, seed: int) -> None:
    steps = -(-3 * count // batch_size)
    row = np.concatenate([batch_indices(step, batch_size, count, seed) for step in range(steps)])
    for start in range(0, 3 * count, count):
        assert sorted(row[start : start + count].tolist()) == list(range(count))


def test_the_order_never_changes_between_versions() -> None:
    # A resumed run depends on it.
    assert batch_indices(1, 4, 6, 42).tolist() == [4, 2, 5, 3]


@settings(deadline=None)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=40), st.integers(1, 30), st.integers(0, 99))
def test_the_second_half_are_other_clips_of_the_engines_of_the_first(
    engine_of: list[int], batch_size: int, step: int
) -> None:
    """Of an engine of one clip there is no other; then any clip comes, and the first is left with itself."""
    numbers = np.array(engine_of, np.int64)
    found = paired_indices(step, batch_size, Engines(numbers), 42)
    assert len(found) == batch_size
    first = batch_size - batch_size // 2
    assert np.array_equal(found[:first], batch_indices(step, first, len(numbers), 42))
    assert np.array_equal(found, paired_indices(step, batch_size, Engines(numbers), 42))
    where = partners(torch.from_numpy(numbers[found]))
    assert len(where) == first
    for place in range(first):
        one, other = found[place], found[where[place]]
        assert numbers[one] == numbers[other]
        if place < batch_size // 2 and engine_of.count(engine_of[one]) > 1:
            assert where[place] == place + first
            assert one != other
        elif place >= batch_size // 2:
            assert where[place] == place


def test_all_other_clips_of_an_engine_come_equally_often() -> None:
    engines = Engines(np.array([7, 2, 7, 7, 2, 7, 7]))
    found = np.concatenate([engines.others(np.array([3]), step, 1) for step in range(4000)])
    counts = np.bincount(found, minlength=7)
    assert counts[[1, 3, 4]].tolist() == [0, 0, 0]
    np.testing.assert_allclose(counts[[0, 2, 5, 6]], 1000, atol=120)


def test_clips_without_another_do_not_come_twice() -> None:
    engines = Engines(np.arange(1000))
    twice = sum(len(np.unique(paired_indices(step, 16, engines, 7))) < 14 for step in range(50))
    assert twice == 0


def test_a_batch_moves_with_its_condition() -> None:
    clips, condition = torch.rand(3, 1, 16), torch.rand(3, 2, 4)
    moved = Batch(clips, condition, engines=torch.arange(3)).to(torch.device("meta"))
    assert moved.condition is not None
    assert moved.engines is not None
    assert moved.engines.device.type == "meta"
    assert (moved.clips.device.type, moved.condition.device.type) == ("meta", "meta")
    alone = Batch(clips).to(torch.device("cpu"))
    assert alone.condition is None
    assert torch.equal(alone.clips, clips)
    assert len(alone) == 3
