"""`--generate-only N`: new clips from a trained model, which needs nothing but the checkpoint."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from wavegan_src.checkpoints import State, read_checkpoint
from wavegan_src.config_loader import validate
from wavegan_src.config_schema import Config
from wavegan_src.errors import UserError
from wavegan_src.generators import AnyGenerator, build_generator
from wavegan_src.parallel import StoppedError, ordered_map
from wavegan_src.randomness import indexed_latents
from wavegan_src.sampling import RENDER_BATCH, render_batches, write_clip
from wavegan_src.whitening import Whitening

LATENT_PURPOSE = "generate"


@dataclass(frozen=True)
class TrainedModel:
    """What a checkpoint tells of a generator."""

    generator: AnyGenerator
    config: Config
    whitening: Whitening | None
    progress: str
    procedural: bool
    data_fingerprint: str | None  # of the data set it was trained on


def load_model(path: Path, device: torch.device) -> TrainedModel:
    """The averaged generator of a checkpoint, ready to render.

    Raises:
        UserError: no such file, damaged, or of another version's making.
    """
    state = read_checkpoint(path)
    config = validate(state["config"], source=str(path))
    with torch.device("meta"):  # no time spent on initial weights that are replaced at once
        generator = build_generator(config)
    try:
        generator.load_state_dict(state["generator_ema"], assign=True)
    except RuntimeError as error:
        raise UserError(f"{path}: its weights do not fit its configuration. The file is not usable.") from error
    return TrainedModel(
        generator=generator.to(device).eval().requires_grad_(False),
        config=config,
        whitening=stored_whitening(state),
        progress=f"after epoch {state['epoch']}, iteration {state['iteration']}",
        procedural=state["dataset"]["procedural"],
        data_fingerprint=state["dataset"].get("fingerprint"),
    )


def generate_files(model: TrainedModel, folder: Path, count: int, seed: int) -> Iterator[Path]:
    """Write `count` clips; clip k depends on the model, the seed and k alone, so the same seed gives the same bytes.

    A thread writes while the next clips are computed, and a few batches at most wait for it, whatever the count.
    When the iteration ends early, what was written is whole and nothing more is.

    Yields:
        Each file once it is written, in order.

    Raises:
        UserError: the folder cannot be made.
        OSError: a file cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"The folder {folder} cannot be made: {error}. Choose another --output-dir.") from error
    prefix = f"generated_{'from_procedural_' if model.procedural else ''}seed{seed}_"
    stop = threading.Event()

    def write(batch: tuple[int, Tensor]) -> list[Path]:
        first, clips = batch
        paths = [folder / f"{prefix}{first + index:05}.wav" for index in range(1, len(clips) + 1)]
        for path, clip in zip(paths, clips, strict=True):
            if stop.is_set():
                raise StoppedError
            write_clip(path, clip, model.config.audio.sample_rate)
        return paths

    for written in ordered_map(write, _batches(model, count, seed), workers=1, stop=stop):
        yield from written


def generate_clips(model: TrainedModel, count: int, seed: int, on_clips: Callable[[int], Any]) -> NDArray[np.float32]:
    """`count` clips `(count, time)`: those that `generate_files` would write, before they are rounded to 16 bits."""
    found = np.empty((count, model.config.audio.audio_length_samples), np.float32)
    for first, clips in _batches(model, count, seed):
        found[first : first + len(clips)] = clips.numpy()
        on_clips(len(clips))
    return found


def _batches(model: TrainedModel, count: int, seed: int) -> Iterator[tuple[int, Tensor]]:
    """The first `count` clips of a seed as batches `(clips, time)`, each with the number of clips before it."""
    # Always whole batches: kernels may round differently for another batch size, and bytes must not depend on N.
    starts = range(0, count, RENDER_BATCH)
    size = model.config.model.latent_dim
    latents = (indexed_latents(seed, LATENT_PURPOSE, first, RENDER_BATCH, size) for first in starts)
    for first, clips in zip(starts, render_batches(model.generator, latents, model.whitening), strict=True):
        yield first, clips[: count - first]


def stored_whitening(state: State) -> Whitening | None:
    """The filter that travels in a checkpoint, if its data set was whitened."""
    stored = state["whitening"]
    return None if stored is None else Whitening.from_tensor(stored)
