"""The order in which training sees its clips: a function of seed and step alone, not of what was drawn before."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

_ORDER_STREAM = int.from_bytes(b"order", "big")  # keeps these numbers apart from whatever else the seed draws


def batch_indices(step: int, batch_size: int, count: int, seed: int) -> NDArray[np.int64]:
    """Positions in the training list of step `step`'s batch, `(batch_size,)`.

    Step s takes the places s*B … (s+1)*B-1 of an endless row of permutations of `count` clips, so that every clip
    comes exactly once before any comes again, whatever the batch size.
    """
    places = np.arange(step * batch_size, (step + 1) * batch_size, dtype=np.int64)
    rounds, within = places // count, places % count
    positions = np.empty(batch_size, np.int64)
    for number in np.unique(rounds):
        chosen = rounds == number
        positions[chosen] = permutation(int(number), count, seed)[within[chosen]]
    return positions


@lru_cache(maxsize=4)
def permutation(number: int, count: int, seed: int) -> NDArray[np.int64]:
    """Permutation `number` of `count` clips; read-only."""
    order = np.random.default_rng([seed, _ORDER_STREAM, number]).permutation(count).astype(np.int64)
    order.flags.writeable = False
    return order
