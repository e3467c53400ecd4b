"""Latent vectors to generate from: of seeds, on the path from one seed to another, or from a file or an array.

Each source below is plain data that makes a vector only when requested, so that a million clips need no memory.

Truncation multiplies every vector by a factor T: each clip moves straight towards the clip of the zero vector. A small
T trades variety for typical sound; T = 1 changes nothing. A seed keeps its character. StyleGAN does the same with its
latents (Karras et al., arXiv 1812.04948, section B). BigGAN (Brock et al., arXiv 1809.11096, section 3.1), which
introduced this trade-off, redraws values beyond a threshold: the sound of a seed would then jump as T changes, and
T = 1 would differ from training.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from wavegan_src.generation.latents_file import check_latents, read_latents
from wavegan_src.generation.request import HIGHEST_SEED, Interpolation
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.format import printable
from wavegan_src.utils.random import draw_latents

LATENT_PURPOSE = "generate"
NEARLY_STRAIGHT = 1e-6  # rad; below this, an arc is the same as its chord in float32
LONGEST_STEM = 80  # characters of a latents file's name in the names of its clips

Selection = Sequence[int] | Interpolation | Path | NDArray[Any]
"""Which clips to render: seeds, the path between two seeds, or the rows of a `.npy` file or of an array."""


@dataclass(frozen=True)
class Origin:
    """Where a clip comes from: the stem of its file name, and the cells of its row in `generated.csv`."""

    name: str  # without the parts that all clips of a command share
    seed: int | None = None
    to_seed: int | None = None
    position: float | None = None  # on the path from `seed` to `to_seed`, 0 to 1
    latents: str | None = None
    row: int | None = None


class LatentSource(Protocol):
    """A list of latent vectors."""

    def __len__(self) -> int:
        """The number of vectors."""
        ...

    def vector(self, index: int) -> Tensor:
        """One vector, `(latent_dim,)`, float32, not truncated."""
        ...

    def origin(self, index: int) -> Origin:
        """Where the vector comes from."""
        ...

    def number(self, index: int) -> int:
        """A number that decides its row in a batch, the same for a seed in every source."""
        ...


@dataclass(frozen=True)
class SeedLatents:
    """The vectors of seeds; a seed sounds the same whatever the other seeds are."""

    seeds: Sequence[int]
    latent_dim: int

    def __post_init__(self) -> None:
        if not len(self.seeds):
            raise UserError("There are no seeds: give at least one.")
        if min(self.seeds) < 0 or max(self.seeds) > HIGHEST_SEED:
            raise UserError(f"Seeds go from 0 to {HIGHEST_SEED}, not from {min(self.seeds)} to {max(self.seeds)}.")

    def __len__(self) -> int:
        return len(self.seeds)

    def vector(self, index: int) -> Tensor:
        """The vector of a seed."""
        return seed_latent(self.seeds[index], self.latent_dim)

    def origin(self, index: int) -> Origin:
        """The seed."""
        seed = self.seeds[index]
        return Origin(f"seed{seed:05}", seed=seed)

    def number(self, index: int) -> int:
        """The seed."""
        return self.seeds[index]


@dataclass(frozen=True)
class InterpolatedLatents:
    """Vectors in even steps from one seed's vector to another's, both included."""

    way: Interpolation
    latent_dim: int

    def __len__(self) -> int:
        return self.way.count

    def vector(self, index: int) -> Tensor:
        """A point on the path."""
        return slerp(*self._ends, self._position(index))

    def origin(self, index: int) -> Origin:
        """The two seeds, and the position between them."""
        first, last, count = self.way.first, self.way.last, self.way.count
        digits = max(2, len(str(count)))
        name = f"seed{first:05}_to_seed{last:05}_{index + 1:0{digits}}_of_{count:0{digits}}"
        return Origin(name, seed=first, to_seed=last, position=self._position(index))

    def number(self, index: int) -> int:
        """The seed at both ends; in between, numbers counting up from the first seed."""
        return self.way.last if index == self.way.count - 1 else self.way.first + index

    def _position(self, index: int) -> float:
        return index / (self.way.count - 1)

    @cached_property
    def _ends(self) -> tuple[Tensor, Tensor]:
        return seed_latent(self.way.first, self.latent_dim), seed_latent(self.way.last, self.latent_dim)


@dataclass(frozen=True)
class StoredLatents:
    """The rows of an array `(clips, latent_dim)`, which may be mapped from a file; counted from 0, as in NumPy.

    stem: for the names of its clips. file: the file of the rows; None for an array in memory.
    """

    values: NDArray[Any]
    stem: str = "latents"
    file: str | None = None

    def __len__(self) -> int:
        return len(self.values)

    def vector(self, index: int) -> Tensor:
        """A row."""
        row: NDArray[np.float32] = np.array(self.values[index], dtype=np.float32)
        return torch.from_numpy(row)

    def origin(self, index: int) -> Origin:
        """The file and the row."""
        return Origin(f"{self.stem}_row{index:05}", latents=self.file, row=index)

    def number(self, index: int) -> int:
        """The row."""
        return index


def open_latents(selection: Selection, latent_dim: int) -> LatentSource:
    """The latent vectors of a selection, for a model with that many latent dimensions.

    Raises:
        UserError: a seed is out of range, or an array or file does not fit.
    """
    if isinstance(selection, Interpolation):
        return InterpolatedLatents(selection, latent_dim)
    if isinstance(selection, Path):
        stem = printable(selection.stem)[:LONGEST_STEM]
        return StoredLatents(read_latents(selection, latent_dim), stem, printable(str(selection)))
    if isinstance(selection, np.ndarray):
        check_latents(selection, latent_dim, "The array of latents")
        return StoredLatents(selection)
    return SeedLatents(selection, latent_dim)


def seed_latent(seed: int, latent_dim: int) -> Tensor:
    """The latent vector of a seed, z ~ N(0, I), `(latent_dim,)`."""
    return draw_latents(seed, LATENT_PURPOSE, 0, 1, latent_dim)[0]


def slerp(start: Tensor, end: Tensor, position: float) -> Tensor:
    """Spherical interpolation of two vectors `(size,)` (Shoemake, SIGGRAPH 1985; for latents White, arXiv 1609.04468).

    High-dimensional Gaussian vectors all lie near one sphere; the straight line between two of them leaves it and
    passes through vectors that the generator never saw. Here the direction turns at constant speed, and the length
    changes evenly from one to the other.

    Args:
        start: returned unchanged at position 0.
        end: returned unchanged at position 1.
        position: 0 to 1.

    Returns:
        `(size,)`. If the vectors are parallel or opposite (no arc is the shortest) or one is zero, the point on the
        straight line.
    """
    if position in (0.0, 1.0):
        return (end if position else start).clone()
    a, b = start.double(), end.double()
    lengths = float(a.norm()), float(b.norm())
    if min(lengths) == 0:
        return torch.lerp(a, b, position).to(start.dtype)
    u, v = a / lengths[0], b / lengths[1]
    angle = 2 * math.atan2(float((u - v).norm()), float((u + v).norm()))  # accurate at small angles too (Kahan)
    if not NEARLY_STRAIGHT < angle < math.pi - NEARLY_STRAIGHT:
        return torch.lerp(a, b, position).to(start.dtype)
    direction = (math.sin((1 - position) * angle) * u + math.sin(position * angle) * v) / math.sin(angle)
    length = (1 - position) * lengths[0] + position * lengths[1]
    return (direction * length).to(start.dtype)
