"""The random part of a sound, reachable at any place: blocks of numbers, each seeded by latent vector and place.

A latent vector always gives the same noise, whatever batch it is in and however long the sound, and a sound that is
rendered in pieces gets the noise of one rendered at once.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

import torch
from torch import Tensor

SAMPLES, KNOTS = 1 << 16, 1 << 12  # numbers in a block of white noise, and of the knots of slower noise
KEPT = 16  # blocks


class LatentNoise:
    """Standard normal noise of one latent vector `(latent_dim,)`."""

    def __init__(self, latent: Tensor):
        unsigned = latent.detach().cpu().float() + 0.0  # -0 becomes 0, which equals it
        self._key = unsigned.numpy().tobytes()
        self._blocks: OrderedDict[tuple[str, int], Tensor] = OrderedDict()

    def numbers(self, purpose: str, rows: int, first: int, last: int, size: int = KNOTS) -> Tensor:
        """Numbers `first` to `last` - 1 of `rows` endless rows, `(rows, last - first)`; `first` may be negative.

        `size`: numbers in a block; always the same for a purpose.
        """
        width = size // rows
        parts = []
        for block in range(first // width, (last - 1) // width + 1):
            begin = block * width
            numbers = self._block(purpose, block, size)[: rows * width].view(rows, width)
            parts.append(numbers[:, max(first - begin, 0) : last - begin])
        return parts[0] if len(parts) == 1 else torch.cat(parts, 1)

    def uniform(self, purpose: str) -> float:
        """One number from 0 to 1."""
        return float(torch.rand((), generator=self._generator(purpose, 0)))

    def _block(self, purpose: str, block: int, size: int) -> Tensor:
        if (purpose, block) in self._blocks:
            return self._blocks[purpose, block]
        found = torch.randn(size, generator=self._generator(purpose, block))
        self._blocks[purpose, block] = found
        if len(self._blocks) > KEPT:
            self._blocks.popitem(last=False)
        return found

    def _generator(self, purpose: str, block: int) -> torch.Generator:
        digest = hashlib.blake2b(self._key + f"{purpose}/{block}".encode(), digest_size=8).digest()
        return torch.Generator().manual_seed(int.from_bytes(digest, "little") >> 1)


class Noise(Protocol):
    """What a stretch of sound needs of noise."""

    def white(self, first: int, last: int) -> Tensor:
        """Samples `first` to `last` - 1, `(batch, samples)`."""

    def wandering(self, purpose: str, rows: int, step: float, first: int, last: int) -> Tensor:
        """Frames `first` to `last`, both included, of noise at knots `step` frames apart, `(batch, rows, frames)`."""


class BatchNoise:
    """The noise of a batch of latent vectors `(batch, latent_dim)`, on their device."""

    def __init__(self, latents: Tensor):
        self.device = latents.device
        self._each = [LatentNoise(latent) for latent in latents]

    def white(self, first: int, last: int) -> Tensor:
        """Samples `first` to `last` - 1, `(batch, samples)`."""
        return self._stack(lambda one: one.numbers("white", 1, first, last, SAMPLES)[0])

    def wandering(self, purpose: str, rows: int, step: float, first: int, last: int) -> Tensor:
        """Noise at knots `step` frames apart with straight lines between them, frames `first` to `last`, both included.

        `(batch, rows, frames)`.
        """
        place = torch.arange(first, last + 1, dtype=torch.float64) / step
        below = place.floor()
        start = int(below[0])
        knots = self._stack(lambda one: one.numbers(purpose, rows, start, int(below[-1]) + 2).T)
        index = (below - start).long().to(self.device)
        share = (place - below).to(knots)[:, None]
        return torch.lerp(knots.index_select(1, index), knots.index_select(1, index + 1), share).transpose(1, 2)

    def uniform(self, purpose: str) -> Tensor:
        """One number from 0 to 1 for each, `(batch, 1)`, in double precision."""
        return torch.tensor([[one.uniform(purpose)] for one in self._each], dtype=torch.float64).to(self.device)

    def _stack(self, of_one: Callable[[LatentNoise], Tensor]) -> Tensor:
        return torch.stack([of_one(one) for one in self._each]).to(self.device)
