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
        step, real, course = self.iteration, batch.clips, batch.condition
        with self.stopwatch("forward"), torch.no_grad():
            starts = self._starts("critic views", step)
            fake = self.generator(self._latents("critic latents", step, len(real)), condition=course)
            real_views = self.views(real, course, starts, "real augmentation", step)
            fake_views = self.views(fake, course, starts, "fake augmentation", step)
        with self.stopwatch("forward"):
            real_scores, fake_scores = self.critic.scores(real_views), self.critic.scores(fake_views)
            loss = F.softplus(fake_scores - real_scores).mean(1).sum()
        self.critic.zero_grad()
        with self.stopwatch("backward"):
            torch.autograd.backward(loss)
        with self.stopwatch("penalty"):
            penalty = 0.5 * (gradient_penalty(self.critic, real_views) + gradient_penalty(self.critic, fake_views))
            torch.autograd.backward(self.config.training.gp_weight * penalty)
        with self.stopwatch("optimiser"):
            norm = gradient_norm(self.critic)
            self.critic_optimizer.step()
        self.iteration += 1
        real_score, fake_score = real_scores.detach().sum(0).mean(), fake_scores.detach().sum(0).mean()
        return CriticStats(loss.detach(), real_score - fake_score, penalty.detach(), real_score, fake_score, norm)

    def step_generator(self, batch: Batch) -> GeneratorStats:
        """See `GAN.step_generator`; the generated clips are compared with the batch's real ones."""
        step, real, course = self.generator_step, batch.clips, batch.condition
        starts = self._starts("generator views", step)
        with torch.no_grad():
            real_scores = self.critic.scores(self.views(real, course, starts, "generator's real augmentation", step))
            real_features = self._features(real, course)
        self.critic.requires_grad_(False)  # its weight gradients would be computed and thrown away
        fake = self.generator(self._latents("generator latents", step, len(batch)), condition=course)
        fake_scores = self.critic.scores(self.views(fake, course, starts, "generator augmentation", step))
        adversarial = F.softplus(real_scores - fake_scores).mean(1).sum()
        energy = energy_distance(self._features(fake, course), real_features)
        loss = ADVERSARIAL_WEIGHT * adversarial + ENERGY_WEIGHT * energy
        self.generator.zero_grad()
        torch.autograd.backward(loss)
        self.critic.requires_grad_(True)
        norm = torch.nn.utils.clip_grad_norm_(self.generator.parameters(), LARGEST_GRADIENT)
        self.generator_optimizer.step()
        self._update_average()
        self.generator_step += 1
        return GeneratorStats(loss.detach(), norm)

    def views(
        self, clips: Tensor, condition: Tensor | None, starts: list[float], purpose: str, step: int
    ) -> list[Seen]:
        """Clips `(batch, 1, time)` as the critic sees them: augmented, if the run augments, and so their course."""
        augmentation = self._augmentation(purpose, step, len(clips))
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


def gradient_penalty(critic: DriveCritic, views: list[Seen]) -> Tensor:
    """Mean square length of the critics' gradients at some of the clips (R1, R2), a scalar with a graph."""
    points = [
        Seen(spectrogram[::PENALTY_SHARE].requires_grad_(), condition[::PENALTY_SHARE])
        for spectrogram, condition in views
    ]
    scores = critic.scores(points)
    gradients = torch.autograd.grad(scores.sum(), [point.spectrogram for point in points], create_graph=True)
    return torch.stack([gradient.square().sum((1, 2)).mean() for gradient in gradients]).sum()
