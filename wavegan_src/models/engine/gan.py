"""Training of the engine model: relativistic adversarial loss with zero-centred penalties, beside an energy distance.

The losses are R3GAN's (arXiv 2501.05441): each real clip is compared with a generated one, and the critic's gradient is
kept small at both.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from wavegan_src.config_schema import Config
from wavegan_src.data.batch import Batch
from wavegan_src.models.augmentation import augment
from wavegan_src.models.engine import clip_statistics
from wavegan_src.models.engine.critics import VIEWS, EngineCritic
from wavegan_src.models.engine.energy_distance import Features, energy_distance
from wavegan_src.models.engine.generator import EngineGenerator
from wavegan_src.models.gan import GAN, CriticStats, GeneratorStats, gradient_norm, seeded_weights
from wavegan_src.utils.processes.group import Share

ENERGY_WEIGHT = 5.0
PENALTY_SHARE = 4  # the penalty is computed on every fourth clip: second derivatives cost three times the rest
LARGEST_GRADIENT = 10.0  # norm at which the generator's gradient is clipped; the first steps have the largest
MEASURED_CLIPS = 256  # training clips measured for the generator's starting point


class EngineGAN(GAN[EngineGenerator, EngineCritic]):
    """The engine model's networks under a relativistic loss."""

    clips_wanted = MEASURED_CLIPS

    def __init__(self, config: Config, device: torch.device):
        audio = config.audio
        with seeded_weights(config.training.seed):
            generator = EngineGenerator(config.model, audio).to(device)
            critic = EngineCritic(audio.sample_rate).to(device)
        super().__init__(config, device, generator, critic)
        self.features = Features(audio.sample_rate, audio.audio_length_samples).to(device)

    def initialize_from(self, batch: Batch) -> None:
        """Start the generator from statistics of the training clips."""
        found = clip_statistics.measure(batch.clips[:, 0], self.config.audio.sample_rate, self.generator.components)
        for generator in (self.generator, self.ema_generator):
            generator.initialize_from(found)

    def step_critic(self, batch: Batch) -> CriticStats:
        """See `GAN.step_critic`."""
        step, real, share = self.iteration, batch.clips, batch.share
        with self.stopwatch("forward"), torch.no_grad():
            starts = self._starts("critic views", step)
            fake = self.generator(self._latents("critic latents", step, share))
            real_views = self.critic.views(self._augment(real, "real augmentation", step, share), starts)
            fake_views = self.critic.views(self._augment(fake, "fake augmentation", step, share), starts)
        with self.stopwatch("forward"):
            real_scores, fake_scores = self.critic.scores(real_views), self.critic.scores(fake_views)
            loss = share.weight * F.softplus(fake_scores - real_scores).mean(1).sum()
        self.critic.zero_grad()
        with self.stopwatch("backward"):
            torch.autograd.backward(loss)
        with self.stopwatch("penalty"):
            penalties = [gradient_penalty(self.critic, views, share) for views in (real_views, fake_views)]
            penalty = 0.5 * (penalties[0] + penalties[1])
            torch.autograd.backward(self.config.training.gp_weight * penalty)
        scores = [share.weight * scores.detach().sum(0).mean() for scores in (real_scores, fake_scores)]
        figures = self._add_up(self.critic, [loss.detach(), penalty.detach(), *scores])
        with self.stopwatch("optimiser"):
            norm = gradient_norm(self.critic)
            self.critic_optimizer.step()
        self.iteration += 1
        loss, penalty, real_score, fake_score = figures
        return CriticStats(loss, real_score - fake_score, penalty, real_score, fake_score, norm)

    def step_generator(self, batch: Batch) -> GeneratorStats:
        """See `GAN.step_generator`; the generated clips are compared with the batch's real ones."""
        step, real, share = self.generator_step, batch.clips, batch.share
        starts = self._starts("generator views", step)
        with torch.no_grad():
            shown = self._augment(real, "generator's real augmentation", step, share)
            real_scores, real_features = self.critic.scores(self.critic.views(shown, starts)), self.features(real)
        self.critic.requires_grad_(False)  # its weight gradients would be computed and thrown away
        fake = self.generator(self._latents("generator latents", step, share))
        shown = self._augment(fake, "generator augmentation", step, share)
        fake_scores = self.critic.scores(self.critic.views(shown, starts))
        adversarial = share.weight * F.softplus(real_scores - fake_scores).mean(1).sum()
        described = self._gather([*self.features(fake), *real_features], share)
        groups = len(real_features)
        distance = ENERGY_WEIGHT * energy_distance(described[:groups], described[groups:])
        self.generator.zero_grad()
        torch.autograd.backward(adversarial + distance)
        self.critic.requires_grad_(True)
        (adversarial,) = self._add_up(self.generator, [adversarial.detach()])
        norm = torch.nn.utils.clip_grad_norm_(self.generator.parameters(), LARGEST_GRADIENT)
        self.generator_optimizer.step()
        self._update_average()
        self.generator_step += 1
        return GeneratorStats(adversarial + distance.detach(), norm)

    def _augment(self, clips: Tensor, purpose: str, step: int, share: Share) -> Tensor:
        """Clips `(batch, 1, time)` as the critic sees them; the energy distance gets them unchanged."""
        return augment(clips, self._augmentation(purpose, step, share))

    def _starts(self, purpose: str, step: int) -> list[float]:
        """Where each critic's half of the clips begins."""
        starts: list[float] = torch.rand(len(VIEWS), generator=self._random(purpose, step)).tolist()
        return starts


def gradient_penalty(critic: EngineCritic, views: list[Tensor], share: Share) -> Tensor:
    """Mean square length of the critics' gradients at some of the clips (R1, R2), a scalar with a graph.

    Of a share of the batch, its part of that mean.
    """
    chosen, weight = share.every(PENALTY_SHARE)
    if not weight:  # others have them all
        return torch.zeros((), device=views[0].device, requires_grad=True)
    points = [view[chosen].requires_grad_() for view in views]
    scores = critic.scores(points)
    gradients = torch.autograd.grad(scores.sum(), points, create_graph=True)
    return weight * torch.stack([gradient.square().sum((1, 2)).mean() for gradient in gradients]).sum()
