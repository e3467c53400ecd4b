"""Clips of known course, and small models that can be driven or not."""

from typing import Any

import torch

from wavegan_src.config_loader import validate
from wavegan_src.data.batch import CONDITIONS, LOAD, LOAD_KNOWN, POINTS, SPEED, SPEED_KNOWN, Batch
from wavegan_src.generation.model import TrainedModel
from wavegan_src.models.drive.generator import DriveGenerator
from wavegan_src.models.registry import build_generator

RATE, TIME = 8192, 4096


def condition(speed: torch.Tensor, load: torch.Tensor | None = None) -> torch.Tensor:
    """A condition `(batch, CONDITIONS, points)` of known log2 speeds `(batch, points)` and, if given, loads."""
    found = torch.zeros(len(speed), CONDITIONS, speed.shape[1])
    found[:, SPEED], found[:, SPEED_KNOWN] = speed, 1
    if load is not None:
        found[:, LOAD], found[:, LOAD_KNOWN] = load, 1
    return found


def driven_batch(step: int, clips: int = 4) -> Batch:
    """Noisy clips, each with a ramp of the speed, and with loads; the last one's course is unknown."""
    random = torch.Generator().manual_seed(step)
    ramps = torch.linspace(3, 3.5, POINTS) + torch.rand(clips, 1, generator=random)
    course = condition(ramps, torch.rand(clips, 1, generator=random).expand(-1, POINTS))
    course[-1] = 0
    return Batch(0.2 * torch.randn(clips, 1, TIME, generator=random), course)


def small_model(values: dict[str, Any], architecture: str) -> TrainedModel:
    """A model of an architecture with conditions or without."""
    values["model"] = {"architecture": architecture, "latent_dim": 8, "model_dim": 12}
    config = validate(values, "test")
    generator = build_generator(config)
    if isinstance(generator, DriveGenerator):
        generator.speed_range.copy_(torch.tensor([3.0, 5.0]))
        generator.scale.copy_(torch.tensor([4.0, 0.5]))
        generator.mean_spectrum.data.fill_(-2.0)
    return TrainedModel(generator, config, None, "", procedural=True, data_fingerprint=None)


def tonal_model(values: dict[str, Any]) -> TrainedModel:
    """A drive model whose engines have resonances, a level law, tables that follow speed and load, and a memory."""
    model = small_model(values, "drive")
    generator = model.generator
    assert isinstance(generator, DriveGenerator)
    bins = torch.arange(len(generator.mean_spectrum))
    with torch.no_grad():
        generator.mean_spectrum.copy_(-0.5 + torch.cos(bins / 7) - bins / len(bins))
        generator.spectrum_components.copy_(0.3 * torch.randn(generator.spectrum_components.shape))
        generator.level_slopes.copy_(torch.tensor([0.3, 0.5]))
        generator.memory.factors.copy_(torch.randn(generator.memory.factors.shape))
        for layer in (generator.response[-1], generator.noise_level):
            assert isinstance(layer, torch.nn.Linear)
            layer.weight.mul_(20)
    return model
