"""The training steps of both engine models: a relativistic adversarial loss beside an energy distance.

The adversarial losses are R3GAN's (arXiv 2501.05441): each real clip is compared with a generated one, and the critic's
gradient is kept small at both. What a clip is made from, and how it is shown and described, is each model's own.
"""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

import torch
from torch import Tensor
from torch.nn import functional as F

from wavegan_src.data.batch import Batch
from wavegan_src.models.engine.energy_distance import energy_distance
from wavegan_src.models.gan import GAN, C, CriticStats, G, GeneratorStats, gradient_norm
from wavegan_src.utils.processes.group import Share

ENERGY_WEIGHT = 5.0
PENALTY_SHARE = 4  # the penalty is computed on every fourth clip: second derivatives cost three times the rest
LARGEST_GRADIENT = 10.0  # norm at which the generator's gradient is clipped; the first steps have the largest
MEASURED_CLIPS = 256  # training clips measured for the generator's starting point

V = TypeVar("V")
"""What one critic sees of a batch."""


class Drawn(NamedTuple):
    """Generated clips of a step.

    clips: `(batch, 1, time)`. condition: what they follow, `(batch, rows, points)`. cost: of having drawn them, a
    scalar in the generator's loss.
    """

    clips: Tensor
    condition: Tensor | None
    cost: Tensor


class RelativisticGAN(GAN[G, C], Generic[G, C, V]):
    """Networks under a relativistic loss and an energy distance.

    Attributes:
        adversarial_weight: of the adversarial loss in the generator's.
        views_of_a_clip: how many critics look at it.
    """

    clips_wanted = MEASURED_CLIPS
    adversarial_weight: float = 1.0
    views_of_a_clip: int

    @abstractmethod
    def draw(self, purpose: str, step: int, batch: Batch) -> Drawn:
        """Generated clips for a step on a batch, as many as it has."""

    @abstractmethod
    def views(
        self, clips: Tensor, condition: Tensor | None, starts: list[float], purpose: str, step: int, share: Share
    ) -> list[V]:
        """Clips `(batch, 1, time)` as the critics see them: augmented, if the run augments."""

    @abstractmethod
    def scores(self, views: Sequence[V]) -> Tensor:
        """Each critic's scores of its view, `(critics, batch)`."""

    @abstractmethod
    def penalty(self, views: list[V], share: Share) -> Tensor:
        """This share's part of the zero-centred penalty at the views, a scalar with a graph."""

    @abstractmethod
    def described(self, clips: Tensor, condition: Tensor | None) -> list[Tensor]:
        """The groups of features that the energy distance compares, each `(batch, numbers)`."""

    def described_real(self, batch: Batch) -> list[Tensor]:
        """`described` of a batch's real clips, of the whole batch where several processes train."""
        return self._gather(self.described(batch.clips, batch.condition), batch.share)

    def distance(self, generated: Sequence[Tensor], real: Sequence[Tensor]) -> Tensor:
        """How far generated clips of the whole batch are from its real ones by their groups of features, a scalar."""
        return energy_distance(generated, real)

    def step_critic(self, batch: Batch) -> CriticStats:
        """See `GAN.step_critic`."""
        step, real, course, share = self.iteration, batch.clips, batch.condition, batch.share
        with self.stopwatch("forward"), torch.no_grad():
            starts = self._starts("critic views", step)
            fake = self.draw("critic latents", step, batch)
            real_views = self.views(real, course, starts, "real augmentation", step, share)
            fake_views = self.views(fake.clips, fake.condition, starts, "fake augmentation", step, share)
        with self.stopwatch("forward"):
            real_scores, fake_scores = self.scores(real_views), self.scores(fake_views)
            loss = share.weight * F.softplus(fake_scores - real_scores).mean(1).sum()
        self.critic.zero_grad()
        with self.stopwatch("backward"):
            torch.autograd.backward(loss)
        with self.stopwatch("penalty"):
            penalties = [self.penalty(views, share) for views in (real_views, fake_views)]
            penalty = 0.5 * (penalties[0] + penalties[1])
            torch.autograd.backward(self.config.training.gp_weight * penalty)
        scores = [share.weight * scores.detach().sum(0).mean() for scores in (real_scores, fake_scores)]
        figures = self._sums(self.critic.parameters()).finish([loss.detach(), penalty.detach(), *scores])
        with self.stopwatch("optimiser"):
            norm = gradient_norm(self.critic)
            self.critic_optimizer.step()
        self.iteration += 1
        loss, penalty, real_score, fake_score = figures
        return CriticStats(loss, real_score - fake_score, penalty, real_score, fake_score, norm)

    def step_generator(self, batch: Batch) -> GeneratorStats:
        """See `GAN.step_generator`; the generated clips are compared with the batch's real ones."""
        step, real, course, share = self.generator_step, batch.clips, batch.condition, batch.share
        starts = self._starts("generator views", step)
        with torch.no_grad():
            shown = self.views(real, course, starts, "generator's real augmentation", step, share)
            real_scores, real_features = self.scores(shown), self.described_real(batch)
        self.critic.requires_grad_(False)  # its weight gradients would be computed and thrown away
        fake = self.draw("generator latents", step, batch)
        seen = self.views(fake.clips, fake.condition, starts, "generator augmentation", step, share)
        fake_scores = self.scores(seen)
        mean = F.softplus(real_scores - fake_scores).mean(1).sum()
        adversarial = share.weight * (self.adversarial_weight * mean) + fake.cost
        features = self._gather(self.described(fake.clips, fake.condition), share)
        distance = ENERGY_WEIGHT * self.distance(features, real_features)
        self.generator.zero_grad()
        torch.autograd.backward(adversarial + distance)
        self.critic.requires_grad_(True)
        (adversarial,) = self._sums(self.generator.parameters()).finish([adversarial.detach()])
        norm = torch.nn.utils.clip_grad_norm_(self.generator.parameters(), LARGEST_GRADIENT)
        self.generator_optimizer.step()
        self._update_average()
        self.generator_step += 1
        return GeneratorStats(adversarial + distance.detach(), norm)

    def _starts(self, purpose: str, step: int) -> list[float]:
        """Where each critic's half of the clips begins."""
        starts: list[float] = torch.rand(self.views_of_a_clip, generator=self._random(purpose, step)).tolist()
        return starts


def gradient_penalty(
    scores: Callable[[list[V]], Tensor],
    views: list[V],
    share: Share,
    choose: Callable[[V, slice], V],
    spectrogram: Callable[[V], Tensor],
) -> Tensor:
    """Mean square length of the critics' gradients at some of the clips (R1, R2), a scalar with a graph.

    Of a share of the batch, its part of that mean.

    Args:
        scores: the critics' scores of views.
        views: one for each critic.
        share: of the batch.
        choose: a view of some of the clips.
        spectrogram: the part of a view at which the gradient is taken.
    """
    chosen, weight = share.every(PENALTY_SHARE)
    if not weight:  # others have them all
        return torch.zeros((), device=spectrogram(views[0]).device, requires_grad=True)
    points = [choose(view, chosen) for view in views]
    places = [spectrogram(point).requires_grad_() for point in points]
    gradients = torch.autograd.grad(scores(points).sum(), places, create_graph=True)
    return weight * torch.stack([gradient.square().sum((1, 2)).mean() for gradient in gradients]).sum()
