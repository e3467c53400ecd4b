"""Training of the engine model: relativistic adversarial loss with zero-centred penalties, beside an energy distance.

The losses are R3GAN's (arXiv 2501.05441): each real clip is compared with a generated one, and the critic's gradient is
kept small at both. The same interface as `wgan.WGAN`, so that runs, checkpoints and reports know no difference.
"""

import copy
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from wavegan_src.augmentation import augment, draw_augmentation
from wavegan_src.augmentation_strength import first_strength
from wavegan_src.config_schema import Config
from wavegan_src.dataset import ClipDataset
from wavegan_src.devices import upload
from wavegan_src.engine_model import statistics
from wavegan_src.engine_model.critics import VIEWS, EngineCritic
from wavegan_src.engine_model.energy_distance import Features, energy_distance
from wavegan_src.engine_model.generator import EngineGenerator
from wavegan_src.fast.kernels import PYTORCH
from wavegan_src.randomness import draw_latents, keyed_generator
from wavegan_src.stopwatch import OFF, Timer
from wavegan_src.wgan import CriticStats, GeneratorStats, decay_of_average, gradient_norm

ENERGY_WEIGHT = 5.0
PENALTY_SHARE = 4  # the penalty is taken on every fourth clip: a gradient of gradients costs three of the rest
LARGEST_GRADIENT = 10.0  # of the generator's steps; the first are the longest
MEASURED_CLIPS = 256  # of the training set, for the statistics that the generator begins with


class EngineGAN:
    """Networks, optimisers and counters of a run; see `wgan.WGAN` for the attributes."""

    def __init__(self, config: Config, device: torch.device):
        self.config = config
        self.device = device
        self.iteration = 0
        self.generator_step = 0
        self.augmentation_strength = first_strength(config.training)
        self.notes: list[str] = []
        self.stopwatch: Timer = OFF
        self.kernels = PYTORCH
        audio = config.audio
        with torch.random.fork_rng(devices=[]):  # weights come from the seed alone, whatever ran before
            torch.manual_seed(keyed_generator(config.training.seed, "weights").initial_seed())
            self.generator = EngineGenerator(config.model, audio).to(device)
            self.critic = EngineCritic(audio.sample_rate).to(device)
        self.features = Features(audio.sample_rate, audio.audio_length_samples).to(device)
        self.ema_generator = copy.deepcopy(self.generator).requires_grad_(False)
        self.generator_optimizer = self._adam(self.generator)
        self.critic_optimizer = self._adam(self.critic)
        self._real: Tensor | None = None  # the batch of the critic step before, which the generator is compared with

    def meet(self, dataset: ClipDataset) -> None:
        """Start the generator from what is measured of the training clips."""
        every = max(1, len(dataset.train) // MEASURED_CLIPS)
        clips = dataset.batch(dataset.train[::every][:MEASURED_CLIPS])[:, 0]
        found = statistics.measure(clips, self.config.audio.sample_rate, self.generator.components)
        for generator in (self.generator, self.ema_generator):
            generator.begin_with(found)

    def step_critic(self, real: Tensor) -> CriticStats:
        """One step of the critic on real clips `(batch, 1, time)` against as many fresh fakes."""
        step = self.iteration
        real = _turn(real, self._random("turns", step))
        with self.stopwatch("forward"), torch.no_grad():
            starts = self._starts("critic views", step)
            fake = self.generator(self._latents("critic latents", step, len(real)))
            real_views = self.critic.views(self._augment(real, "real augmentation", step), starts)
            fake_views = self.critic.views(self._augment(fake, "fake augmentation", step), starts)
        with self.stopwatch("forward"):
            real_scores, fake_scores = self.critic.scores(real_views), self.critic.scores(fake_views)
            loss = F.softplus(fake_scores - real_scores).mean(1).sum()
        self.critic.zero_grad()
        with self.stopwatch("backward"):
            torch.autograd.backward(loss)
        with self.stopwatch("penalty"):
            penalty = 0.5 * (self._gradient_at(real_views) + self._gradient_at(fake_views))
            torch.autograd.backward(self.config.training.gp_weight * penalty)
        with self.stopwatch("optimiser"):
            norm = gradient_norm(self.critic)
            self.critic_optimizer.step()
        self.iteration += 1
        self._real = real
        real_score, fake_score = real_scores.detach().sum(0).mean(), fake_scores.detach().sum(0).mean()
        return CriticStats(loss.detach(), real_score - fake_score, penalty.detach(), real_score, fake_score, norm)

    def generator_due(self) -> bool:
        """Whether the critic has had its `n_critic` steps and the generator is next."""
        return self.iteration // self.config.training.n_critic > self.generator_step

    def step_generator(self, batch: int) -> GeneratorStats:
        """One step of the generator against the real clips of the critic step before, then of its running average."""
        if self._real is None:
            raise RuntimeError("a generator step follows a critic step")
        step, real = self.generator_step, self._real
        starts = self._starts("generator views", step)
        with torch.no_grad():
            shown = self._augment(real, "generator's real augmentation", step)
            real_scores, real_features = self.critic.scores(self.critic.views(shown, starts)), self.features(real)
        self.critic.requires_grad_(False)  # its weight gradients would be computed and thrown away
        fake = self.generator(self._latents("generator latents", step, batch))
        shown = self._augment(fake, "generator augmentation", step)
        fake_scores = self.critic.scores(self.critic.views(shown, starts))
        adversarial = F.softplus(real_scores - fake_scores).mean(1).sum()
        loss = adversarial + ENERGY_WEIGHT * energy_distance(self.features(fake), real_features)
        self.generator.zero_grad()
        torch.autograd.backward(loss)
        self.critic.requires_grad_(True)
        norm = torch.nn.utils.clip_grad_norm_(self.generator.parameters(), LARGEST_GRADIENT)
        self.generator_optimizer.step()
        self._update_average()
        self.generator_step += 1
        return GeneratorStats(loss.detach(), norm)

    def state_dict(self) -> dict[str, Any]:
        """Everything that `load_state_dict` needs to go on as if never interrupted: tensors and plain values."""
        return {
            "generator": self.generator.state_dict(),
            "generator_ema": self.ema_generator.state_dict(),
            "discriminator": self.critic.state_dict(),
            "generator_optimizer": self.generator_optimizer.state_dict(),
            "discriminator_optimizer": self.critic_optimizer.state_dict(),
            "iteration": self.iteration,
            "generator_step": self.generator_step,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned; other keys are left alone."""
        self.generator.load_state_dict(state["generator"])
        self.ema_generator.load_state_dict(state["generator_ema"])
        self.critic.load_state_dict(state["discriminator"])
        self.generator_optimizer.load_state_dict(state["generator_optimizer"])
        self.critic_optimizer.load_state_dict(state["discriminator_optimizer"])
        self.iteration = state["iteration"]
        self.generator_step = state["generator_step"]

    def learning_rates(self) -> tuple[float, float]:
        """Current step sizes (generator, critic)."""
        return self.generator_optimizer.param_groups[0]["lr"], self.critic_optimizer.param_groups[0]["lr"]

    def _gradient_at(self, views: list[Tensor]) -> Tensor:
        """Mean square length of the critics' gradients at some of the clips (R1, R2), a scalar with a graph."""
        points = [view[::PENALTY_SHARE].requires_grad_() for view in views]
        scores = self.critic.scores(points)
        gradients = torch.autograd.grad(scores.sum(), points, create_graph=True)
        return torch.stack([gradient.square().sum((1, 2)).mean() for gradient in gradients]).sum()

    def _adam(self, network: torch.nn.Module) -> torch.optim.Adam:
        training = self.config.training
        betas = (training.adam_beta1, training.adam_beta2)
        fused = self.device.type in ("cpu", "cuda")
        return torch.optim.Adam(network.parameters(), lr=training.learning_rate, betas=betas, fused=fused)

    def _random(self, purpose: str, step: int) -> torch.Generator:
        return keyed_generator(self.config.training.seed, purpose, step)

    def _latents(self, purpose: str, step: int, batch: int) -> Tensor:
        latents = draw_latents(self.config.training.seed, purpose, step, batch, self.config.model.latent_dim)
        return upload(latents, self.device)

    def _augment(self, clips: Tensor, purpose: str, step: int) -> Tensor:
        """What the critic is shown of clips `(batch, 1, time)`; the energy distance, which learns nothing, sees all."""
        if self.augmentation_strength == 0:
            return clips
        drawn = draw_augmentation(len(clips), clips.shape[-1], self.augmentation_strength, self._random(purpose, step))
        return augment(clips, drawn.to(self.device))

    def _starts(self, purpose: str, step: int) -> list[float]:
        """Where each critic's half of the clips begins."""
        starts: list[float] = torch.rand(len(VIEWS), generator=self._random(purpose, step)).tolist()
        return starts

    def _update_average(self) -> None:
        decay = decay_of_average(self.config.training.ema_decay, self.generator_step)
        averaged: list[Tensor] = list(self.ema_generator.parameters())
        trained: list[Tensor] = list(self.generator.parameters())
        torch._foreach_lerp_(averaged, trained, 1 - decay)


def _turn(clips: Tensor, random: torch.Generator) -> Tensor:
    """Clips `(batch, 1, time)`, each rolled round by a random distance: an engine sounds the same a moment later."""
    distances = torch.randint(clips.shape[-1], (len(clips),), generator=random).tolist()
    return torch.stack([torch.roll(clip, distance, -1) for clip, distance in zip(clips, distances, strict=True)])
