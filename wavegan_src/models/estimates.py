"""What a run will take, computed before it starts: parameters, memory, disk and steps (`--dry-run`)."""

from dataclasses import dataclass
from functools import lru_cache

import torch

from wavegan_src.config_schema import AudioConfig, Config, ModelConfig
from wavegan_src.models.registry import build_networks, entry_of, weightless
from wavegan_src.run.budget import steps_until

FLOAT_BYTES = 4
CPU = torch.device("cpu")
# Copies of each parameter: weight and Adam's two moments; the generator's average is one more, and so are gradients,
# which in hand-written passes take turns in the memory of one network's.
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
    entry = entry_of(config.model)
    generator, critic = parameter_counts(config)
    batch = min(config.training.batch_size, training_clips)
    epochs = config.training.epochs
    iterations = steps_until(epochs, training_clips, batch) if batch else 0
    checkpoints = epochs // config.output.checkpoint_interval_epochs + 2
    at_once = min(batch, config.training.micro_batch_size or batch)
    gradients = max(critic, generator) if entry.one_gradient_at_a_time(config, device) else critic + generator
    state = FLOAT_BYTES * (CRITIC_COPIES * critic + GENERATOR_COPIES * generator + gradients)
    clip_bytes = 2 * config.audio.audio_length_samples
    return Estimate(
        generator_parameters=generator,
        critic_parameters=critic,
        state_bytes=state,
        activation_bytes=entry.activation_bytes(config, at_once, state, device),
        checkpoint_bytes=FLOAT_BYTES * (CRITIC_SAVED * critic + GENERATOR_SAVED * generator),
        sample_bytes=(checkpoints + 1) * config.output.sample_count * clip_bytes,
        iterations=iterations,
        generator_steps=iterations // config.training.n_critic,
    )


def parameter_counts(config: Config) -> tuple[int, int]:
    """Parameters of (generator, critic), counted on networks without storage where that is quicker."""
    return _counted(config.model, config.audio)


@lru_cache(maxsize=64)
def _counted(model: ModelConfig, audio: AudioConfig) -> tuple[int, int]:
    config = Config.model_construct(model=model, audio=audio)
    with weightless(config), torch.random.fork_rng(devices=[]):
        generator, critic = build_networks(config)
    return _count(generator), _count(critic)


def _count(network: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())
