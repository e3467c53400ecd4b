"""Gradients of both steps: evaluate the losses and fill the parameters' `grad`. No weights change.

`AutogradGradients` lets PyTorch differentiate the losses of `losses.py`; it runs everywhere, and GPUs use it.
`fast/gradients.py` computes the same on a CPU in 20 to 40 % of the time.
"""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrize import is_parametrized

from wavegan_src.architectures.wavegan import STRIDE, conv_padding, crop_start, output_padding
from wavegan_src.config_schema import Config, TrainingConfig
from wavegan_src.discriminator import LEAKY_SLOPE, SHUFFLED_LAYERS, Discriminator, phase_shuffle, phase_unshuffle
from wavegan_src.generator import Generator
from wavegan_src.models.augmentation import Augmentation, augment, augment_adjoint
from wavegan_src.models.gradient_sums import GradientSums
from wavegan_src.models.wavegan import losses
from wavegan_src.models.wavegan.fast.kernels import PYTORCH
from wavegan_src.models.wavegan.fast.memory import pack
from wavegan_src.utils.device import Compile, at_least_float32, convolutions_in, no_compile
from wavegan_src.utils.stopwatch import OFF, Timer


@dataclass(frozen=True)
class CriticDraws:
    """All random numbers of one critic step, so that two implementations can be given the same ones."""

    latents: Tensor  # (batch, latent_dim)
    epsilon: Tensor  # (batch, 1, 1)
    real_shifts: Tensor | None  # (5, batch)
    fake_shifts: Tensor | None
    penalty_shifts: Tensor | None
    real_augmentation: Augmentation | None = None  # None: clips are not transformed
    fake_augmentation: Augmentation | None = None

    def part(self, clips: slice) -> "CriticDraws":
        """The numbers for a slice of the batch."""

        def cut(shifts: Tensor | None) -> Tensor | None:
            return None if shifts is None else shifts[:, clips]

        return CriticDraws(
            latents=self.latents[clips],
            epsilon=self.epsilon[clips],
            real_shifts=cut(self.real_shifts),
            fake_shifts=cut(self.fake_shifts),
            penalty_shifts=cut(self.penalty_shifts),
            real_augmentation=part_of(self.real_augmentation, clips),
            fake_augmentation=part_of(self.fake_augmentation, clips),
        )


class CriticFigures(NamedTuple):
    """What a critic step's losses come to, scalars on the device."""

    critic_loss: Tensor
    wasserstein_estimate: Tensor
    gradient_penalty: Tensor
    real_score: Tensor
    fake_score: Tensor


class Gradients(Protocol):
    """An implementation of the gradients of both steps, for one pair of networks.

    Losses are means over the whole batch. Where the clips are a share of it, what is returned and left in `grad` is
    the share's part of them, and the parts add up.
    """

    stopwatch: Timer  # times the parts "forward", "penalty" and "backward" of the critic's
    kernels: str  # name of the convolution kernels in use; results of different ones agree only to rounding

    def order(self, network: nn.Module) -> list[nn.Parameter]:
        """A network's parameters, in the order in which their gradients are complete."""
        ...

    def critic(
        self, real: Tensor, draws: CriticDraws, whole: int | None = None, sums: GradientSums | None = None
    ) -> CriticFigures:
        """Fill the critic's `grad` for real clips `(clips, 1, time)` against as many fakes, of a batch of `whole`.

        `sums` is told which gradients are complete.
        """
        ...

    def generator(
        self,
        latents: Tensor,
        shifts: Tensor | None,
        augmentation: Augmentation | None = None,
        whole: int | None = None,
        sums: GradientSums | None = None,
    ) -> Tensor:
        """Fill the generator's `grad` for latents `(clips, latent_dim)` of a batch of `whole`; returns the loss."""
        ...


def part_of(augmentation: Augmentation | None, clips: slice) -> Augmentation | None:
    """The parameters for a slice of the batch, if there is an augmentation."""
    return None if augmentation is None else augmentation.part(clips)


def micro_batches(batch: int, training: TrainingConfig) -> list[slice]:
    """The slices in which a batch is computed to save memory; their gradients add up to the whole batch's."""
    size = training.micro_batch_size or batch
    return [slice(first, min(first + size, batch)) for first in range(0, batch, size)]


def uses_manual_gradients(config: Config, device: torch.device) -> bool:
    """Whether the passes of `fast/` are used: in float32 on a CPU, with weights that are parameters themselves."""
    training = config.training
    plain = training.backend == "autograd" or training.precision != "float32" or config.model.spectral_norm
    return device.type == "cpu" and not plain


class AutogradGradients:
    """Gradients by automatic differentiation, on any device, with convolutions in the configured precision.

    Nothing here waits for the device, so that a GPU always has work queued. Each part of the loss is differentiated
    as soon as it is known, so that its activations are freed before the next part's are computed.

    Attributes:
        score: maps clips and shifts to the critic's mean score, a scalar.
        penalty: maps points and shifts to the gradient penalty there, a scalar.
        fake: maps latents to clips.
        fake_score: maps latents and shifts to the mean score of their clips.
    """

    def __init__(
        self,
        generator: Generator,
        critic: Discriminator,
        training: TrainingConfig,
        compile_: Compile = no_compile,
    ):
        self._generator = generator
        self._critic = critic
        self._training = training
        self._device = next(critic.parameters()).device
        self.stopwatch: Timer = OFF
        self.kernels = PYTORCH
        if self._device.type != "mps":  # tensor cores read channels last; Apple GPUs do not
            pack(generator)
            pack(critic)
        self.score = compile_(self._score)
        self.penalty = compile_(self._penalty)
        self.fake = compile_(self._fake)
        self.fake_score = compile_(self._fake_score)

    def order(self, network: nn.Module) -> list[nn.Parameter]:
        """See `Gradients.order`: a backward pass goes from the end to the beginning."""
        return list(network.parameters())[::-1]

    def critic(
        self, real: Tensor, draws: CriticDraws, whole: int | None = None, sums: GradientSums | None = None
    ) -> CriticFigures:
        """See `Gradients.critic`."""
        self._forget_gradients()
        parts = []
        for clips in micro_batches(len(real), self._training):
            share = (clips.stop - clips.start) / (whole or len(real))
            last = sums if clips.stop == len(real) else None
            parts.append(share * self._critic_part(real[clips], draws.part(clips), share, last))
        real_score, fake_score, penalty = torch.stack(parts).sum(0).unbind()
        wasserstein = losses.wasserstein_estimate(real_score, fake_score)
        loss = losses.critic_loss(wasserstein, penalty, self._training.gp_weight)
        return CriticFigures(loss, wasserstein, penalty, real_score, fake_score)

    def generator(
        self,
        latents: Tensor,
        shifts: Tensor | None,
        augmentation: Augmentation | None = None,
        whole: int | None = None,
        sums: GradientSums | None = None,
    ) -> Tensor:
        """See `Gradients.generator`."""
        self._forget_gradients()
        self._critic.requires_grad_(False)  # its weight gradients would be computed and thrown away
        total = latents.new_zeros(())
        for clips in micro_batches(len(latents), self._training):
            share = (clips.stop - clips.start) / (whole or len(latents))
            shifted = None if shifts is None else shifts[:, clips]
            last = sums if clips.stop == len(latents) else None
            total += self._generator_part(latents[clips], shifted, part_of(augmentation, clips), share, last)
        self._critic.requires_grad_(True)
        return total

    def _generator_part(
        self,
        latents: Tensor,
        shifts: Tensor | None,
        augmentation: Augmentation | None,
        share: float,
        last: GradientSums | None,
    ) -> Tensor:
        """Add the gradients of `share` times the loss of a slice of the batch; returns that loss."""
        if augmentation is None:
            loss = share * losses.generator_loss(self.fake_score(latents, shifts))
            with _watched(last):
                torch.autograd.backward(loss)
            return loss.detach()
        # In two parts, with the gradient propagated between them by hand: compilers do not handle complex numbers.
        fake = self.fake(latents)
        seen = augment(fake.detach(), augmentation).requires_grad_()
        loss = share * losses.generator_loss(self.score(seen, shifts))
        (slopes,) = torch.autograd.grad(loss, seen)
        with _watched(last):
            torch.autograd.backward(fake, augment_adjoint(slopes, augmentation))
        return loss.detach()

    def _critic_part(self, real: Tensor, draws: CriticDraws, share: float, last: GradientSums | None) -> Tensor:
        """Add the gradients of `share` times a slice's loss; returns mean scores of real and fake, and the penalty.

        Where processes add up, the penalty comes first: its backward pass ends with the largest weights, which could
        be exchanged only after it, while that of the scores begins with them. Under spectral norm, which takes a step
        of its own at each pass, the order stays.
        """
        if last is not None and (not last.wanted or is_parametrized(self._critic.dense)):
            last = None
        with self.stopwatch("forward"), torch.no_grad():
            fake = augment(self.fake(draws.latents), draws.fake_augmentation)
            real = augment(real, draws.real_augmentation)
        points = losses.interpolate(real, fake, draws.epsilon)
        penalties = [] if last is None else [self._differentiated_penalty(points, draws.penalty_shifts, share)]
        means = []
        for side, clips, shifts in ((-1, real, draws.real_shifts), (1, fake, draws.fake_shifts)):
            with self.stopwatch("forward"):
                means.append(self.score(clips, shifts))
            with self.stopwatch("backward"), _watched(last if side == 1 else None):
                torch.autograd.backward(side * share * means[-1])
        penalties = penalties or [self._differentiated_penalty(points, draws.penalty_shifts, share)]
        return torch.stack([*means, *penalties]).detach()

    def _differentiated_penalty(self, points: Tensor, shifts: Tensor | None, share: float) -> Tensor:
        with self.stopwatch("penalty"):
            penalty: Tensor = self.penalty(points, shifts)
            torch.autograd.backward(share * self._training.gp_weight * penalty)
        return penalty.detach()

    def _score(self, clips: Tensor, shifts: Tensor | None) -> Tensor:
        with self._autocast():
            scores: Tensor = self._critic(clips, shifts)
        return scores.mean()

    def _penalty(self, points: Tensor, shifts: Tensor | None) -> Tensor:
        with self._autocast():
            gradient = input_gradient(self._critic, points, shifts)
        return losses.penalty_of(gradient)

    def _fake(self, latents: Tensor) -> Tensor:
        with self._autocast():
            clips: Tensor = self._generator(latents)
        return at_least_float32(clips)

    def _fake_score(self, latents: Tensor, shifts: Tensor | None) -> Tensor:
        with self._autocast():
            scores: Tensor = self._critic(self._generator(latents), shifts)
        return scores.mean()

    def _forget_gradients(self) -> None:
        """Free the gradients of both networks: the memory is needed for activations."""
        self._generator.zero_grad()
        self._critic.zero_grad()

    def _autocast(self) -> AbstractContextManager[object]:
        return convolutions_in(self._training.precision, self._device)


def _watched(sums: GradientSums | None) -> AbstractContextManager[None]:
    return nullcontext() if sums is None else sums.last_pass()


def input_gradient(critic: Discriminator, x: Tensor, shifts: Tensor | None) -> Tensor:
    """Gradient of each clip's score with respect to its samples.

    Args:
        critic: the network; the result is differentiable with respect to its weights, not to `x`.
        x: waveforms `(batch, 1, time)`.
        shifts: as for the critic itself.

    Returns:
        `(batch, 1, time)`, float32 also under autocast; float64 where the critic is.
    """
    weights = [layer.weight for layer in critic.convolutions()]  # read once: spectral norm computes them at each access
    slopes = _positive_units(critic, x, [weight.detach() for weight in weights], shifts)
    top = slopes[-1]
    gradient = critic.dense.weight.view(1, *top.shape[1:]).expand(top.shape)
    for index in range(len(weights) - 1, -1, -1):
        if shifts is not None and index < SHUFFLED_LAYERS:
            gradient = phase_unshuffle(gradient, shifts[index])
        gradient = torch.where(slopes[index], gradient, LEAKY_SLOPE * gradient)
        kernel = weights[index].shape[2]
        gradient = F.conv_transpose1d(
            gradient,
            weights[index],
            stride=STRIDE,
            padding=conv_padding(kernel),
            output_padding=output_padding(kernel),
        )
    start = crop_start(critic.audio_length)
    return at_least_float32(gradient[:, :, start : start + critic.audio_length])


@torch.no_grad()
def _positive_units(critic: Discriminator, x: Tensor, weights: list[Tensor], shifts: Tensor | None) -> list[Tensor]:
    """For each convolution, where LeakyReLU has slope 1: `(batch, channels, time)`, bool."""
    found = []
    x = critic.pad(x)
    for index, (layer, weight) in enumerate(zip(critic.convolutions(), weights, strict=True)):
        y = F.conv1d(x, weight, layer.bias, stride=STRIDE, padding=conv_padding(weight.shape[2]))
        found.append(y > 0)
        x = F.leaky_relu(y, LEAKY_SLOPE)
        if shifts is not None and index < SHUFFLED_LAYERS:
            x = phase_shuffle(x, shifts[index])
    return found
