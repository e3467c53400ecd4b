"""Random numbers keyed by their purpose: (seed, purpose, counter) always gives the same numbers.

No generator keeps state from one draw to the next. So a resumed run needs no saved generator state and equals an
uninterrupted one, and every device gets the same numbers (they are drawn on the CPU).
"""

import hashlib

import torch
from torch import Tensor


def keyed_generator(seed: int, purpose: str, *counters: int) -> torch.Generator:
    """A new CPU generator for one purpose at one point of a run."""
    key = "/".join([str(seed), purpose, *map(str, counters)])
    digest = hashlib.blake2b(key.encode(), digest_size=8).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest, "little") >> 1)


def draw_latents(seed: int, purpose: str, counter: int, batch: int, latent_dim: int) -> Tensor:
    """Latent vectors z ~ N(0, I), `(batch, latent_dim)`."""
    return torch.randn(batch, latent_dim, generator=keyed_generator(seed, purpose, counter))


def indexed_latents(seed: int, purpose: str, first: int, count: int, latent_dim: int) -> Tensor:
    """Latent vectors number `first` ... `first + count - 1` of an endless list, `(count, latent_dim)`.

    Each is keyed by its own number, so the first ten of twenty clips are the same as ten clips alone.
    """
    return torch.cat([draw_latents(seed, purpose, first + index, 1, latent_dim) for index in range(count)])
