"""The factories of the drive model, for `models.registry`."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from wavegan_src.config_schema import AudioConfig, Config, ModelConfig
from wavegan_src.models.drive.critics import DriveCritic
from wavegan_src.models.drive.gan import DriveGAN
from wavegan_src.models.drive.generator import DriveGenerator
from wavegan_src.models.registry import Entry, fast_waveforms

SAMPLE_BYTES = 480  # measured: for each sample of a clip, and what the libraries take
WORKSPACE_BYTES = 150 * 2**20
PIECE = 16  # clips rendered at once: more leave the cache; in a multiple of 16, libraries round as in a whole batch


def _critic(model: ModelConfig, audio: AudioConfig) -> nn.Module:
    del model  # its size is given
    return DriveCritic(audio.sample_rate)


def _activation_bytes(config: Config, clips: int, state_bytes: int, device: torch.device) -> int:
    del state_bytes, device
    return clips * SAMPLE_BYTES * config.audio.audio_length_samples + WORKSPACE_BYTES


@fast_waveforms.register
def _pieces(generator: DriveGenerator) -> Callable[[Tensor], Tensor]:
    return lambda latents: torch.cat([generator(piece).squeeze(1) for piece in torch.split(latents, PIECE)])


ENTRY = Entry(generator=DriveGenerator, critic=_critic, gan=DriveGAN, activation_bytes=_activation_bytes, meta=False)
