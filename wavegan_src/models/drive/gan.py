"""Training of the drive model: the engine model's losses and one of texture, for clips of the same course.

Each generated clip follows the course of the real clip it is compared with, so that a critic cannot tell them by their
speed, only by what they make of it. The energy distance leads: critics of full weight leave traces of their own, by
which classifiers tell the sound.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from wavegan_src.config_schema import Config
from wavegan_src.data.batch import LOAD, SPEED, SPEED_KNOWN, Batch
from wavegan_src.models.augmentation import augment
from wavegan_src.models.drive import statistics
from wavegan_src.models.drive.course import middle, middle_start, turned
from wavegan_src.models.drive.critics import PLAIN, DriveCritic, Seen
from wavegan_src.models.drive.generator import DriveGenerator
from wavegan_src.models.drive.texture import Texture
from wavegan_src.models.engine.clip_statistics import average_spectra
from wavegan_src.models.engine.energy_distance import Features
from wavegan_src.models.engine.relativistic import RelativisticGAN, gradient_penalty
from wavegan_src.models.gan import seeded_weights
from wavegan_src.utils.processes.group import Share

ADVERSARIAL_WEIGHT = 0.1  # more leaves the critics' traces in the sound; judges hear them
CALIBRATED_ON = 64  # clips
COURSE_WEIGHT = 0.5  # of the course beside each group of features in the energy distance


class DriveGAN(RelativisticGAN[DriveGenerator, DriveCritic, Seen]):
    """The drive model's networks under a relativistic loss."""

    adversarial_weight = ADVERSARIAL_WEIGHT
    views_of_a_clip = len(PLAIN) + 1

    def __init__(self, config: Config, device: torch.device):
        audio = config.audio
        with seeded_weights(config.training.seed):
            generator = DriveGenerator(config.model, audio).to(device)
            critic = DriveCritic(audio.sample_rate).to(device)
        super().__init__(config, device, generator, critic)
        time = audio.audio_length_samples
        self.features = Features(audio.sample_rate, time - 2 * middle_start(time)).to(device)
        self.texture = Texture(audio.sample_rate).to(device)

    def initialize_from(self, batch: Batch) -> None:
        """Start the generator from statistics of the training clips, and bring its own sound to their mean spectrum."""
        found = statistics.measure(batch, self.config.audio.sample_rate, self.generator.components)
        self.generator.initialize_from(found)
        self._calibrate(batch)
        self.ema_generator.load_state_dict(self.generator.state_dict())

    @torch.no_grad()
    def _calibrate(self, batch: Batch) -> None:
        """Take from the filter's spectrum what pulses and noise have of their own, as smooth as a learnt correction."""
        generator, rate = self.generator, self.config.audio.sample_rate
        here, gains = generator.mean_spectrum, generator.tone_gains
        chosen = torch.linspace(0, len(batch) - 1, min(CALIBRATED_ON, len(batch))).round().long()
        random = torch.Generator().manual_seed(len(chosen))
        latents = torch.split(torch.randn(len(chosen), generator.latent_dim, generator=random).to(here), 1)
        asked = [None] * len(chosen) if batch.condition is None else torch.split(batch.condition[chosen].to(here), 1)
        own = [generator(z, condition=course)[:, 0] for z, course in zip(latents, asked, strict=True)]
        real, ours = (middle(clips, None)[0] for clips in (batch.clips[chosen, 0], torch.cat(own).float().cpu()))
        missing = average_spectra(real, rate) - average_spectra(ours, rate)
        here += missing.mean(0).to(here) @ gains.T / gains.sum(1) @ gains

    def generate(self, latents: Tensor, condition: Tensor | None) -> Tensor:
        """See `RelativisticGAN.generate`; the clips follow the conditions."""
        clips: Tensor = self.generator(latents, condition=condition)
        return clips

    def heard(self, clips: Tensor) -> Tensor:
        """See `GAN.heard`."""
        return middle(clips, None)[0]

    def views(
        self, clips: Tensor, condition: Tensor | None, starts: list[float], purpose: str, step: int, share: Share
    ) -> list[Seen]:
        """What the critic sees of clips `(batch, 1, time)` and their course: the middle, as the run augments it."""
        clips, condition = middle(clips, condition)
        augmentation = self._augmentation(purpose, step, share, clips.shape[-1])
        if augmentation is not None and condition is not None:
            condition = turned(condition, augmentation.shift / clips.shape[-1])
        return self.critic.views(augment(clips, augmentation), condition, starts)

    def scores(self, views: Sequence[Seen]) -> Tensor:
        """See `RelativisticGAN.scores`."""
        return self.critic.scores(views)

    def penalty(self, views: list[Seen], share: Share) -> Tensor:
        """See `RelativisticGAN.penalty`."""
        return spectrogram_penalty(self.critic, views, share)

    def described(self, clips: Tensor, condition: Tensor | None) -> list[Tensor]:
        """See `RelativisticGAN.described`; of the clips' middle, beside its course, so that joint laws are compared."""
        clips, condition = middle(clips, condition)
        groups: list[Tensor] = [*self.features(clips), *self.texture(clips)]
        if condition is None:
            return groups
        speed = (condition[:, SPEED] - self.generator.scale[0]) / self.generator.scale[1] * condition[:, SPEED_KNOWN]
        course = torch.stack([speed.mean(1), condition[:, LOAD].mean(1)], 1)
        return [torch.cat([group, COURSE_WEIGHT * group.shape[1] ** 0.5 * course], 1) for group in groups]


def spectrogram_penalty(critic: DriveCritic, views: list[Seen], share: Share) -> Tensor:
    """`gradient_penalty` at spectrograms, whatever the course."""

    def choose(view: Seen, clips: slice) -> Seen:
        return Seen(view.spectrogram[clips], view.condition[clips])

    return gradient_penalty(critic.scores, views, share, choose, lambda view: view.spectrogram)
