"""A batch, and the order of training clips."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from wavegan_src.data.batch import Batch, batch_indices


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


def test_a_batch_moves_with_its_condition() -> None:
    clips, condition = torch.rand(3, 1, 16), torch.rand(3, 2, 4)
    moved = Batch(clips, condition).to(torch.device("meta"))
    assert moved.condition is not None
    assert (moved.clips.device.type, moved.condition.device.type) == ("meta", "meta")
    alone = Batch(clips).to(torch.device("cpu"))
    assert alone.condition is None
    assert torch.equal(alone.clips, clips)
    assert len(alone) == 3
