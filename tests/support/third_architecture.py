"""A third architecture, as small as one can be: a few tones mixed by a dense layer, against a critic of four levels."""

import math

import torch
from torch import Tensor, nn

from wavegan_src.architectures.spec import ArchitectureSpec, CriticTerms
from wavegan_src.config_schema import AudioConfig, Config, ModelConfig
from wavegan_src.data.batch import Batch
from wavegan_src.models.gan import GAN, CriticStats, GeneratorStats, gradient_norm, seeded_weights
from wavegan_src.models.registry import Entry

NAME = "tones"
TONES = 6
PARTS = 4


class TonesGenerator(nn.Module):
    """Tones at multiples of 110 Hz, as loud as the latent vector says."""

    def __init__(self, model: ModelConfig, audio: AudioConfig):
        super().__init__()
        self.sample_rate = audio.sample_rate
        self.audio_length = audio.audio_length_samples
        self.levels = nn.Linear(model.latent_dim, TONES)

    def forward(self, z: Tensor, time: int | None = None) -> Tensor:
        """Map `(batch, latent_dim)` to `(batch, 1, time)`."""
        samples = torch.arange(time or self.audio_length, device=z.device) / self.sample_rate
        order = torch.arange(1, TONES + 1, device=z.device)[:, None]
        tones = torch.sin(2 * math.pi * 110 * order * samples)
        return torch.tanh(self.levels(z) @ tones / TONES)[:, None]


class TonesCritic(nn.Module):
    """A dense layer on the levels of four parts of the clip."""

    def __init__(self, model: ModelConfig, audio: AudioConfig):
        super().__init__()
        del model, audio
        self.score = nn.Linear(PARTS, 1)

    def forward(self, clips: Tensor) -> Tensor:
        """Map `(batch, 1, time)` to `(batch, 1)`."""
        parts = clips[:, 0].unfold(1, clips.shape[2] // PARTS, clips.shape[2] // PARTS)
        scores: Tensor = self.score(parts.abs().mean(2))
        return scores


class TonesGAN(GAN[TonesGenerator, TonesCritic]):
    """A Wasserstein critic held by a penalty on its scores."""

    def __init__(self, config: Config, device: torch.device):
        with seeded_weights(config.training.seed):
            generator = TonesGenerator(config.model, config.audio).to(device)
            critic = TonesCritic(config.model, config.audio).to(device)
        super().__init__(config, device, generator, critic)

    def initialize_from(self, batch: Batch) -> None:
        """Nothing: weights are random."""

    def step_critic(self, batch: Batch) -> CriticStats:
        """One step of the critic."""
        with torch.no_grad():
            fake = self.generator(self._latents("critic latents", self.iteration, batch.share))
        real_score, fake_score = self.critic(batch.clips), self.critic(fake)
        penalty = (real_score.square() + fake_score.square()).mean()
        estimate = real_score.mean() - fake_score.mean()
        loss = penalty - estimate
        self.critic_optimizer.zero_grad()
        torch.autograd.backward(loss)
        norm = gradient_norm(self.critic)
        self.critic_optimizer.step()
        self.iteration += 1
        return CriticStats(
            critic_loss=loss.detach(),
            wasserstein_estimate=estimate.detach(),
            gradient_penalty=penalty.detach(),
            real_score=real_score.detach().mean(),
            fake_score=fake_score.detach().mean(),
            critic_grad_norm=norm,
        )

    def step_generator(self, batch: Batch) -> GeneratorStats:
        """One step of the generator."""
        latents = self._latents("generator latents", self.generator_step, batch.share)
        loss = -self.critic(self.generator(latents)).mean()
        self.generator_optimizer.zero_grad()
        torch.autograd.backward(loss)
        norm = gradient_norm(self.generator)
        self.generator_optimizer.step()
        self._update_average()
        self.generator_step += 1
        return GeneratorStats(loss.detach(), norm)


def _activation_bytes(config: Config, clips: int, state_bytes: int, device: torch.device) -> int:
    del state_bytes, device
    return 4 * TONES * clips * config.audio.audio_length_samples


ENTRY = Entry(generator=TonesGenerator, critic=TonesCritic, gan=TonesGAN, activation_bytes=_activation_bytes)

SPEC = ArchitectureSpec(
    name=NAME,
    title="the mixer of tones",
    description="mixes tones",
    networks=__name__,
    version=1,
    terms=CriticTerms(
        estimate="difference of levels",
        share="the difference of levels",
        estimate_about="How differently loud they are.",
        run_summary="The levels differ by {last} (at most {peak}).",
        losses_unit="",
        losses_about="",
        penalty="E[D²]",
        penalty_about="",
    ),
    estimates_distance=False,
    shortest_sound=lambda sample_rate: sample_rate // 100,
)
