"""Both steps' gradients on a CPU without a graph: see `fast/critic.py` for the derivation."""

from itertools import chain

import torch
from torch import Tensor, nn

from wavegan_src.config_schema import TrainingConfig
from wavegan_src.discriminator import SHUFFLED_LAYERS, Discriminator
from wavegan_src.generator import Generator
from wavegan_src.models.augmentation import Augmentation, augment, augment_adjoint
from wavegan_src.models.gradient_sums import GradientSums, Ready, nobody_waits
from wavegan_src.models.wavegan import losses
from wavegan_src.models.wavegan.fast.critic import CriticPasses, LayerShifts
from wavegan_src.models.wavegan.fast.generator import GeneratorPasses
from wavegan_src.models.wavegan.fast.memory import Buffers, GradientMemory, pack
from wavegan_src.models.wavegan.gradients import CriticDraws, CriticFigures, micro_batches, part_of
from wavegan_src.utils.stopwatch import OFF, Timer


class ManualGradients:
    """Gradients by hand-written passes: real, fake and interpolated clips go through the critic as one batch."""

    def __init__(self, generator: Generator, critic: Discriminator, training: TrainingConfig):
        pack(generator)
        pack(critic)
        self._training = training
        self.stopwatch: Timer = OFF
        buffers = Buffers(critic.dense.weight.detach())
        self._generator = GeneratorPasses(generator, buffers)
        self._critic = CriticPasses(critic, buffers)
        self._memory = GradientMemory(generator, critic)
        self.kernels = self._critic.kernels.name

    def order(self, network: nn.Module) -> list[nn.Parameter]:
        """See `wavegan_src.models.wavegan.gradients.Gradients.order`: in both, layers of many channels come first."""
        parameters = list(network.parameters())
        return parameters[::-1] if network is self._critic.critic else parameters

    @torch.no_grad()
    def critic(
        self, real: Tensor, draws: CriticDraws, whole: int | None = None, sums: GradientSums | None = None
    ) -> CriticFigures:
        """See `wavegan_src.models.wavegan.gradients.Gradients.critic`."""
        self._memory.bind_gradients(self._critic.critic)
        batch = whole or len(real)
        parts = [
            self._add_critic(real[clips, 0], draws.part(clips), batch, _ready(sums, clips.stop == len(real)))
            for clips in self._parts(len(real))
        ]
        wasserstein_real, wasserstein_fake, penalty = torch.stack(parts).sum(0).unbind()
        wasserstein = wasserstein_real - wasserstein_fake
        loss = losses.critic_loss(wasserstein, penalty, self._training.gp_weight)
        return CriticFigures(loss, wasserstein, penalty, wasserstein_real, wasserstein_fake)

    @torch.no_grad()
    def generator(
        self,
        latents: Tensor,
        shifts: Tensor | None,
        augmentation: Augmentation | None = None,
        whole: int | None = None,
        sums: GradientSums | None = None,
    ) -> Tensor:
        """See `wavegan_src.models.wavegan.gradients.Gradients.generator`."""
        self._memory.bind_gradients(self._generator.generator)
        batch = whole or len(latents)
        loss = latents.new_zeros(())
        for clips in self._parts(len(latents)):
            seen = part_of(augmentation, clips)
            fake = augment(self._generator.forward(latents[clips])[:, None], seen)[:, 0]
            scores = self._critic.forward([fake], _as_lists(None if shifts is None else shifts[:, clips], len(fake)))
            self._critic.backward(torch.full_like(scores, -1 / batch))
            gradient = self._critic.input_gradient(slice(0, len(fake)))
            ready = _ready(sums, clips.stop == len(latents))
            self._generator.backward(augment_adjoint(gradient[:, None], seen)[:, 0], ready)
            loss -= scores.sum() / batch
        return loss

    def _parts(self, batch: int) -> list[slice]:
        return micro_batches(batch, self._training)

    def _add_critic(self, real: Tensor, draws: CriticDraws, batch: int, ready: Ready) -> Tensor:
        """Add the gradients of a slice of a batch; returns its share of both mean scores and of the penalty."""
        clips = len(real)
        shifts = (draws.real_shifts, draws.fake_shifts, draws.penalty_shifts)
        lists = [_as_lists(each, clips) for each in shifts]
        together = [list(chain(*layer)) for layer in zip(*lists, strict=True)]
        interpolated = slice(2 * clips, 3 * clips)
        with self.stopwatch("forward"):
            fake = augment(self._generator.forward(draws.latents)[:, None], draws.fake_augmentation)[:, 0]
            real = augment(real[:, None], draws.real_augmentation)[:, 0]
            scores = self._critic.forward([real, fake, torch.lerp(fake, real, draws.epsilon[:, 0])], together)
        sides = scores.new_tensor([-1 / batch, 1 / batch, 1.0])  # of the loss; of the score itself for the penalty
        cotangent = sides.repeat_interleave(clips)
        with self.stopwatch("backward"):
            self._critic.backward(cotangent)
        with self.stopwatch("penalty"):
            slopes = self._critic.input_gradient(interpolated)
            norms = torch.linalg.vector_norm(slopes, dim=1, keepdim=True)
            # d/dg of weight/batch * (|g| - 1)^2; at g = 0 it is taken as 0, as PyTorch's norm has it
            scale = self._training.gp_weight * 2 / batch * (norms - 1) / norms
            self._critic.tangent(interpolated, slopes * torch.where(norms > 0, scale, 0))
        with self.stopwatch("backward"):  # of scores and penalty together
            self._critic.add_weight_gradients(cotangent, [slice(0, clips), slice(clips, 2 * clips)], ready)
        real_scores, fake_scores, _ = scores.view(3, -1).unbind()
        return torch.stack([real_scores.sum(), fake_scores.sum(), (norms - 1).square().sum()]) / batch


def _ready(sums: GradientSums | None, last: bool) -> Ready:
    """Whom to tell of complete gradients: they are so in the last part of a batch."""
    return sums.ready if sums is not None and last else nobody_waits


def _as_lists(shifts: Tensor | None, clips: int) -> LayerShifts:
    """Shifts of each layer as lists of numbers; None means zeros."""
    lists: LayerShifts = [[0] * clips] * SHUFFLED_LAYERS if shifts is None else shifts.tolist()
    return lists
