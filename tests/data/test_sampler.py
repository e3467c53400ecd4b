"""The order of training clips."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from wavegan_src.data.sampler import batch_indices, permutation


@settings(deadline=None)
@given(st.integers(1, 60), st.integers(1, 40), st.integers(0, 2**63 - 1))
def test_every_clip_comes_once_before_any_comes_again(count: int, batch_size: int, seed: int) -> None:
    steps = -(-3 * count // batch_size)
    row = np.concatenate([batch_indices(step, batch_size, count, seed) for step in range(steps)])
    for start in range(0, 3 * count, count):
        assert sorted(row[start : start + count].tolist()) == list(range(count))


def test_permutations_differ() -> None:
    assert not np.array_equal(permutation(0, 100, 1), permutation(1, 100, 1))
    assert not np.array_equal(permutation(0, 100, 1), permutation(0, 100, 2))


def test_the_order_never_changes_between_versions() -> None:
    # A resumed run depends on it.
    assert batch_indices(1, 4, 6, 42).tolist() == [4, 2, 5, 3]
