"""Recipes: what to render, as plain data. The names of WAV files are made here (`Recipe.name`).

Every clip has its file name, its origin, its latent vector and its row in a batch. Libraries may round differently in
different rows of a batch, because they divide the rows among threads; the other clips in the batch do not matter. So a
seed always has the same row, and gives the same bytes whichever other clips are rendered.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from wavegan_src.config_schema import Config
from wavegan_src.generation.clip_length import ClipLength, choose_length
from wavegan_src.generation.latents import LatentSource, Origin, Selection, open_latents
from wavegan_src.generation.rendering import RENDER_BATCH
from wavegan_src.generation.request import check_seconds, check_truncation


@dataclass(frozen=True)
class Clip:
    """One clip to render.

    name: file name. latent: the vector to render, `(latent_dim,)`, truncated, float32. row: its row in the batch.
    """

    name: str
    origin: Origin
    latent: Tensor
    row: int


@dataclass(frozen=True)
class RenderBatch:
    """Clips to render together, and their latent vectors `(rows, latent_dim)`; unused rows are zero."""

    clips: list[Clip]
    latents: Tensor

    @property
    def rows(self) -> list[int]:
        """The row of each clip."""
        return [clip.row for clip in self.clips]


@dataclass(frozen=True)
class Recipe:
    """Clips to render, in order.

    latents: the source of their vectors. truncation: factor for the vectors. length: None means the trained length.
    prefix: prefix of the file names.
    """

    latents: LatentSource
    truncation: float = 1.0
    length: ClipLength | None = None
    prefix: str = "generated_"

    def __len__(self) -> int:
        return len(self.latents)

    def __getitem__(self, index: int) -> Clip:
        if not 0 <= index < len(self):
            raise IndexError(index)
        vector = self.latents.vector(index) * self.truncation
        return Clip(self.name(index), self.origin(index), vector, self.row(index))

    def __iter__(self) -> Iterator[Clip]:
        return (self[index] for index in range(len(self)))

    @property
    def batch_rows(self) -> int:
        """The number of rows in a batch."""
        return RENDER_BATCH if self.length is None else self.length.rows

    def row(self, index: int) -> int:
        """The row of a clip in its batch."""
        return self.latents.number(index) % self.batch_rows

    def origin(self, index: int) -> Origin:
        """Where a clip comes from."""
        return self.latents.origin(index)

    def name(self, index: int) -> str:
        """The file name of a clip. Clips that differ because of an option have different names."""
        truncation = "" if self.truncation == 1 else f"_truncation{self.truncation!r}"
        length = "" if self.length is None else self.length.suffix
        return f"{self.prefix}{self.origin(index).name}{length}{truncation}.wav"

    def vectors(self) -> Tensor:
        """All latent vectors, truncated, `(clips, latent_dim)`."""
        return torch.stack([clip.latent for clip in self])

    def batches(self) -> Iterator[RenderBatch]:
        """The clips in whole batches: kernels may round differently for other sizes, and bytes must not depend on N.

        Vectors are made when a batch is requested.
        """
        start = 0
        while start < len(self):
            clips: list[Clip] = []
            taken: set[int] = set()
            for index in range(start, min(len(self), start + self.batch_rows)):
                if self.row(index) in taken:
                    break
                clips.append(self[index])
                taken.add(clips[-1].row)
            batch = clips[0].latent.new_zeros(self.batch_rows, len(clips[0].latent))
            batch[[clip.row for clip in clips]] = torch.stack([clip.latent for clip in clips])
            yield RenderBatch(clips, batch)
            start += len(clips)


def make_recipe(
    selection: Selection,
    config: Config,
    *,
    truncation: float = 1.0,
    seconds: float | None = None,
    procedural: bool = False,
) -> Recipe:
    """Make the recipe for a selection of clips.

    Args:
        selection: seeds, the path between two seeds, or the rows of a file or an array.
        config: the model's configuration.
        truncation: above 0 and at most 1.
        seconds: length of the clips; None means the trained length.
        procedural: whether the model was trained on procedural stand-in data; file names then say so.

    Raises:
        UserError: a value is out of range or does not fit the model.
    """
    check_truncation(truncation)
    check_seconds(seconds)
    return Recipe(
        open_latents(selection, config.model.latent_dim),
        truncation,
        choose_length(config, seconds),
        "generated_from_procedural_" if procedural else "generated_",
    )
