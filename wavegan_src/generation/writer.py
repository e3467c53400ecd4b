"""`--generate-only N`: new clips from a trained model, which needs nothing but the checkpoint."""

import itertools
import threading
from collections import abc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from wavegan_src.checkpoints import DamagedCheckpointError, read_checkpoint_and_hash
from wavegan_src.config_loader import validate
from wavegan_src.config_schema import Config
from wavegan_src.data.whitening import Whitening
from wavegan_src.generation.latents import LATENT_PURPOSE, Origin, Recipe
from wavegan_src.generation.rendering import RENDER_BATCH, render_batches, write_clip
from wavegan_src.generation.table import GeneratedTable
from wavegan_src.models.registry import build_generator, weightless
from wavegan_src.run.pretrained import model_name
from wavegan_src.run.state import ModelState
from wavegan_src.utils.csv_log import Row
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.files import make_folder
from wavegan_src.utils.format import printable
from wavegan_src.utils.parallel import StoppedError, ordered_map
from wavegan_src.utils.random import indexed_latents

FindNearest = Callable[[NDArray[np.float32]], tuple[str, float] | None]
"""Name of the training clip nearest to a clip `(time,)`, and its distance; None for a clip that has none."""


@dataclass(frozen=True)
class TrainedModel:
    """What a checkpoint tells of a generator."""

    generator: nn.Module
    config: Config
    whitening: Whitening | None
    progress: str
    procedural: bool
    data_fingerprint: str | None  # of the data set it was trained on
    path: Path | None = None  # of the checkpoint
    sha256: str | None = None


@dataclass(frozen=True)
class Written:
    """A clip that is on the disk with its row.

    distance: to the nearest training clip, if one was looked for. replaced_other: it took the place of a file of the
    same name that another model had made.
    """

    path: Path
    distance: float | None
    replaced_other: bool


def load_model(path: Path, device: torch.device) -> TrainedModel:
    """The averaged generator of a checkpoint, ready to render.

    Raises:
        UserError: no such file, damaged, or of another version's making.
    """
    try:
        state, sha256 = read_checkpoint_and_hash(path)
    except DamagedCheckpointError as error:
        raise UserError(f"{str(error).removesuffix('.')}: name another model with --checkpoint FILE.") from error
    config = validate(state.config, source=str(path))
    with weightless(config):
        generator = build_generator(config)
    try:
        generator.load_state_dict(state.generator_ema, assign=True)
        return TrainedModel(
            generator=generator.to(device).eval().requires_grad_(False),
            config=config,
            whitening=whitening_of(state),
            progress=state.progress,
            procedural=state.dataset.procedural,
            data_fingerprint=state.dataset.fingerprint,
            path=path,
            sha256=sha256,
        )
    except (RuntimeError, TypeError, ValueError, LookupError, AttributeError) as error:
        raise UserError(
            f"{path} cannot be used, for its content does not fit its configuration (another version of the program "
            "may have written it): name another model with --checkpoint FILE."
        ) from error


def clip_name(model: TrainedModel, recipe: Recipe, index: int) -> str:
    """The name of a clip's file. Clips that sound different through an option have different names."""
    truncation = "" if recipe.truncation == 1 else f"_truncation{recipe.truncation!r}"
    length = "" if recipe.length is None else recipe.length.suffix
    data = "from_procedural_" if model.procedural else ""
    return f"generated_{data}{recipe.origin(index).name}{length}{truncation}.wav"


def generate_files(
    model: TrainedModel, folder: Path, recipe: Recipe, find_nearest: FindNearest | None = None
) -> abc.Generator[Written, None, None]:
    """Write a recipe's clips and their rows of `generated.csv`.

    A clip depends on the model and its latent vector alone, so the same seed gives the same bytes. A thread writes
    while the next clips are computed, and a few batches at most wait for it, whatever the count. When the iteration
    ends early, what was written is whole and nothing more is.

    Yields:
        Each clip once it is written, in order.

    Raises:
        UserError: the folder cannot be made, another process generates there, its table is none of ours, or the model
            gives NaN.
        OSError: a file cannot be written.
    """
    make_folder(folder, what="the folder", cure="choose another --output-dir")
    stop = threading.Event()
    names = (clip_name(model, recipe, index) for index in range(recipe.count))
    with GeneratedTable(folder, names, model.sha256) as table:

        def write(batch: tuple[range, Tensor]) -> list[Written]:
            done = []
            for index, clip in zip(*batch, strict=True):
                if stop.is_set():
                    raise StoppedError
                name = clip_name(model, recipe, index)
                if not torch.isfinite(clip).all():
                    raise UserError(_no_sound(model, recipe, index))
                replaced_other = table.replace(name)
                write_clip(folder / name, clip, model.config.audio.sample_rate)
                found = find_nearest(clip.numpy()) if find_nearest is not None else None
                table.append(_row(model, recipe, index, name, found))
                done.append(Written(folder / name, found[1] if found is not None else None, replaced_other))
            return done

        for written in ordered_map(write, render_recipe(model, recipe), workers=1, stop=stop):
            yield from written


def render_recipe(model: TrainedModel, recipe: Recipe) -> Iterator[tuple[range, Tensor]]:
    """The clips of a recipe in batches: which ones, and their waveforms `(clips, time)`."""
    # Always whole batches: kernels may round differently for another batch size, and bytes must not depend on N.
    batches, latents = itertools.tee(recipe.batches())
    time = None if recipe.length is None else recipe.length.samples
    rendered = render_batches(model.generator, (latent for _, latent, _ in latents), model.whitening, time)
    for (members, _, places), clips in zip(batches, rendered, strict=True):
        yield members, clips[places]


def generate_clips(model: TrainedModel, count: int, seed: int, on_clips: Callable[[int], Any]) -> NDArray[np.float32]:
    """`count` clips `(count, time)` to measure.

    Clip k belongs to the pair (seed, k), not to the seed `seed` + k as a file's does: what two seeds give is to have
    nothing in common.
    """
    found = np.empty((count, model.config.audio.audio_length_samples), np.float32)
    starts = range(0, count, RENDER_BATCH)
    size = model.config.model.latent_dim
    latents = (indexed_latents(seed, LATENT_PURPOSE, first, RENDER_BATCH, size) for first in starts)
    for first, clips in zip(starts, render_batches(model.generator, latents, model.whitening), strict=True):
        wanted = clips[: count - first]  # of whole batches: values must not depend on the count
        found[first : first + len(wanted)] = wanted.numpy()
        on_clips(len(wanted))
    return found


def whitening_of(state: ModelState) -> Whitening | None:
    """The filter that travels in a checkpoint, if its data set was whitened."""
    return None if state.whitening is None else Whitening.from_tensor(state.whitening)


def _no_sound(model: TrainedModel, recipe: Recipe, index: int) -> str:
    origin: Origin = recipe.origin(index)
    if origin.latents is not None:
        return (
            f"Row {origin.row} of {origin.latents} gives no sound but NaN: its values are too large. Those that the "
            "model was trained with lie between -5 and 5."
        )
    return f"{model.path} gives no sound but NaN: name another model with --checkpoint FILE."


def _row(model: TrainedModel, recipe: Recipe, index: int, name: str, found: tuple[str, float] | None) -> Row:
    origin: Origin = recipe.origin(index)
    nearest, distance = found if found is not None else (None, None)
    audio = model.config.audio
    return {
        "file": name,
        "seed": origin.seed,
        "to_seed": origin.to_seed,
        "position": origin.position,
        "latents": origin.latents,
        "row": origin.row,
        "truncation": recipe.truncation,
        "seconds": (audio.audio_length_samples if recipe.length is None else recipe.length.samples) / audio.sample_rate,
        "checkpoint": printable(model_name(model.path)) if model.path is not None else None,
        "checkpoint_sha256": model.sha256,
        "nearest_training_clip": nearest,
        "distance": distance,
    }
