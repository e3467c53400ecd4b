"""The order in which clips come: permutations of them, each a function of seed and number alone."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

LARGEST_LISTED = 100_000  # clips; the order of more is computed place by place
ROUNDS = 8
_ORDER_STREAM = int.from_bytes(b"order", "big")  # keeps these numbers apart from whatever else the seed draws

U64 = NDArray[np.uint64]


def permuted(places: NDArray[np.int64], number: int, count: int, seed: int) -> NDArray[np.int64]:
    """What stands at these places, 0 to `count` - 1, of permutation `number` of `count` clips.

    Up to `LARGEST_LISTED` clips the permutation is drawn as a list; of more, `scattered` computes each place.
    """
    if count <= LARGEST_LISTED:
        return permutation(number, count, seed)[places]
    return scattered(places, number, count, seed)


@lru_cache(maxsize=4)
def permutation(number: int, count: int, seed: int) -> NDArray[np.int64]:
    """Permutation `number` of `count` clips; read-only."""
    order = np.random.default_rng([seed, _ORDER_STREAM, number]).permutation(count).astype(np.int64)
    order.flags.writeable = False
    return order


def scattered(places: NDArray[np.int64], number: int, count: int, seed: int) -> NDArray[np.int64]:
    """What stands at these places of permutation `number`, without a list: the memory does not grow with `count`.

    A Feistel network (Luby and Rackoff 1988) permutes the numbers of as many bits as `count` needs, and a number that
    is not below `count` goes through it again until it is (cycle walking; Black and Rogaway 2002,
    doi:10.1007/3-540-45760-7_9).
    """
    low = max(1, (count - 1).bit_length()) // 2
    high = max(1, (count - 1).bit_length()) - low
    keys = np.random.SeedSequence([seed, _ORDER_STREAM, number]).generate_state(ROUNDS, np.uint64).astype(np.uint64)
    found = _network(places.astype(np.uint64), low, high, keys)
    while (outside := found >= count).any():
        found[outside] = _network(found[outside], low, high, keys)
    return found.astype(np.int64)


def _network(values: U64, low: int, high: int, keys: U64) -> U64:
    """Permute numbers of `low` + `high` bits: in turn, each part is changed by what a hash of the other says."""
    right, left = values & _ones(low), values >> np.uint64(low)
    for step, key in enumerate(keys):
        if step % 2:
            right = right ^ (_mixed(left ^ key) & _ones(low))
        else:
            left = left ^ (_mixed(right ^ key) & _ones(high))
    return (left << np.uint64(low)) | right


def _ones(bits: int) -> np.uint64:
    return np.uint64((1 << bits) - 1)


def _mixed(values: U64) -> U64:
    """The finalizer of SplitMix64 (Steele, Lea and Flood 2014)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
