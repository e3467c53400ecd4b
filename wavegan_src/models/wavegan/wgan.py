"""WGAN-GP: the paper's two networks and their training steps."""

from typing import Any

import torch
from torch import Tensor

from wavegan_src.config_schema import Config
from wavegan_src.data.batch import Batch
from wavegan_src.discriminator import SHUFFLED_LAYERS, Discriminator, draw_shifts
from wavegan_src.generator import Generator
from wavegan_src.models.gan import GAN, CriticStats, GeneratorStats, gradient_norm, seeded_weights
from wavegan_src.models.wavegan.fast.gradients import ManualGradients
from wavegan_src.models.wavegan.fast.memory import in_memory_order, match_layout
from wavegan_src.models.wavegan.gradients import (
    AutogradGradients,
    CriticDraws,
    CriticFigures,
    Gradients,
    uses_manual_gradients,
)
from wavegan_src.utils import device as compilation
from wavegan_src.utils.device import upload
from wavegan_src.utils.processes.group import Share
from wavegan_src.utils.stopwatch import Timer


class WGAN(GAN[Generator, Discriminator]):
    """The paper's networks under the losses of WGAN-GP.

    Attributes:
        gradients: how this pair of networks is differentiated.
    """

    def __init__(self, config: Config, device: torch.device):
        length = config.audio.audio_length_samples
        with seeded_weights(config.training.seed):
            generator = Generator(config.model, length).to(device)
            critic = Discriminator(config.model, length).to(device)
        self.gradients, note = _choose_gradients(generator, critic, config, device)
        super().__init__(config, device, generator, critic)  # after the gradients, which rearrange weights in memory
        self.kernels = self.gradients.kernels
        self.notes += [note] if note else []

    @property
    def stopwatch(self) -> Timer:
        """The gradients' stopwatch, which times most of the work."""
        return self.gradients.stopwatch

    @stopwatch.setter
    def stopwatch(self, stopwatch: Timer) -> None:
        self.gradients.stopwatch = stopwatch

    def initialize_from(self, batch: Batch) -> None:
        """Do nothing: this generator starts from random weights whatever the data."""

    def step_critic(self, batch: Batch) -> CriticStats:
        """See `GAN.step_critic`."""
        share = batch.share
        draws = self.draw_critic_step(self.iteration, share)
        sums = self._sums(self.gradients.order(self.critic))
        figures = self.gradients.critic(batch.clips, draws, share.whole, sums)
        figures = CriticFigures(*sums.finish(figures))
        with self.stopwatch("optimiser"):
            norm = gradient_norm(self.critic)
            _step(self.critic_optimizer)
        self.iteration += 1
        return CriticStats(*figures, norm)

    def step_generator(self, batch: Batch) -> GeneratorStats:
        """See `GAN.step_generator`; only the number of clips matters here."""
        step, share = self.generator_step, batch.share
        latents = self._latents("generator latents", step, share)
        shifts = self._shifts("generator shifts", step, share)
        augmentation = self._augmentation("generator augmentation", step, share)
        sums = self._sums(self.gradients.order(self.generator))
        (loss,) = sums.finish([self.gradients.generator(latents, shifts, augmentation, share.whole, sums)])
        norm = gradient_norm(self.generator)
        _step(self.generator_optimizer)
        self._update_average()
        self.generator_step += 1
        return GeneratorStats(loss, norm)

    def draw_critic_step(self, step: int, share: Share) -> CriticDraws:
        """The random numbers of critic step number `step`, of this process's share of the batch."""
        epsilon = torch.rand(share.whole, 1, 1, generator=self._random("interpolation", step))
        return CriticDraws(
            latents=self._latents("critic latents", step, share),
            epsilon=upload(epsilon[share.rows], self.device),
            real_shifts=self._shifts("real shifts", step, share),
            fake_shifts=self._shifts("fake shifts", step, share),
            penalty_shifts=self._shifts("penalty shifts", step, share),
            real_augmentation=self._augmentation("real augmentation", step, share),
            fake_augmentation=self._augmentation("fake augmentation", step, share),
        )

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """See `GAN.load_state_dict`; saved moments have the plain layout, which may not be the weights'."""
        super().load_state_dict(state)
        match_layout(self.generator_optimizer)
        match_layout(self.critic_optimizer)

    def _shifts(self, purpose: str, step: int, share: Share) -> Tensor | None:
        largest = self.config.model.phase_shuffle
        shifts = draw_shifts(SHUFFLED_LAYERS, share.whole, largest, self._random(purpose, step))
        return None if shifts is None else upload(shifts[:, share.rows], self.device)


def _choose_gradients(
    generator: Generator, critic: Discriminator, config: Config, device: torch.device
) -> tuple[Gradients, str | None]:
    """The fastest implementation for these settings, and a note for the user if it is not the one asked for."""
    if uses_manual_gradients(config, device):
        return ManualGradients(generator, critic, config.training), None
    compile_, note = compilation.choose(config.training.compile, device)
    return AutogradGradients(generator, critic, config.training, compile_), note


def _step(optimizer: torch.optim.Optimizer) -> None:
    with in_memory_order(optimizer):
        optimizer.step()
