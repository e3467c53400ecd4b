"""The factories of the drive model, for `models.registry`."""

import torch
from torch import nn

from wavegan_src.config_schema import AudioConfig, Config, ModelConfig
from wavegan_src.models.drive.critics import DriveCritic
from wavegan_src.models.drive.gan import DriveGAN
from wavegan_src.models.drive.generator import DriveGenerator
from wavegan_src.models.registry import Entry

SAMPLE_BYTES = 480  # measured: for each sample of a clip, and what the libraries take
WORKSPACE_BYTES = 150 * 2**20


def _critic(model: ModelConfig, audio: AudioConfig) -> nn.Module:
    del model  # its size is given
    return DriveCritic(audio.sample_rate)


def _activation_bytes(config: Config, clips: int, state_bytes: int, device: torch.device) -> int:
    del state_bytes, device
    return clips * SAMPLE_BYTES * config.audio.audio_length_samples + WORKSPACE_BYTES


ENTRY = Entry(generator=DriveGenerator, critic=_critic, gan=DriveGAN, activation_bytes=_activation_bytes, meta=False)
