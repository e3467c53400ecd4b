"""The order of clips: permutations as a list, and without one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from wavegan_src.data.clips import order
from wavegan_src.data.clips.order import LARGEST_LISTED, permutation, permuted, scattered

MASK = (1 << 64) - 1


def whole(count: int, number: int = 0, seed: int = 1) -> list[int]:
    return list(scattered(np.arange(count), number, count, seed).tolist())


def naive(place: int, number: int, count: int, seed: int) -> int:
    """The same network in plain integers, for one place."""
    bits = max(1, (count - 1).bit_length())
    low, high = bits // 2, bits - bits // 2
    stream = int.from_bytes(b"order", "big")
    keys = [int(key) for key in np.random.SeedSequence([seed, stream, number]).generate_state(8, np.uint64)]

    def mixed(value: int) -> int:
        value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 & MASK
        value = (value ^ value >> 27) * 0x94D049BB133111EB & MASK
        return value ^ value >> 31

    while True:
        left, right = place >> low, place % (1 << low)
        for step, key in enumerate(keys):
            if step % 2 == 0:
                left ^= mixed(right ^ key) % (1 << high)
            else:
                right ^= mixed(left ^ key) % (1 << low)
        place = left << low | right
        if place < count:
            return place


def test_permutations_differ() -> None:
    assert not np.array_equal(permutation(0, 100, 1), permutation(1, 100, 1))
    assert not np.array_equal(permutation(0, 100, 1), permutation(0, 100, 2))
    assert whole(100) != whole(100, number=1)
    assert whole(100) != whole(100, seed=2)


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 3000), st.integers(0, 10**6), st.integers(0, 2**63 - 1))
def test_every_place_has_another_clip(count: int, number: int, seed: int) -> None:
    assert sorted(whole(count, number, seed)) == list(range(count))


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 10**9), st.integers(0, 10**6), st.integers(0, 2**63 - 1), st.integers(0, 2**62))
def test_it_is_the_naive_network(count: int, number: int, seed: int, place: int) -> None:
    assert scattered(np.array([place % count]), number, count, seed) == [naive(place % count, number, count, seed)]


def test_every_clip_is_as_likely_at_every_place() -> None:
    count = 19
    seen = np.array([whole(count, number) for number in range(400)])
    for place in (0, count // 2, count - 1):
        assert chisquare(np.bincount(seen[:, place], minlength=count)).pvalue > 1e-4


def test_all_orders_of_a_few_clips_are_equally_likely() -> None:
    orders = [tuple(whole(4, number)) for number in range(500)]
    counts = [orders.count(each) for each in set(orders)]
    assert len(counts) == 24
    assert chisquare(counts).pvalue > 1e-4


def test_neighbours_are_scattered() -> None:
    count = 200_000
    places = scattered(np.arange(20_000), 3, count, 7)
    assert abs(np.corrcoef(places[1:], places[:-1])[0, 1]) < 0.03
    assert chisquare(np.bincount(places * 50 // count, minlength=50)).pvalue > 1e-4


def test_few_clips_have_the_order_of_earlier_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    places = np.array([5, 0, 77])
    np.testing.assert_array_equal(permuted(places, 2, 100, 9), permutation(2, 100, 9)[places])
    monkeypatch.setattr(order, "permutation", None)  # no list is made of more
    np.testing.assert_array_equal(
        permuted(places, 2, LARGEST_LISTED + 1, 9), scattered(places, 2, LARGEST_LISTED + 1, 9)
    )


def test_the_order_never_changes_between_versions() -> None:
    # A resumed run depends on it.
    assert scattered(np.arange(4), 3, 1_000_000, 42).tolist() == [119205, 925520, 502957, 904462]
