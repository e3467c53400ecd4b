"""The engine model in training: the steps of `relativistic.py`, of clips alone."""

from collections.abc import Sequence

import torch
from torch import Tensor

from wavegan_src.config_schema import Config
from wavegan_src.data.batch import Batch
from wavegan_src.models.augmentation import augment
from wavegan_src.models.engine import clip_statistics
from wavegan_src.models.engine.critics import VIEWS, EngineCritic
from wavegan_src.models.engine.energy_distance import Features
from wavegan_src.models.engine.generator import EngineGenerator
from wavegan_src.models.engine.relativistic import Drawn, RelativisticGAN, gradient_penalty
from wavegan_src.models.gan import seeded_weights
from wavegan_src.utils.processes.group import Share


class EngineGAN(RelativisticGAN[EngineGenerator, EngineCritic, Tensor]):
    """The engine model's networks under a relativistic loss."""

    views_of_a_clip = len(VIEWS)

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

    def draw(self, purpose: str, step: int, batch: Batch) -> Drawn:
        """See `RelativisticGAN.draw`; conditions are not heard."""
        clips: Tensor = self.generator(self._latents(purpose, step, batch.share))
        return Drawn(clips, batch.condition, clips.new_zeros(()))

    def views(
        self, clips: Tensor, condition: Tensor | None, starts: list[float], purpose: str, step: int, share: Share
    ) -> list[Tensor]:
        """See `RelativisticGAN.views`; the energy distance gets the clips unchanged."""
        return self.critic.views(augment(clips, self._augmentation(purpose, step, share)), starts)

    def scores(self, views: Sequence[Tensor]) -> Tensor:
        """See `RelativisticGAN.scores`."""
        return self.critic.scores(views)

    def penalty(self, views: list[Tensor], share: Share) -> Tensor:
        """See `RelativisticGAN.penalty`."""
        return spectrogram_penalty(self.critic, views, share)

    def described(self, clips: Tensor, condition: Tensor | None) -> list[Tensor]:
        """See `RelativisticGAN.described`."""
        groups: list[Tensor] = self.features(clips)
        return groups


def spectrogram_penalty(critic: EngineCritic, views: list[Tensor], share: Share) -> Tensor:
    """`gradient_penalty` at spectrograms."""
    return gradient_penalty(critic.scores, views, share, lambda view, clips: view[clips], lambda view: view)
