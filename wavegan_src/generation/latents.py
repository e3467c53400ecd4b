"""Latent vectors to generate from: of a seed, on the way from one seed to another, of a file; and truncation.

Truncation multiplies every vector with a factor T: each clip moves straight towards what the zero vector gives, a
small T trades variety for typical sound, and T = 1 changes nothing, so that a seed keeps its character. That is what
StyleGAN does with its latents (Karras et al., arXiv 1812.04948, section B). BigGAN (Brock et al., arXiv 1809.11096,
section 3.1), which introduced the trade, draws values beyond a threshold anew: the sound of a seed would then jump as T
changes, and T = 1 would not be what was trained with.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from wavegan_src.generation.clip_length import ClipLength
from wavegan_src.generation.latents_file import read_latents
from wavegan_src.generation.rendering import RENDER_BATCH
from wavegan_src.generation.request import HIGHEST_SEED, GenerationRequest, parse_interpolation
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.format import printable
from wavegan_src.utils.random import draw_latents

LATENT_PURPOSE = "generate"
NEARLY_STRAIGHT = 1e-6  # rad; below it an arc cannot be told from its chord in float32
LONGEST_STEM = 80  # of a file of latents, in the names of its clips


@dataclass(frozen=True)
class Origin:
    """Where a clip comes from: what its file is called, and what its row of `generated.csv` tells."""

    name: str  # without what is the same for all clips of a command
    seed: int | None = None
    to_seed: int | None = None
    position: float | None = None  # on the way from `seed` to `to_seed`, 0 to 1
    latents: str | None = None
    row: int | None = None


@dataclass(frozen=True)
class Recipe:
    """Clips to render, in order: each with its latent vector, its origin, and its place in a batch.

    Libraries may round differently in different places of a batch, as they share its rows out among threads. What is
    beside a clip does not matter. So a seed has a place of its own, and gives the same bytes in any company.
    """

    count: int
    truncation: float
    vector: Callable[[int], Tensor]
    origin: Callable[[int], Origin]
    number: Callable[[int], int]  # decides the place
    length: ClipLength | None = None  # None is the model's own

    @property
    def rows(self) -> int:
        """Places in a batch."""
        return RENDER_BATCH if self.length is None else self.length.rows

    def place(self, index: int) -> int:
        """The row of its batch that a clip is in."""
        return self.number(index) % self.rows

    def latent(self, index: int) -> Tensor:
        """The vector that is rendered, `(latent_dim,)`: truncated, float32."""
        return self.vector(index) * self.truncation

    def latents(self) -> Tensor:
        """All vectors, `(count, latent_dim)`."""
        return torch.stack([self.latent(index) for index in range(self.count)])

    def batches(self) -> Iterator[tuple[range, Tensor, list[int]]]:
        """Whole batches `(rows, latent_dim)`: which clips each holds, and in which of its rows they are.

        Rows that no clip is in are zero.
        """
        start = 0
        while start < self.count:
            places: list[int] = []
            end = min(self.count, start + self.rows)
            for index in range(start, end):
                if self.place(index) in places:
                    break
                places.append(self.place(index))
            members = range(start, start + len(places))
            vectors = torch.stack([self.latent(index) for index in members])
            batch = vectors.new_zeros(self.rows, vectors.shape[1])
            batch[places] = vectors
            yield members, batch, places
            start = members.stop


def make_recipe(request: GenerationRequest, seed: int, latent_dim: int) -> Recipe:
    """What a checked request asks for, of a model with that many latent dimensions.

    Raises:
        UserError: the file of latents does not fit, or the seeds go beyond the highest.
    """
    if request.latents is not None:
        found = of_file(request.latents, latent_dim, request.factor)
        if request.count not in (None, found.count):
            raise UserError(
                f"--generate-only {request.count}, but {request.latents} holds {found.count} latent vectors: leave "
                "--generate-only out, all are rendered."
            )
        return found
    if request.interpolate is not None:
        return between_seeds(*parse_interpolation(request.interpolate), latent_dim, request.factor)
    assert request.count is not None
    if seed + request.count - 1 > HIGHEST_SEED:
        raise UserError(f"--seed {seed}: {request.count} clips need seeds beyond {HIGHEST_SEED}, give a smaller seed.")
    return of_seeds(seed, request.count, latent_dim, request.factor)


def of_seeds(seed: int, count: int, latent_dim: int, truncation: float = 1.0) -> Recipe:
    """Clip i has the seed `seed` + i, and sounds the same whichever command asks for it."""
    return Recipe(
        count,
        truncation,
        vector=lambda index: seed_latent(seed + index, latent_dim),
        origin=lambda index: Origin(f"seed{seed + index:05}", seed=seed + index),
        number=lambda index: seed + index,
    )


def between_seeds(first: int, last: int, count: int, latent_dim: int, truncation: float = 1.0) -> Recipe:
    """`count` clips from the seed `first` to the seed `last`, in even steps; the ends are those of the seeds."""
    start, end = seed_latent(first, latent_dim), seed_latent(last, latent_dim)
    digits = max(2, len(str(count)))

    def position(index: int) -> float:
        return index / (count - 1)

    def origin(index: int) -> Origin:
        name = f"seed{first:05}_to_seed{last:05}_{index + 1:0{digits}}_of_{count:0{digits}}"
        return Origin(name, seed=first, to_seed=last, position=position(index))

    return Recipe(
        count,
        truncation,
        vector=lambda index: slerp(start, end, position(index)),
        origin=origin,
        number=lambda index: last if index == count - 1 else first + index,
    )


def of_file(path: Path, latent_dim: int, truncation: float = 1.0) -> Recipe:
    """A clip per row of a `.npy` file; rows are counted from 0, as NumPy does.

    Raises:
        UserError: the file does not hold latent vectors of that size.
    """
    values = read_latents(path, latent_dim)
    stem, file = printable(path.stem)[:LONGEST_STEM], printable(str(path))

    def vector(index: int) -> Tensor:
        row: NDArray[np.float32] = np.array(values[index], dtype=np.float32)
        return torch.from_numpy(row)

    return Recipe(
        len(values),
        truncation,
        vector=vector,
        origin=lambda index: Origin(f"{stem}_row{index:05}", latents=file, row=index),
        number=lambda index: index,
    )


def seed_latent(seed: int, latent_dim: int) -> Tensor:
    """The latent vector of a seed, z ~ N(0, I), `(latent_dim,)`."""
    return draw_latents(seed, LATENT_PURPOSE, 0, 1, latent_dim)[0]


def slerp(start: Tensor, end: Tensor, position: float) -> Tensor:
    """Spherical interpolation of two vectors `(size,)` (Shoemake, SIGGRAPH 1985; for latents White, arXiv 1609.04468).

    Gaussian vectors of many dimensions all lie near one sphere; the straight line between two of them leaves it, to
    vectors that the generator never saw. Here the direction turns at a constant speed, and the length goes evenly from
    one to the other.

    Args:
        start: returned as it is at position 0.
        end: returned as it is at position 1.
        position: 0 to 1.

    Returns:
        `(size,)`. Between parallel vectors, opposite ones (no arc is the shortest) and from or to zero, the point on
        the line.
    """
    if position in (0.0, 1.0):
        return (end if position else start).clone()
    a, b = start.double(), end.double()
    lengths = float(a.norm()), float(b.norm())
    if min(lengths) == 0:
        return torch.lerp(a, b, position).to(start.dtype)
    u, v = a / lengths[0], b / lengths[1]
    angle = 2 * math.atan2(float((u - v).norm()), float((u + v).norm()))  # exact at small angles too (Kahan)
    if not NEARLY_STRAIGHT < angle < math.pi - NEARLY_STRAIGHT:
        return torch.lerp(a, b, position).to(start.dtype)
    direction = (math.sin((1 - position) * angle) * u + math.sin(position * angle) * v) / math.sin(angle)
    length = (1 - position) * lengths[0] + position * lengths[1]
    return (direction * length).to(start.dtype)
