"""A generator and a critic in training, whatever the architecture: what steps change and checkpoints hold.

`wavegan/wgan.py` and `engine/relativistic.py` define the steps; `training.py` decides when to step, log and save.
"""

import copy
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Generic, NamedTuple, TypeVar

import torch
from torch import Tensor, nn

from wavegan_src.config_schema import Config
from wavegan_src.data.batch import Batch
from wavegan_src.models.augmentation import Augmentation, draw_augmentation, first_strength
from wavegan_src.models.gradient_sums import GradientSums
from wavegan_src.models.wavegan.fast.kernels import PYTORCH
from wavegan_src.utils.device import upload
from wavegan_src.utils.processes.group import ALONE, Group, Share
from wavegan_src.utils.random import draw_latents, keyed_generator
from wavegan_src.utils.stopwatch import OFF, Timer

G = TypeVar("G", bound=nn.Module)
C = TypeVar("C", bound=nn.Module)


class CriticStats(NamedTuple):
    """Figures of one critic step, scalars on the device (reading them synchronises with a GPU)."""

    critic_loss: Tensor
    wasserstein_estimate: Tensor
    gradient_penalty: Tensor
    real_score: Tensor
    fake_score: Tensor
    critic_grad_norm: Tensor


class GeneratorStats(NamedTuple):
    """Figures of one generator step, scalars on the device."""

    generator_loss: Tensor
    generator_grad_norm: Tensor


class GAN(ABC, Generic[G, C]):
    """Networks, the generator's running average, optimisers and counters of a run.

    Args:
        config: the run's configuration.
        device: where the networks live.
        generator: untrained, built inside `seeded_weights`, in its final memory layout.
        critic: the same.

    Attributes:
        iteration: critic steps so far, each on a new batch of real clips.
        generator_step: generator steps so far, one after every `n_critic` critic steps.
        augmentation_strength: for the next steps; 0 shows the critic unchanged clips.
        notes: messages for the user about how the steps are computed.
        stopwatch: times the parts "forward", "penalty", "backward" and "optimiser" of a critic step; off by default.
        clips_wanted: number of training clips that `initialize_from` needs.
        kernels: name of the convolution kernels in use; results of different ones agree only to rounding.
        group: the processes that train together. A step's batch is this process's share; what is drawn for a step is
            drawn for the whole batch, and sums over it are added up over the processes before weights change.
    """

    group: Group = ALONE
    stopwatch: Timer = OFF
    kernels: str = PYTORCH
    clips_wanted: int = 0

    def __init__(self, config: Config, device: torch.device, generator: G, critic: C):
        self.config = config
        self.device = device
        self.iteration = 0
        self.generator_step = 0
        self.augmentation_strength = first_strength(config.training)
        self.notes: list[str] = []
        self.generator = generator
        self.critic = critic
        self.ema_generator = copy.deepcopy(generator).requires_grad_(False)
        self.generator_optimizer = self._adam(generator)
        self.critic_optimizer = self._adam(critic)

    @abstractmethod
    def initialize_from(self, batch: Batch) -> None:
        """Adapt the untrained networks to training clips, as many as `clips_wanted`."""

    def heard(self, clips: Tensor) -> Tensor:
        """What the critic is trained on of clips `(batch, 1, time)`: all of them, unless a model leaves some out."""
        return clips

    @abstractmethod
    def step_critic(self, batch: Batch) -> CriticStats:
        """Train the critic for one step, on a batch of real clips and as many newly generated ones.

        The figures are those of the whole batch.
        """

    @abstractmethod
    def step_generator(self, batch: Batch) -> GeneratorStats:
        """Train the generator for one step, on as many new latents as the batch has clips; update its average.

        Args:
            batch: the one of the last critic step; a loss may compare generated clips with its real ones.
        """

    def generator_due(self) -> bool:
        """Whether the critic has had its `n_critic` steps and the generator is next."""
        return self.iteration // self.config.training.n_critic > self.generator_step

    def share_weights(self) -> None:
        """Give every process the first one's weights and moments, so that rounding cannot part them."""
        if self.group.size == 1:
            return
        networks = (self.generator, self.critic, self.ema_generator)
        tensors = [tensor for network in networks for tensor in (*network.parameters(), *network.buffers())]
        for optimizer in (self.generator_optimizer, self.critic_optimizer):
            states = [optimizer.state[p] for group in optimizer.param_groups for p in group["params"]]
            tensors += [value for state in states for value in state.values()]
        with torch.no_grad():
            self.group.copy_from_first(tensors)

    def learning_rates(self) -> tuple[float, float]:
        """Current learning rates (generator, critic)."""
        return self.generator_optimizer.param_groups[0]["lr"], self.critic_optimizer.param_groups[0]["lr"]

    def state_dict(self) -> dict[str, Any]:
        """Everything that `load_state_dict` needs to continue as if never interrupted, named as in `RunState`."""
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
        """Restore what `state_dict` returned; other keys are ignored."""
        self.generator.load_state_dict(state["generator"])
        self.ema_generator.load_state_dict(state["generator_ema"])
        self.critic.load_state_dict(state["discriminator"])
        self.generator_optimizer.load_state_dict(state["generator_optimizer"])
        self.critic_optimizer.load_state_dict(state["discriminator_optimizer"])
        self.iteration = state["iteration"]
        self.generator_step = state["generator_step"]

    def _adam(self, network: nn.Module) -> torch.optim.Adam:
        training = self.config.training
        betas = (training.adam_beta1, training.adam_beta2)
        fused = self.device.type in ("cpu", "cuda")
        return torch.optim.Adam(network.parameters(), lr=training.learning_rate, betas=betas, fused=fused)

    @torch.no_grad()  # else the average would become part of a graph that grows with every step
    def _update_average(self) -> None:
        """Move the averaged generator a little towards the trained one."""
        decay = decay_of_average(self.config.training.ema_decay, self.generator_step)
        averaged: list[Tensor] = list(self.ema_generator.parameters())
        trained: list[Tensor] = list(self.generator.parameters())
        torch._foreach_lerp_(averaged, trained, 1 - decay)

    def _sums(self, parameters: Iterable[nn.Parameter]) -> GradientSums:
        """The sums of a step's gradients and figures over the processes."""
        return GradientSums(self.group, list(parameters), self.stopwatch)

    def _gather(self, groups: Sequence[Tensor], share: Share) -> list[Tensor]:
        """Numbers of each clip, `(clips, numbers)`, of the whole batch's clips, in one exchange; see `Group.gather`."""
        if self.group.size == 1:
            return list(groups)
        with self.stopwatch("all_reduce"):
            every = self.group.gather(torch.cat(list(groups), 1), share)
        return list(torch.split(every, [group.shape[1] for group in groups], 1))

    def _random(self, purpose: str, step: int) -> torch.Generator:
        return keyed_generator(self.config.training.seed, purpose, step)

    def _latents(self, purpose: str, step: int, share: Share) -> Tensor:
        """Those of this process's share, `(clips, latent_dim)`, on the device."""
        latents = draw_latents(self.config.training.seed, purpose, step, share.whole, self.config.model.latent_dim)
        return upload(latents[share.rows], self.device)

    def _augmentation(self, purpose: str, step: int, share: Share, length: int | None = None) -> Augmentation | None:
        """That of this process's share, on the device, for clips of `length` samples; None are those of the data."""
        if self.augmentation_strength == 0:
            return None
        length, random = length or self.config.audio.audio_length_samples, self._random(purpose, step)
        drawn = draw_augmentation(share.whole, length, self.augmentation_strength, random)
        return drawn.part(share.rows).to(self.device)


AnyGAN = GAN[Any, Any]
"""A GAN of any architecture, for code that needs nothing specific to one."""


@contextmanager
def seeded_weights(seed: int) -> Iterator[None]:
    """Give networks built inside initial weights that depend on the seed alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(keyed_generator(seed, "weights").initial_seed())
        yield


def decay_of_average(configured: float, step: int) -> float:
    """Decay of the generator's average at a step: it rises from 0.1 to the configured value over the first steps.

    Early on, an average over the last 1000 steps would be mostly the untrained network.
    """
    return min(configured, (1 + step) / (10 + step))


def gradient_norm(network: nn.Module) -> Tensor:
    """Euclidean norm of all of a network's gradients together, a scalar on the device."""
    return torch.nn.utils.get_total_norm([p.grad for p in network.parameters() if p.grad is not None])
