"""Gradients of the two kinds of step: losses are evaluated, and the parameters' `grad` is filled. No weight changes.

`AutogradGradients` lets PyTorch differentiate the losses of `losses.py`; it is the definition, and runs everywhere.
`fast/gradients.py` computes the same on a CPU in a third of the time.
"""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from wavegan_src import losses
from wavegan_src.config_schema import TrainingConfig
from wavegan_src.discriminator import Discriminator
from wavegan_src.generator import Generator
from wavegan_src.stopwatch import OFF, Timer


@dataclass(frozen=True)
class CriticDraws:
    """All random numbers of one critic step, so that two implementations can be given the same ones."""

    latents: Tensor  # (batch, latent_dim)
    epsilon: Tensor  # (batch, 1, 1)
    real_shifts: Tensor | None  # (5, batch), CPU
    fake_shifts: Tensor | None
    penalty_shifts: Tensor | None

    def part(self, clips: slice) -> "CriticDraws":
        """Those of some of the clips."""
        shifts = (self.real_shifts, self.fake_shifts, self.penalty_shifts)
        cut = (None if each is None else each[:, clips] for each in shifts)
        return CriticDraws(self.latents[clips], self.epsilon[clips], *cut)


class CriticFigures(NamedTuple):
    """What a critic step's losses come to, scalars on the device."""

    critic_loss: Tensor
    wasserstein_estimate: Tensor
    gradient_penalty: Tensor
    real_score: Tensor
    fake_score: Tensor


class Gradients(Protocol):
    """An implementation of the gradients of both steps, for one pair of networks."""

    stopwatch: Timer  # times the parts "forward", "penalty" and "backward" of the critic's

    def critic(self, real: Tensor, draws: CriticDraws) -> CriticFigures:
        """Fill the critic's `grad` for real clips `(batch, 1, time)` against as many fakes."""
        ...

    def generator(self, latents: Tensor, shifts: Tensor | None) -> Tensor:
        """Fill the generator's `grad` for latents `(batch, latent_dim)`; returns the loss, a scalar."""
        ...


def micro_batches(batch: int, training: TrainingConfig) -> list[slice]:
    """The parts in which a batch is computed to save memory; their gradients add up to the whole batch's."""
    size = training.micro_batch_size or batch
    return [slice(first, min(first + size, batch)) for first in range(0, batch, size)]


class AutogradGradients:
    """By automatic differentiation, in any precision, on any device."""

    def __init__(self, generator: Generator, critic: Discriminator, training: TrainingConfig):
        self._generator = generator
        self._critic = critic
        self._training = training
        self._device = next(critic.parameters()).device
        self.stopwatch: Timer = OFF

    def critic(self, real: Tensor, draws: CriticDraws) -> CriticFigures:
        """See `Gradients.critic`."""
        self._critic.zero_grad()
        parts = []
        for clips in micro_batches(len(real), self._training):
            share = (clips.stop - clips.start) / len(real)
            figures = self._critic_figures(real[clips], draws.part(clips))
            with self.stopwatch("backward"):
                torch.autograd.backward(share * figures.critic_loss)
            parts.append(share * torch.stack(figures).detach())
        return CriticFigures(*torch.stack(parts).sum(0).unbind())

    def generator(self, latents: Tensor, shifts: Tensor | None) -> Tensor:
        """See `Gradients.generator`."""
        self._generator.zero_grad()
        self._critic.requires_grad_(False)  # its weight gradients would be computed and thrown away
        total = latents.new_zeros(())
        for clips in micro_batches(len(latents), self._training):
            with self._autocast():
                scores = self._critic(self._generator(latents[clips]), None if shifts is None else shifts[:, clips])
            loss = losses.generator_loss(_widened(scores)) * ((clips.stop - clips.start) / len(latents))
            torch.autograd.backward(loss)
            total += loss.detach()
        self._critic.requires_grad_(True)
        return total

    def _critic_figures(self, real: Tensor, draws: CriticDraws) -> CriticFigures:
        with self.stopwatch("forward"), self._autocast():
            with torch.no_grad():
                fake = _widened(self._generator(draws.latents))
            real_scores = _widened(self._critic(real, draws.real_shifts))
            fake_scores = _widened(self._critic(fake, draws.fake_shifts))
        with self.stopwatch("penalty"), self._autocast():
            penalty = losses.gradient_penalty(
                lambda x: _widened(self._critic(x, draws.penalty_shifts)), real, fake, draws.epsilon
            )
        wasserstein = losses.wasserstein_estimate(real_scores, fake_scores)
        loss = losses.critic_loss(wasserstein, penalty, self._training.gp_weight)
        return CriticFigures(loss, wasserstein, penalty, real_scores.mean(), fake_scores.mean())

    def _autocast(self) -> torch.autocast:
        """Convolutions in the configured precision; weights, losses and optimiser stay in float32."""
        reduced = self._training.precision == "bfloat16"
        return torch.autocast(self._device.type, dtype=torch.bfloat16, enabled=reduced)


def _widened(x: Tensor) -> Tensor:
    """In float32 at least, for losses; float64 stays."""
    return x.to(torch.promote_types(x.dtype, torch.float32))
