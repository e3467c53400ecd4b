"""Some steps of every architecture in float64, with a share of each batch, to compare numbers of processes."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import numpy as np
import torch
from numpy.typing import NDArray

from wavegan_src.config_loader import validate
from wavegan_src.data.batch import CONDITIONS, LOAD, SPEED, Batch
from wavegan_src.models import gradient_sums
from wavegan_src.models.gan import AnyGAN
from wavegan_src.models.registry import build_gan
from wavegan_src.utils.processes.group import ALONE, Group
from wavegan_src.utils.processes.ranks import joined
from wavegan_src.utils.processes.torchrun import launch

CPU = torch.device("cpu")
CLIPS = 6  # that 4 processes cannot share evenly
STEPS = 4
SAMPLES = 4096
_AUDIO = {"sample_rate": SAMPLES, "audio_length_seconds": 1.0, "audio_length_samples": SAMPLES}
_ENGINE = {"latent_dim": 8, "model_dim": 2}
_AUGMENTED = {"augmentation": "fixed", "augmentation_strength": 0.5}
MODELS: dict[str, dict[str, Any]] = {
    "by hand": {"model": {"latent_dim": 4, "model_dim": 1}, "training": _AUGMENTED},
    "autograd": {
        "model": {"latent_dim": 4, "model_dim": 1},
        "training": {"backend": "autograd", "micro_batch_size": 1},
    },
    "spectral norm": {"model": {"latent_dim": 4, "model_dim": 1, "spectral_norm": True}, "training": {}},
    "engine": {"model": {"architecture": "engine", **_ENGINE}, "training": _AUGMENTED},
    "drive": {"model": {"architecture": "drive", **_ENGINE}, "training": _AUGMENTED},
}

Steps = dict[str, list[NDArray[np.float64]]]
"""By model: the figures of every step, and then all weights in one row."""


def steps_of_all() -> Steps:
    """What this process, one of those that its environment says, computes."""
    with joined(launch(), CPU) as group, _float64(), mock.patch.object(gradient_sums, "PIECE_BYTES", 64):
        return {name: _steps(name, group) for name in MODELS}


def _steps(name: str, group: Group) -> list[NDArray[np.float64]]:
    gan = _gan(name)
    gan.group = group
    gan.share_weights()
    found = []
    for step in range(STEPS):
        batch = _batch(step, group)
        found.append(torch.stack(list(gan.step_critic(batch))))
        if gan.generator_due():
            found.append(torch.stack(list(gan.step_generator(batch))))
    networks = (gan.generator, gan.critic, gan.ema_generator)
    weights = [tensor.detach().double().flatten() for network in networks for tensor in network.state_dict().values()]
    return [values.numpy() for values in (*found, torch.cat(weights))]


def _gan(name: str) -> AnyGAN:
    values = MODELS[name]
    training = {"n_critic": 2, "seed": 3} | values["training"]
    gan = build_gan(validate({**values, "training": training, "audio": _AUDIO}, "test"), CPU)
    for network in (gan.generator, gan.critic, gan.ema_generator, getattr(gan, "features", None)):
        if network is not None:
            network.double()
    return gan


def _batch(step: int, group: Group) -> Batch:
    """This process's share of clips that differ at every step, with courses that only the drive model reads."""
    random = torch.Generator().manual_seed(step)
    clips = 0.3 * torch.randn(CLIPS, 1, SAMPLES, generator=random)
    condition = torch.ones(CLIPS, CONDITIONS, 9)
    condition[:, SPEED] = 3 + torch.rand(CLIPS, 1, generator=random)
    condition[:, LOAD] = torch.rand(CLIPS, 1, generator=random)
    condition[1] = 0  # of one nothing is known
    share = group.share(CLIPS)
    return Batch(clips[share.rows], condition[share.rows], share)


@contextmanager
def _float64() -> Iterator[None]:
    """Draw and compute in float64, in which rounding does not hide a wrong sum."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def alone() -> Steps:
    """What a single process computes."""
    with _float64():
        return {name: _steps(name, ALONE) for name in MODELS}
