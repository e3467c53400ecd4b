"""A trained generator: load it from a checkpoint and render the clips of a recipe, with several processes or one."""

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from wavegan_src.checkpoints import DamagedCheckpointError, read_checkpoint_and_hash
from wavegan_src.config_loader import validate_snapshot
from wavegan_src.config_schema import Config
from wavegan_src.data.whitening import Whitening
from wavegan_src.generation.latents import LATENT_PURPOSE
from wavegan_src.generation.recipe import Clip, Recipe
from wavegan_src.generation.rendering import RENDER_BATCH, render_batches
from wavegan_src.models.registry import build_generator, weightless
from wavegan_src.run.state import DatasetFacts, ModelState
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.processes.group import ALONE, Group
from wavegan_src.utils.random import indexed_latents


@dataclass(frozen=True)
class TrainedModel:
    """A generator and the facts that its checkpoint holds about it."""

    generator: nn.Module
    config: Config
    whitening: Whitening | None
    progress: str
    procedural: bool
    data_fingerprint: str | None  # of the data set that it was trained on
    path: Path | None = None  # of the checkpoint
    sha256: str | None = None
    dataset: DatasetFacts | None = None  # what is known of that data set
    group: Group = ALONE  # of processes that render with it; see `lend`

    def samples(self, recipe: Recipe) -> int:
        """The length of a recipe's clips in samples."""
        return self.config.audio.audio_length_samples if recipe.length is None else recipe.length.samples

    def render(self, recipe: Recipe) -> Iterator[tuple[list[Clip], Tensor]]:
        """Render a recipe's clips in batches of bounded memory, each with its waveforms `(clips, time)` on the CPU.

        A clip depends only on the model and its latent vector.
        """
        batches, again = itertools.tee(recipe.batches())
        time = None if recipe.length is None else recipe.length.samples
        rendered = self.waveforms((batch.latents for batch in again), time)
        for batch, waveforms in zip(batches, rendered, strict=True):
            yield batch.clips, waveforms[batch.rows]

    def waveforms(self, batches: Iterable[Tensor], time: int | None = None) -> Iterator[Tensor]:
        """Waveforms `(batch, time)` on the CPU of batches of latent vectors, each requested when needed.

        Processes render whole batches, so that the bytes are those of one process.
        """
        if self.group.size == 1:
            yield from render_batches(self.generator, batches, self.whitening, time)
            return
        left = iter(batches)
        while portion := list(itertools.islice(left, self.group.size)):
            yield from self.group.split(partial(_render_each, self.whitening, time), portion, self)

    def check_sound(self, clip: Clip, waveform: Tensor) -> None:
        """Refuse a waveform with NaN or infinity.

        Raises:
            UserError: it contains NaN or infinity.
        """
        if torch.isfinite(waveform).all():
            return
        if clip.origin.row is not None:
            raise UserError(
                f"Row {clip.origin.row} of {clip.origin.latents or 'the latents'} gives NaN instead of sound: its "
                "values are too large. Use values between -5 and 5, as in training."
            )
        raise UserError(f"{self.path} gives NaN instead of sound: name another model with --checkpoint FILE.")


@dataclass
class Lent:
    """What a process has that renders for the first one: its device, and the generator that it was sent."""

    device: torch.device
    generator: nn.Module | None = None


def lend(model: TrainedModel, group: Group) -> TrainedModel:
    """The model with the processes that render with it, which are sent its generator; within their `from_first`."""
    if group.size == 1:
        return model
    weights = {name: tensor.cpu() for name, tensor in model.generator.state_dict().items()}
    group.split(partial(_take, model.config, weights), range(group.size))
    return replace(model, group=group)


def _take(config: Config, weights: dict[str, Tensor], own: Lent | None, items: list[int]) -> list[None]:
    if own is not None:
        with weightless(config):
            generator = build_generator(config)
        generator.load_state_dict(weights, assign=True)
        own.generator = generator.to(own.device).eval().requires_grad_(False)
    return [None for _ in items]


def _render_each(
    whitening: Whitening | None, time: int | None, own: TrainedModel | Lent, batches: list[Tensor]
) -> list[Tensor]:
    """One process's share; see `Group.split`."""
    assert own.generator is not None
    return list(render_batches(own.generator, batches, whitening, time))


def load_model(path: Path, device: torch.device) -> TrainedModel:
    """Load the averaged generator of a checkpoint, ready to render.

    Raises:
        UserError: the file is missing, damaged or from another version.
    """
    try:
        state, sha256 = read_checkpoint_and_hash(path)
    except DamagedCheckpointError as error:
        raise UserError(f"{str(error).removesuffix('.')}: name another model with --checkpoint FILE.") from error
    config = validate_snapshot(state.config, source=str(path))
    with weightless(config):
        generator = build_generator(config)
    try:
        generator.load_state_dict(state.generator_ema, assign=True)
        return TrainedModel(
            generator=generator.to(device).eval().requires_grad_(False),
            config=config,
            whitening=whitening_of(state, path),
            progress=state.progress,
            procedural=state.dataset.procedural,
            data_fingerprint=state.dataset.fingerprint,
            path=path,
            sha256=sha256,
            dataset=state.dataset,
        )
    except (RuntimeError, TypeError, ValueError, LookupError, AttributeError) as error:
        raise UserError(
            f"The weights in {path} do not fit its configuration (another version of the program may have written "
            "it): name another model with --checkpoint FILE."
        ) from error


def generate_clips(model: TrainedModel, count: int, seed: int, on_clips: Callable[[int], Any]) -> NDArray[np.float32]:
    """Generate `count` clips `(count, time)` to measure.

    Clip k depends on the pair (seed, k), not on the seed `seed` + k as a file does, so that the clips of two seeds
    have nothing in common.
    """
    found = np.empty((count, model.config.audio.audio_length_samples), np.float32)
    starts = range(0, count, RENDER_BATCH)
    size = model.config.model.latent_dim
    latents = (indexed_latents(seed, LATENT_PURPOSE, first, RENDER_BATCH, size) for first in starts)
    for first, clips in zip(starts, model.waveforms(latents), strict=True):
        wanted = clips[: count - first]  # batches are always whole, so that values do not depend on the count
        found[first : first + len(wanted)] = wanted.numpy()
        on_clips(len(wanted))
    return found


def whitening_of(state: ModelState, path: Path) -> Whitening | None:
    """The whitening filter stored in a checkpoint; None if its data set was not whitened.

    Raises:
        UserError: it is no such filter.
    """
    try:
        return None if state.whitening is None else Whitening.from_tensor(state.whitening)
    except (ValueError, TypeError, AttributeError, RuntimeError) as error:
        raise UserError(f"{path} holds no whitening filter where one belongs: use another checkpoint.") from error
