"""`--generate-only N`: new clips from a trained model, which needs nothing but the checkpoint."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from wavegan_src.checkpoints import State, read_checkpoint
from wavegan_src.config_loader import validate
from wavegan_src.config_schema import Config
from wavegan_src.errors import UserError
from wavegan_src.generator import Generator
from wavegan_src.randomness import indexed_latents
from wavegan_src.sampling import RENDER_BATCH, render, write_clip
from wavegan_src.whitening import Whitening

LATENT_PURPOSE = "generate"


@dataclass(frozen=True)
class TrainedModel:
    """What a checkpoint tells of a generator."""

    generator: Generator
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
        generator = Generator(config.model, config.audio.audio_length_samples)
    try:
        generator.load_state_dict(state["generator_ema"], assign=True)
    except RuntimeError as error:
        raise UserError(f"{path}: its weights do not fit its configuration. The file is not usable.") from error
    return TrainedModel(
        generator=generator.to(device).eval(),
        config=config,
        whitening=stored_whitening(state),
        progress=f"after epoch {state['epoch']}, iteration {state['iteration']}",
        procedural=state["dataset"]["procedural"],
        data_fingerprint=state["dataset"].get("fingerprint"),
    )


def generate_files(
    model: TrainedModel, folder: Path, count: int, seed: int, on_clip: Callable[[Path], Any] = lambda _: None
) -> list[Path]:
    """Write `count` clips; clip k depends on the model, the seed and k alone, so the same seed gives the same bytes."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"The folder {folder} cannot be made: {error}. Choose another --output-dir.") from error
    kind = "from_procedural_" if model.procedural else ""
    paths: list[Path] = []
    # Always whole batches: kernels may round differently for another batch size, and bytes must not depend on N.
    for first in range(0, count, RENDER_BATCH):
        latents = indexed_latents(seed, LATENT_PURPOSE, first, RENDER_BATCH, model.config.model.latent_dim)
        (clips,) = render(model.generator, latents, model.whitening)
        for clip in clips[: count - first]:
            paths.append(folder / f"generated_{kind}seed{seed}_{len(paths) + 1:05}.wav")
            write_clip(paths[-1], clip, model.config.audio.sample_rate)
            on_clip(paths[-1])
    return paths


def generate_clips(model: TrainedModel, count: int, seed: int, on_clips: Callable[[int], Any]) -> NDArray[np.float32]:
    """`count` clips `(count, time)`: those that `generate_files` would write, before they are rounded to 16 bits."""
    parts = []
    for first in range(0, count, RENDER_BATCH):
        latents = indexed_latents(seed, LATENT_PURPOSE, first, RENDER_BATCH, model.config.model.latent_dim)
        (clips,) = render(model.generator, latents, model.whitening)
        parts.append(clips.numpy()[: count - first])
        on_clips(len(parts[-1]))
    return np.concatenate(parts)


def stored_whitening(state: State) -> Whitening | None:
    """The filter that travels in a checkpoint, if its data set was whitened."""
    stored = state["whitening"]
    return None if stored is None else Whitening.from_tensor(stored)
