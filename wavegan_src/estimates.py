"""What a run will take, computed before it starts: parameters, memory, disk and steps (`--dry-run`)."""

from dataclasses import dataclass

import torch

from wavegan_src.config_schema import Config
from wavegan_src.devices import choose_device
from wavegan_src.discriminator import Discriminator
from wavegan_src.generator import Generator
from wavegan_src.network_geometry import STRIDE, base_length, channels
from wavegan_src.wgan import by_hand_written_passes

FLOAT_BYTES = 4
# A checkpoint holds the same without gradients.
CRITIC_SAVED = 3
GENERATOR_SAVED = 4
KEPT_FILES = 4  # two rolling ones, the best, the final one; one more while a file is being replaced


@dataclass(frozen=True)
class Footprint:
    """Memory of one way to compute gradients, fitted to the peak of whole iterations on a CPU (PyTorch 2.13).

    passes: activations of a critic step for one clip, in forward passes through the network.
    critic_copies, generator_copies: of each parameter: weight, Adam's two moments, and gradient where it is kept; the
    generator's average is one more. shared_gradient: both networks' gradients take turns in the memory of one.
    workspace_share, workspace_bytes: copies of weights in the kernels' own layouts, as a share of all the copies, and
    what the libraries take.
    """

    passes: float
    critic_copies: int
    generator_copies: int
    shared_gradient: bool
    workspace_share: float
    workspace_bytes: int


# d = 16, 32, 64, batches of 8 to 32: within 5 %.
HAND_WRITTEN = Footprint(7.2, 3, 4, True, workspace_share=0.1, workspace_bytes=120 * 2**20)
# d = 8, 16, 32, batches of 8 to 64: within 10 %.
AUTOGRAD = Footprint(15.0, 4, 5, False, workspace_share=0.6, workspace_bytes=60 * 2**20)


@dataclass(frozen=True)
class Estimate:
    """Figures of a planned run, in bytes and counts."""

    generator_parameters: int
    critic_parameters: int
    state_bytes: int  # networks, gradients, moments
    activation_bytes: int  # of the most demanding step, and the kernels' workspace
    checkpoint_bytes: int  # one file
    sample_bytes: int  # all clips of all checkpoints
    iterations: int  # critic steps
    generator_steps: int

    @property
    def memory_bytes(self) -> int:
        """Memory of the training itself, without PyTorch's own few hundred MB."""
        return self.state_bytes + self.activation_bytes

    @property
    def disk_bytes(self) -> int:
        """Disk space of the output folder at the end, with room to replace a file."""
        return (KEPT_FILES + 1) * self.checkpoint_bytes + self.sample_bytes


def estimate(config: Config, training_clips: int) -> Estimate:
    """Compute what a run with that many training clips will take.

    Raises:
        UserError: this machine has no such device as `training.device`.
    """
    generator, critic = parameter_counts(config)
    batch = min(config.training.batch_size, training_clips)
    epochs = config.training.epochs
    iterations = -(-epochs * training_clips // batch) if batch else 0
    checkpoints = epochs // config.output.checkpoint_interval_epochs + 2
    footprint = HAND_WRITTEN if by_hand_written_passes(config, choose_device(config.training.device)) else AUTOGRAD
    copies = footprint.critic_copies * critic + footprint.generator_copies * generator
    state = FLOAT_BYTES * (copies + footprint.shared_gradient * max(critic, generator))
    at_once = min(batch, config.training.micro_batch_size or batch)
    workspace = int(footprint.workspace_share * state) + footprint.workspace_bytes
    clip_bytes = 2 * config.audio.audio_length_samples
    return Estimate(
        generator_parameters=generator,
        critic_parameters=critic,
        state_bytes=state,
        activation_bytes=int(at_once * footprint.passes * activation_bytes_per_clip(config)) + workspace,
        checkpoint_bytes=FLOAT_BYTES * (CRITIC_SAVED * critic + GENERATOR_SAVED * generator),
        sample_bytes=(checkpoints + 1) * config.output.sample_count * clip_bytes,
        iterations=iterations,
        generator_steps=iterations // config.training.n_critic,
    )


def parameter_counts(config: Config) -> tuple[int, int]:
    """Parameters of (generator, critic), counted on networks without storage."""
    with torch.device("meta"):
        generator = Generator(config.model, config.audio.audio_length_samples)
        critic = Discriminator(config.model, config.audio.audio_length_samples)
    return _count(generator), _count(critic)


def activation_bytes_per_clip(config: Config) -> int:
    """Activations of one forward pass of one clip through either network."""
    base = base_length(config.audio.audio_length_samples)
    layers = channels(config.model.model_dim)
    forward: int = sum(width * base * STRIDE**index for index, width in enumerate(layers))
    return FLOAT_BYTES * forward


def _count(network: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())
