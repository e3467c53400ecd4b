"""The small WGAN of the golden trace, batches for it, and some steps of any model."""

import copy
from typing import Any

import torch
from torch import Tensor

from wavegan_src.config_loader import validate
from wavegan_src.config_schema import Config
from wavegan_src.data.batch import Batch
from wavegan_src.models.gan import AnyGAN

GOLDEN_CONFIG = {
    "model": {"latent_dim": 4, "model_dim": 2},
    "training": {"seed": 11, "n_critic": 3, "learning_rate": 0.001},
    "audio": {"sample_rate": 8192, "audio_length_seconds": 0.5, "audio_length_samples": 4096},
}
CPU = torch.device("cpu")


def real_batch(step: int, batch: int = 4) -> Tensor:
    """Decaying pulses, different at every step."""
    time = torch.arange(4096) / 8192
    rates = 30 + 7 * torch.arange(batch)[:, None] + step
    return (torch.exp(-6 * ((time * rates) % 1)) * torch.sin(2 * torch.pi * 400 * time))[:, None]


def advance(gan: AnyGAN, steps: int) -> None:
    """Some steps, whatever the architecture."""
    for _ in range(steps):
        batch = Batch(real_batch(gan.iteration))
        gan.step_critic(batch)
        if gan.generator_due():
            gan.step_generator(batch)


def autograd_config(model: dict[str, Any] | None = None, **training: Any) -> Config:
    """The golden trace's configuration with gradients by autograd, and other values where given."""
    values: dict[str, Any] = copy.deepcopy(GOLDEN_CONFIG)
    values["model"] |= model or {}
    values["training"] |= {"backend": "autograd", **training}
    return validate(values, "test")
