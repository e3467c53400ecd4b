"""The contestants of `time_to_quality`: presets as the package trains them, whole or without a part; the textbook."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any, Protocol
from unittest import mock

import torch
from torch import Tensor

from benchmarks.textbook import TextbookCritic, TextbookGenerator, TextbookWGAN
from wavegan_src.config_schema import Config
from wavegan_src.data.batch import Batch
from wavegan_src.dataset import ClipDataset
from wavegan_src.discriminator import SHUFFLED_LAYERS, draw_shifts
from wavegan_src.generation.rendering import render
from wavegan_src.models.engine import clip_statistics as engine_statistics
from wavegan_src.models.engine import critics as engine_critics
from wavegan_src.models.engine import gan as engine_gan
from wavegan_src.models.engine import generator as engine_generator
from wavegan_src.models.engine import relativistic
from wavegan_src.models.gan import seeded_weights
from wavegan_src.models.registry import build_gan
from wavegan_src.trainer.ada import AdaptiveAugmentation, measure_overfitting
from wavegan_src.trainer.lr_schedule import set_rate
from wavegan_src.trainer.warm_start import read_warm_start, start_from
from wavegan_src.utils.random import draw_latents, keyed_generator

CPU = torch.device("cpu")


class Contestant(Protocol):
    """A model that learns from batches and can generate clips at any time."""

    def step(self, batch: Batch, share: float) -> None:
        """Take a critic step on a batch of real clips, and a generator step if due.

        Args:
            batch: real clips.
            share: of the configured learning rate.
        """

    def generate(self, latents: Tensor) -> Tensor:
        """Generate waveforms `(clips, time)` from latents `(clips, latent_dim)`."""


class Package:
    """A configuration trained as in a run, without the run's files."""

    def __init__(self, config: Config, dataset: ClipDataset):
        self.gan = build_gan(config, CPU)
        if (model := read_warm_start(config)) is not None:
            start_from(self.gan, model)
        self.gan.initialize_from(dataset.spread(self.gan.clips_wanted))
        self.augmentation = AdaptiveAugmentation(config.training)
        self.dataset = dataset

    def step(self, batch: Batch, share: float) -> None:
        """See `Contestant`."""
        rate = share * self.gan.config.training.learning_rate
        set_rate((self.gan.critic_optimizer, self.gan.generator_optimizer), rate)
        self.gan.augmentation_strength = self.augmentation.strength
        self.gan.step_critic(batch)
        if self.gan.generator_due():
            self.gan.step_generator(batch)
        if self.augmentation.due(self.gan.iteration):
            self.augmentation.update(measure_overfitting(self.gan, self.dataset))

    def generate(self, latents: Tensor) -> Tensor:
        """See `Contestant`; uses the averaged generator."""
        return torch.cat(list(render(self.gan.ema_generator, latents, None)))


class Textbook:
    """The paper's network and step in plain PyTorch, with the configuration's sizes and rates; see `textbook.py`."""

    def __init__(self, config: Config):
        model, length, self.training = config.model, config.audio.audio_length_samples, config.training
        self.latent_dim, self.shuffle, self.steps = model.latent_dim, model.phase_shuffle, 0
        with seeded_weights(self.training.seed):
            generator = TextbookGenerator(model.latent_dim, model.model_dim, length)
            self.gan = TextbookWGAN(generator, TextbookCritic(model.model_dim, length))

    def step(self, batch: Batch, share: float) -> None:
        """See `Contestant`; uses the random numbers of the package's own step."""
        set_rate((self.gan.critic_optimizer, self.gan.generator_optimizer), share * self.training.learning_rate)
        count, step = len(batch), self.steps
        epsilon = torch.rand(count, 1, 1, generator=keyed_generator(self.training.seed, "interpolation", step))
        shifts = [self._shifts(purpose, step, count) for purpose in ("real shifts", "fake shifts", "penalty shifts")]
        self.gan.step_critic(batch.clips, self._latents("critic latents", step, count), epsilon, shifts)
        self.steps += 1
        turn, left = divmod(self.steps, self.training.n_critic)
        if not left:
            latents = self._latents("generator latents", turn - 1, count)
            self.gan.step_generator(latents, self._shifts("generator shifts", turn - 1, count))

    @torch.no_grad()
    def generate(self, latents: Tensor) -> Tensor:
        """See `Contestant`; the paper does not average weights."""
        return torch.cat([self.gan.generator(part)[:, 0] for part in torch.split(latents, 32)])

    def _latents(self, purpose: str, step: int, batch: int) -> Tensor:
        return draw_latents(self.training.seed, purpose, step, batch, self.latent_dim)

    def _shifts(self, purpose: str, step: int, batch: int) -> Tensor:
        random = keyed_generator(self.training.seed, purpose, step)
        shifts = draw_shifts(SHUFFLED_LAYERS, batch, self.shuffle, random)
        return torch.zeros(SHUFFLED_LAYERS, batch, dtype=torch.long) if shifts is None else shifts


def _no_components(*given: Any) -> engine_generator.ClipStatistics:
    found = _MEASURE(*given)
    return replace(found, components=torch.zeros_like(found.components))


def _count_only(trained: engine_gan.EngineGAN, batch: Batch) -> None:
    """A critic step that is only counted and trains nothing."""
    trained.iteration += 1


_MEASURE = engine_statistics.measure
WITHOUT: dict[str, list[tuple[Any, str, Any]]] = {
    "critics": [
        (engine_gan.EngineGAN, "step_critic", _count_only),
        (engine_critics.EngineCritic, "views", lambda _, clips, starts=None: [clips]),
        (engine_critics.EngineCritic, "scores", lambda _, views: torch.zeros(1, len(views[0]))),
    ],
    "energy distance": [(relativistic, "ENERGY_WEIGHT", 0.0)],
    "components": [(engine_statistics, "measure", _no_components)],
    "pulses": [(engine_generator, "PULSE_LEVEL", 0.0)],
}
"""Parts of the engine model, and the replacements that train it without one."""


@contextmanager
def without(part: str | None) -> Iterator[None]:
    """Train without a part of the engine model inside the `with` block."""
    with ExitStack() as patches:
        for place, name, replacement in WITHOUT[part] if part else []:
            patches.enter_context(mock.patch.object(place, name, replacement))
        yield
