"""The factories of the engine model, for `models.registry`."""

import torch
from torch import nn

from wavegan_src.config_schema import AudioConfig, Config, ModelConfig
from wavegan_src.models.engine.critics import EngineCritic
from wavegan_src.models.engine.gan import EngineGAN
from wavegan_src.models.engine.generator import EngineGenerator
from wavegan_src.models.registry import Entry

# Fitted to the peak memory of its steps on a CPU, batches of 4 to 32, 22050 and 44100 Hz, within 15 %: for each sample
# of a clip, and what the libraries take.
SAMPLE_BYTES = 700
WORKSPACE_BYTES = 120 * 2**20


def _critic(model: ModelConfig, audio: AudioConfig) -> nn.Module:
    del model  # its size is given
    return EngineCritic(audio.sample_rate)


def _activation_bytes(config: Config, clips: int, state_bytes: int, device: torch.device) -> int:
    del state_bytes, device
    return clips * SAMPLE_BYTES * config.audio.audio_length_samples + WORKSPACE_BYTES


ENTRY = Entry(
    generator=EngineGenerator,
    critic=_critic,
    gan=EngineGAN,
    activation_bytes=_activation_bytes,
    meta=False,  # its initial weights take next to no time
)
