"""What a run will take, computed before it starts: parameters, memory, disk and steps (`--dry-run`)."""

from dataclasses import dataclass

import torch

from wavegan_src.architectures.wavegan import STRIDE, base_length, channels
from wavegan_src.config_schema import Config
from wavegan_src.models.registry import build_networks
from wavegan_src.models.wavegan.costs import step_costs
from wavegan_src.models.wavegan.gradients import uses_manual_gradients

FLOAT_BYTES = 4
# Fitted to the peak memory of whole iterations by hand-written passes on a CPU (PyTorch 2.13 and its own kernels;
# d = 16, 32, 64, batches of 8 to 32), within 5 %: activations of a critic step for one clip, in forward passes through
# the network; copies of weights in the kernels' own layouts, as a share of all that training keeps; what the libraries
# take. Compiled kernels take a little less.
PASSES = 7.2
WORKSPACE_SHARE = 0.1
WORKSPACE_BYTES = 120 * 2**20
# Of the engine model's steps for each sample of a clip: batches of 4 to 32, 22050 and 44100 Hz, within 15 %.
ENGINE_SAMPLE_BYTES = 700
GPU_LIBRARY_BYTES = 2**30  # assumed, not measured: workspace of cuDNN and cuBLAS, and what the allocator cannot use
CPU = torch.device("cpu")
# Copies of each parameter: weight and Adam's two moments; the generator's average is one more, and so are gradients,
# which in the hand-written passes take turns in the memory of one network's.
CRITIC_COPIES = 3
GENERATOR_COPIES = 4
# A checkpoint holds the same without gradients.
CRITIC_SAVED = 3
GENERATOR_SAVED = 4
KEPT_FILES = 4  # two rolling ones, the best, the final one; one more while a file is being replaced


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


def estimate(config: Config, training_clips: int, device: torch.device = CPU) -> Estimate:
    """Compute what a run with that many training clips will take on a device."""
    generator, critic = parameter_counts(config)
    batch = min(config.training.batch_size, training_clips)
    epochs = config.training.epochs
    iterations = -(-epochs * training_clips // batch) if batch else 0
    checkpoints = epochs // config.output.checkpoint_interval_epochs + 2
    at_once = min(batch, config.training.micro_batch_size or batch)
    gradients = max(critic, generator) if uses_manual_gradients(config, device) else critic + generator
    state = FLOAT_BYTES * (CRITIC_COPIES * critic + GENERATOR_COPIES * generator + gradients)
    clip_bytes = 2 * config.audio.audio_length_samples
    return Estimate(
        generator_parameters=generator,
        critic_parameters=critic,
        state_bytes=state,
        activation_bytes=_activation_bytes(config, at_once, state, device),
        checkpoint_bytes=FLOAT_BYTES * (CRITIC_SAVED * critic + GENERATOR_SAVED * generator),
        sample_bytes=(checkpoints + 1) * config.output.sample_count * clip_bytes,
        iterations=iterations,
        generator_steps=iterations // config.training.n_critic,
    )


def parameter_counts(config: Config) -> tuple[int, int]:
    """Parameters of (generator, critic), counted on networks without storage."""
    with torch.device("meta"):
        generator, critic = build_networks(config)
    return _count(generator), _count(critic)


def activation_bytes_per_clip(config: Config) -> int:
    """Memory that one clip adds to a critic step on a CPU: PASSES times the activations of one forward pass."""
    base = base_length(config.audio.audio_length_samples)
    layers = channels(config.model.model_dim)
    forward = sum(width * base * STRIDE**index for index, width in enumerate(layers))
    return int(PASSES * FLOAT_BYTES * forward)


def _activation_bytes(config: Config, clips: int, state_bytes: int, device: torch.device) -> int:
    """Of a step that computes that many clips at once, with the kernels' workspace."""
    if config.model.architecture == "engine":
        return clips * ENGINE_SAMPLE_BYTES * config.audio.audio_length_samples + WORKSPACE_BYTES
    if uses_manual_gradients(config, device):
        return clips * activation_bytes_per_clip(config) + int(WORKSPACE_SHARE * state_bytes) + WORKSPACE_BYTES
    costs = step_costs(config)
    libraries = WORKSPACE_BYTES if device.type == "cpu" else GPU_LIBRARY_BYTES
    return clips * (costs.saved_bytes + costs.working_bytes) + costs.cast_bytes + libraries


def _count(network: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())
