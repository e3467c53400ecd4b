"""The WGAN-GP itself: both networks, the averaged generator, the optimisers, and the two kinds of step.

This is the state that training changes and a checkpoint holds. When to step, log and save is `training.py`'s part.
"""

import copy
from typing import Any, NamedTuple

import torch
from torch import Tensor

from wavegan_src.config_schema import Config
from wavegan_src.discriminator import SHUFFLED_LAYERS, Discriminator
from wavegan_src.fast.gradients import MatrixGradients
from wavegan_src.fast.layout import match_layout
from wavegan_src.generator import Generator
from wavegan_src.gradients import AutogradGradients, CriticDraws, Gradients
from wavegan_src.phase_shuffle import draw_shifts
from wavegan_src.randomness import draw_latents, keyed_generator


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
        gradients: how this pair of networks is differentiated.
    """

    def __init__(self, config: Config, device: torch.device):
        self.config = config
        self.device = device
        self.iteration = 0
        self.generator_step = 0
        with torch.random.fork_rng(devices=[]):  # weights come from the seed alone, whatever ran before
            torch.manual_seed(keyed_generator(config.training.seed, "weights").initial_seed())
            generator = Generator(config.model, config.audio.audio_length_samples)
            self.critic = Discriminator(config.model, config.audio.audio_length_samples).to(device)
        self.generator = generator.to(device)
        self.gradients = _choose_gradients(self.generator, self.critic, config, device)
        self.ema_generator = copy.deepcopy(self.generator).requires_grad_(False)
        self.generator_optimizer = self._adam(self.generator)
        self.critic_optimizer = self._adam(self.critic)

    def step_critic(self, real: Tensor) -> CriticStats:
        """One step of the critic on real clips `(batch, 1, time)` against as many fresh fakes."""
        draws = self.draw_critic_step(self.iteration, len(real))
        figures = self.gradients.critic(real, draws)
        norm = _gradient_norm(self.critic)
        self.critic_optimizer.step()
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
        loss = self.gradients.generator(latents.to(self.device), shifts)
        norm = _gradient_norm(self.generator)
        self.generator_optimizer.step()
        self._update_average()
        self.generator_step += 1
        return GeneratorStats(loss, norm)

    def draw_critic_step(self, step: int, batch: int) -> CriticDraws:
        """The random numbers of critic step number `step`."""
        seed = self.config.training.seed
        epsilon = torch.rand(batch, 1, 1, generator=keyed_generator(seed, "interpolation", step))
        latents = draw_latents(seed, "critic latents", step, batch, self.config.model.latent_dim)
        return CriticDraws(
            latents=latents.to(self.device),
            epsilon=epsilon.to(self.device),
            real_shifts=self._shifts("real shifts", step, batch),
            fake_shifts=self._shifts("fake shifts", step, batch),
            penalty_shifts=self._shifts("penalty shifts", step, batch),
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

    def _shifts(self, purpose: str, step: int, batch: int) -> Tensor | None:
        random = keyed_generator(self.config.training.seed, purpose, step)
        return draw_shifts(SHUFFLED_LAYERS, batch, self.config.model.phase_shuffle, random)

    def _update_average(self) -> None:
        """Move the averaged generator a little towards the trained one.

        The decay starts at 0.1 and rises to the configured one over the first steps: an average over the last 1000
        steps would, early on, be mostly the untrained network.
        """
        decay = min(self.config.training.ema_decay, (1 + self.generator_step) / (10 + self.generator_step))
        averaged: list[Tensor] = list(self.ema_generator.parameters())
        trained: list[Tensor] = list(self.generator.parameters())
        torch._foreach_lerp_(averaged, trained, 1 - decay)


def by_hand_written_passes(config: Config, device: torch.device) -> bool:
    """Whether the fast path applies: float32 on a CPU, weights that are parameters themselves."""
    training = config.training
    plain = training.backend == "autograd" or training.precision != "float32" or config.model.spectral_norm
    return device.type == "cpu" and not plain


def _choose_gradients(generator: Generator, critic: Discriminator, config: Config, device: torch.device) -> Gradients:
    chosen = MatrixGradients if by_hand_written_passes(config, device) else AutogradGradients
    return chosen(generator, critic, config.training)


def _gradient_norm(network: torch.nn.Module) -> Tensor:
    """Euclidean norm of all of a network's gradients together, a scalar on the device."""
    return torch.nn.utils.get_total_norm([p.grad for p in network.parameters() if p.grad is not None])
