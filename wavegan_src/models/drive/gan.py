"""Training of the drive model: the engine model's losses and one of texture, for clips of the same course.

Each generated clip follows the course of the real clip it is compared with, so that a critic cannot tell them by their
speed, only by what they make of it. The energy distance leads: critics of full weight leave traces of their own, by
which classifiers tell the sound.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from wavegan_src.config_schema import Config
from wavegan_src.data.batch import LOAD, SPEED, SPEED_KNOWN, Batch
from wavegan_src.models.augmentation import augment
from wavegan_src.models.drive import statistics
from wavegan_src.models.drive.course import turned
from wavegan_src.models.drive.critics import PLAIN, DriveCritic, Seen
from wavegan_src.models.drive.generator import DriveGenerator
from wavegan_src.models.drive.texture import Texture
from wavegan_src.models.engine.energy_distance import Features, energy_distance
from wavegan_src.models.engine.gan import ENERGY_WEIGHT, LARGEST_GRADIENT, MEASURED_CLIPS, PENALTY_SHARE
from wavegan_src.models.gan import GAN, CriticStats, GeneratorStats, gradient_norm, seeded_weights
from wavegan_src.utils.processes.group import Share

ADVERSARIAL_WEIGHT = 0.1  # more leaves the critics' traces in the sound; judges hear them
COURSE_WEIGHT = 0.5  # of the course beside each group of features in the energy distance


class DriveGAN(GAN[DriveGenerator, DriveCritic]):
    """The drive model's networks under a relativistic loss."""

    clips_wanted = MEASURED_CLIPS

    def __init__(self, config: Config, device: torch.device):
        audio = config.audio
        with seeded_weights(config.training.seed):
            generator = DriveGenerator(config.model, audio).to(device)
            critic = DriveCritic(audio.sample_rate).to(device)
        super().__init__(config, device, generator, critic)
        self.features = Features(audio.sample_rate, audio.audio_length_samples).to(device)
        self.texture = Texture(audio.sample_rate).to(device)

    def initialize_from(self, batch: Batch) -> None:
        """Start the generator from statistics of the training clips."""
        found = statistics.measure(batch, self.config.audio.sample_rate, self.generator.components)
        for generator in (self.generator, self.ema_generator):
            generator.initialize_from(found)

    def step_critic(self, batch: Batch) -> CriticStats:
        """See `GAN.step_critic`."""
        step, real, course, share = self.iteration, batch.clips, batch.condition, batch.share
        with self.stopwatch("forward"), torch.no_grad():
            starts = self._starts("critic views", step)
            fake = self.generator(self._latents("critic latents", step, share), condition=course)
            real_views = self.views(real, course, starts, "real augmentation", step, share)
            fake_views = self.views(fake, course, starts, "fake augmentation", step, share)
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
        step, real, course, share = self.generator_step, batch.clips, batch.condition, batch.share
        starts = self._starts("generator views", step)
        with torch.no_grad():
            shown = self.views(real, course, starts, "generator's real augmentation", step, share)
            real_scores = self.critic.scores(shown)
            real_features = self._features(real, course)
        self.critic.requires_grad_(False)  # its weight gradients would be computed and thrown away
        fake = self.generator(self._latents("generator latents", step, share), condition=course)
        fake_scores = self.critic.scores(self.views(fake, course, starts, "generator augmentation", step, share))
        mean = F.softplus(real_scores - fake_scores).mean(1).sum()
        adversarial = share.weight * (ADVERSARIAL_WEIGHT * mean)
        described = self._gather([*self._features(fake, course), *real_features], share)
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

    def views(
        self, clips: Tensor, condition: Tensor | None, starts: list[float], purpose: str, step: int, share: Share
    ) -> list[Seen]:
        """Clips `(batch, 1, time)` as the critic sees them: augmented, if the run augments, and so their course."""
        augmentation = self._augmentation(purpose, step, share)
        if augmentation is not None and condition is not None:
            condition = turned(condition, augmentation.shift / clips.shape[-1])
        return self.critic.views(augment(clips, augmentation), condition, starts)

    def _features(self, clips: Tensor, condition: Tensor | None) -> list[Tensor]:
        """Groups of features of clips, each beside the clip's course, so that the distance is between joint laws."""
        groups: list[Tensor] = [*self.features(clips), *self.texture(clips)]
        if condition is None:
            return groups
        speed = (condition[:, SPEED] - self.generator.scale[0]) / self.generator.scale[1] * condition[:, SPEED_KNOWN]
        course = torch.stack([speed.mean(1), condition[:, LOAD].mean(1)], 1)
        return [torch.cat([group, COURSE_WEIGHT * group.shape[1] ** 0.5 * course], 1) for group in groups]

    def _starts(self, purpose: str, step: int) -> list[float]:
        """Where each critic's half of the clips begins."""
        starts: list[float] = torch.rand(len(PLAIN) + 1, generator=self._random(purpose, step)).tolist()
        return starts


def gradient_penalty(critic: DriveCritic, views: list[Seen], share: Share) -> Tensor:
    """Mean square length of the critics' gradients at some of the clips (R1, R2), a scalar with a graph."""
    chosen, weight = share.every(PENALTY_SHARE)
    if not weight:  # others have them all
        return torch.zeros((), device=views[0].spectrogram.device, requires_grad=True)
    points = [Seen(spectrogram[chosen].requires_grad_(), condition[chosen]) for spectrogram, condition in views]
    scores = critic.scores(points)
    gradients = torch.autograd.grad(scores.sum(), [point.spectrogram for point in points], create_graph=True)
    return weight * torch.stack([gradient.square().sum((1, 2)).mean() for gradient in gradients]).sum()
