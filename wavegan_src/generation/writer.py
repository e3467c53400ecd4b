"""Write clips as WAV files, with their rows of `generated.csv`.

The files are named in `recipe.py`, by `Recipe.name`.
"""

import contextlib
import shlex
import threading
from collections import abc
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from wavegan_src.data.audio_files import wav_bytes
from wavegan_src.generation.model import TrainedModel
from wavegan_src.generation.recipe import Clip, Recipe
from wavegan_src.generation.table import GeneratedTable
from wavegan_src.run.marker import Kind, mark_folder
from wavegan_src.run.model_files import model_name
from wavegan_src.utils.csv_log import Row
from wavegan_src.utils.errors import NO_ACCESS, UserError
from wavegan_src.utils.files import make_folder, write_bytes_atomically
from wavegan_src.utils.format import printable
from wavegan_src.utils.parallel import StoppedError, ordered_map

FindNearest = Callable[[NDArray[np.float32]], tuple[str, float] | None]
"""Returns the name of the training clip nearest to a clip `(time,)` and its distance; None if it has none."""


@dataclass(frozen=True)
class Written:
    """A clip that is on the disk, as is its row.

    distance: to the nearest training clip, if one was searched for. replaced_other: whether it replaced a file of the
    same name from another model.
    """

    path: Path
    distance: float | None
    replaced_other: bool


def write_clips(
    model: TrainedModel, recipe: Recipe, folder: Path, find_nearest: FindNearest | None = None
) -> abc.Generator[Written, None, None]:
    """Write a recipe's clips and their rows of `generated.csv`.

    The same seed gives the same bytes. A thread writes while the next clips are computed; at most a few batches wait
    for it, however many clips there are. If the iteration ends early, the files written so far are complete and no
    more are written.

    Yields:
        Each clip once it is written, in order.

    Raises:
        UserError: the folder cannot be created, another process is generating there, its table is not WaveGAN's, or
            the model gives NaN.
        OSError: a file cannot be written.
    """
    cure = another_folder(model)
    make_folder(folder, what="the folder", cure=cure)
    with _access_named(folder, cure):
        mark_folder(folder, Kind.GENERATED)
    stop = threading.Event()
    names = (recipe.name(index) for index in range(len(recipe)))
    with _access_named(folder, cure), GeneratedTable(folder, names, model.sha256) as table:

        def write(batch: tuple[list[Clip], Tensor]) -> list[Written]:
            done = []
            for clip, waveform in zip(*batch, strict=True):
                if stop.is_set():
                    raise StoppedError
                model.check_sound(clip, waveform)
                replaced_other = table.replace(clip.name)
                write_clip(folder / clip.name, waveform, model.config.audio.sample_rate)
                found = find_nearest(waveform.numpy()) if find_nearest is not None else None
                table.append(_row(model, recipe, clip, found))
                done.append(Written(folder / clip.name, found[1] if found is not None else None, replaced_other))
            return done

        for written in ordered_map(write, model.render(recipe), workers=1, stop=stop):
            yield from written


@contextlib.contextmanager
def _access_named(folder: Path, cure: str) -> abc.Iterator[None]:
    """Turn a missing right to write into a `UserError` with the way to another folder."""
    try:
        yield
    except OSError as error:
        if error.errno not in NO_ACCESS:
            raise
        raise UserError(f"{error.filename or folder} cannot be written ({error.strerror}): {cure}.") from error


def another_folder(model: TrainedModel) -> str:
    """How to generate elsewhere, in words: the model stays where it is."""
    name = "" if model.path is None else f" and name this model with --checkpoint {shlex.quote(model_name(model.path))}"
    return f"choose another --output-dir{name}"


def write_clip(path: Path, clip: Tensor, sample_rate: int) -> None:
    """Write a clip `(time,)` as a mono 16-bit WAV file."""
    write_bytes_atomically(path, wav_bytes(clip.numpy(), sample_rate))


def _row(model: TrainedModel, recipe: Recipe, clip: Clip, found: tuple[str, float] | None) -> Row:
    nearest, distance = found if found is not None else (None, None)
    origin = clip.origin
    return {
        "file": clip.name,
        "seed": origin.seed,
        "to_seed": origin.to_seed,
        "position": origin.position,
        "latents": origin.latents,
        "row": origin.row,
        "truncation": recipe.truncation,
        "seconds": model.samples(recipe) / model.config.audio.sample_rate,
        "checkpoint": printable(model_name(model.path)) if model.path is not None else None,
        "checkpoint_sha256": model.sha256,
        "nearest_training_clip": nearest,
        "distance": distance,
    }
