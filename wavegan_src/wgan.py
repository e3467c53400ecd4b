"""The WGAN-GP itself: both networks, the averaged generator, the optimisers, and the two kinds of step.

This is the state that training changes and a checkpoint holds. When to step, log and save is `training.py`'s part.
"""

import copy
from typing import Any, NamedTuple

import torch
from torch import Tensor

from wavegan_src import compilation
from wavegan_src.augmentation import Augmentation, draw_augmentation
from wavegan_src.augmentation_strength import first_strength
from wavegan_src.config_schema import Config
from wavegan_src.dataset import ClipDataset
from wavegan_src.devices import upload
from wavegan_src.discriminator import SHUFFLED_LAYERS, Discriminator
from wavegan_src.fast.gradients import MatrixGradients
from wavegan_src.fast.layout import as_it_lies, match_layout
from wavegan_src.generator import Generator
from wavegan_src.gradients import AutogradGradients, CriticDraws, Gradients, by_hand
from wavegan_src.phase_shuffle import draw_shifts
from wavegan_src.randomness import draw_latents, keyed_generator
from wavegan_src.stopwatch import Timer


class CriticStats(NamedTuple):
    """Figures of one critic step, scalars on the device (reading them synchronises with a GPU)."""

    critic_loss: Tensor
    wasserstein_estimate: Tensor
    gradient_penalty: Tensor
    real_score: Tensor
    fake_score: Tensor
    critic_grad_norm: Tensor


class GeneratorStats(NamedTuple):
    """Figures of one generator step, scalars on the device."""

    generator_loss: Tensor
    generator_grad_norm: Tensor


class WGAN:
    """Networks, optimisers and counters of a run.

    Attributes:
        iteration: critic steps done; each saw a new batch of real clips.
        generator_step: generator steps done, one after every `n_critic` critic steps.
        augmentation_strength: of the steps to come; 0 shows the critic all clips as they are.
        gradients: how this pair of networks is differentiated.
        notes: what the user should know about how it computes.
    """

    def __init__(self, config: Config, device: torch.device):
        self.config = config
        self.device = device
        self.iteration = 0
        self.generator_step = 0
        self.augmentation_strength = first_strength(config.training)
        self.notes: list[str] = []
        with torch.random.fork_rng(devices=[]):  # weights come from the seed alone, whatever ran before
            torch.manual_seed(keyed_generator(config.training.seed, "weights").initial_seed())
            generator = Generator(config.model, config.audio.audio_length_samples)
            self.critic = Discriminator(config.model, config.audio.audio_length_samples).to(device)
        self.generator = generator.to(device)
        self.gradients = self._choose_gradients()
        self.ema_generator = copy.deepcopy(self.generator).requires_grad_(False)
        self.generator_optimizer = self._adam(self.generator)
        self.critic_optimizer = self._adam(self.critic)

    @property
    def stopwatch(self) -> Timer:
        """What times the parts "forward", "penalty", "backward" and "optimiser" of a critic step; off by itself."""
        return self.gradients.stopwatch

    @stopwatch.setter
    def stopwatch(self, stopwatch: Timer) -> None:
        self.gradients.stopwatch = stopwatch

    @property
    def kernels(self) -> str:
        """Whose products its gradients are made of: those of others agree to rounding only."""
        return self.gradients.kernels

    def meet(self, dataset: ClipDataset) -> None:
        """See the training set before the first step; this network begins from random weights whatever the data."""

    def step_critic(self, real: Tensor) -> CriticStats:
        """One step of the critic on real clips `(batch, 1, time)` against as many fresh fakes."""
        draws = self.draw_critic_step(self.iteration, len(real))
        figures = self.gradients.critic(real, draws)
        with self.stopwatch("optimiser"):
            norm = gradient_norm(self.critic)
            _step(self.critic_optimizer)
        self.iteration += 1
        return CriticStats(*figures, norm)

    def generator_due(self) -> bool:
        """Whether the critic has had its `n_critic` steps and the generator is next."""
        return self.iteration // self.config.training.n_critic > self.generator_step

    def step_generator(self, batch: int) -> GeneratorStats:
        """One step of the generator on `batch` fresh latents, then of its running average."""
        seed, step = self.config.training.seed, self.generator_step
        latents = draw_latents(seed, "generator latents", step, batch, self.config.model.latent_dim)
        shifts = self._shifts("generator shifts", step, batch)
        augmentation = self._augmentation("generator augmentation", step, batch)
        loss = self.gradients.generator(upload(latents, self.device), shifts, augmentation)
        norm = gradient_norm(self.generator)
        _step(self.generator_optimizer)
        self._update_average()
        self.generator_step += 1
        return GeneratorStats(loss, norm)

    def draw_critic_step(self, step: int, batch: int) -> CriticDraws:
        """The random numbers of critic step number `step`."""
        seed = self.config.training.seed
        epsilon = torch.rand(batch, 1, 1, generator=keyed_generator(seed, "interpolation", step))
        latents = draw_latents(seed, "critic latents", step, batch, self.config.model.latent_dim)
        return CriticDraws(
            latents=upload(latents, self.device),
            epsilon=upload(epsilon, self.device),
            real_shifts=self._shifts("real shifts", step, batch),
            fake_shifts=self._shifts("fake shifts", step, batch),
            penalty_shifts=self._shifts("penalty shifts", step, batch),
            real_augmentation=self._augmentation("real augmentation", step, batch),
            fake_augmentation=self._augmentation("fake augmentation", step, batch),
        )

    def state_dict(self) -> dict[str, Any]:
        """Everything that `load_state_dict` needs to go on as if never interrupted: tensors and plain values."""
        return {
            "generator": self.generator.state_dict(),
            "generator_ema": self.ema_generator.state_dict(),
            "discriminator": self.critic.state_dict(),
            "generator_optimizer": self.generator_optimizer.state_dict(),
            "discriminator_optimizer": self.critic_optimizer.state_dict(),
            "iteration": self.iteration,
            "generator_step": self.generator_step,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned; other keys are left alone."""
        self.generator.load_state_dict(state["generator"])
        self.ema_generator.load_state_dict(state["generator_ema"])
        self.critic.load_state_dict(state["discriminator"])
        self.generator_optimizer.load_state_dict(state["generator_optimizer"])
        self.critic_optimizer.load_state_dict(state["discriminator_optimizer"])
        match_layout(self.generator_optimizer)
        match_layout(self.critic_optimizer)
        self.iteration = state["iteration"]
        self.generator_step = state["generator_step"]

    def learning_rates(self) -> tuple[float, float]:
        """Current step sizes (generator, critic)."""
        return self.generator_optimizer.param_groups[0]["lr"], self.critic_optimizer.param_groups[0]["lr"]

    def _adam(self, network: torch.nn.Module) -> torch.optim.Adam:
        training = self.config.training
        betas = (training.adam_beta1, training.adam_beta2)
        fused = self.device.type in ("cpu", "cuda")
        return torch.optim.Adam(network.parameters(), lr=training.learning_rate, betas=betas, fused=fused)

    def _choose_gradients(self) -> Gradients:
        training = self.config.training
        if by_hand(self.config, self.device):
            return MatrixGradients(self.generator, self.critic, training)
        compile_, note = compilation.choose(training.compile, self.device)
        self.notes += [note] if note else []
        return AutogradGradients(self.generator, self.critic, training, compile_)

    def _shifts(self, purpose: str, step: int, batch: int) -> Tensor | None:
        random = keyed_generator(self.config.training.seed, purpose, step)
        shifts = draw_shifts(SHUFFLED_LAYERS, batch, self.config.model.phase_shuffle, random)
        return None if shifts is None else upload(shifts, self.device)

    def _augmentation(self, purpose: str, step: int, batch: int) -> Augmentation | None:
        if self.augmentation_strength == 0:
            return None
        random = keyed_generator(self.config.training.seed, purpose, step)
        length = self.config.audio.audio_length_samples
        return draw_augmentation(batch, length, self.augmentation_strength, random).to(self.device)

    def _update_average(self) -> None:
        """Move the averaged generator a little towards the trained one."""
        decay = decay_of_average(self.config.training.ema_decay, self.generator_step)
        averaged: list[Tensor] = list(self.ema_generator.parameters())
        trained: list[Tensor] = list(self.generator.parameters())
        torch._foreach_lerp_(averaged, trained, 1 - decay)


def decay_of_average(configured: float, step: int) -> float:
    """Decay of the averaged generator at a step, from 0.1 up to the configured one over the first steps.

    An average over the last 1000 steps would, early on, be mostly the untrained network.
    """
    return min(configured, (1 + step) / (10 + step))


def _step(optimizer: torch.optim.Optimizer) -> None:
    with as_it_lies(optimizer):
        optimizer.step()


def gradient_norm(network: torch.nn.Module) -> Tensor:
    """Euclidean norm of all of a network's gradients together, a scalar on the device."""
    return torch.nn.utils.get_total_norm([p.grad for p in network.parameters() if p.grad is not None])
