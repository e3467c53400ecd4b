"""A small drive model: its configuration, and a generator that starts from statistics."""

import math
from typing import Any

import pytest
import torch

from wavegan_src.config_loader import validate
from wavegan_src.config_schema import Config
from wavegan_src.data.batch import POINTS
from wavegan_src.models.drive.generator import BANDS, CURVES, QUANTILES, DriveGenerator, DriveStatistics


@pytest.fixture
def drive_values(tiny_values: dict[str, Any]) -> dict[str, Any]:
    """Raw values of a configuration whose epochs take about a second."""
    tiny_values["model"] = {"architecture": "drive", "latent_dim": 8, "model_dim": 12}
    tiny_values["training"] |= {"n_critic": 1, "gp_weight": 0.05, "learning_rate": 0.0007, "adam_beta1": 0.0}
    return tiny_values


@pytest.fixture
def drive_config(drive_values: dict[str, Any]) -> Config:
    """The typed form of `drive_values`."""
    return validate(drive_values, source="test")


@pytest.fixture
def statistics(drive_config: Config) -> DriveStatistics:
    """Of engines at 10 to 20 cycles per second, whose courses swing by up to half an octave."""
    bins, components = len(DriveGenerator(drive_config.model, drive_config.audio).mean_spectrum), 6
    ramp = torch.linspace(-0.5, 0.5, POINTS)
    swings = torch.linspace(0, 0.5, CURVES)[:, None]
    loads = ((torch.arange(CURVES) + 0.5) / CURVES)[:, None].expand(-1, POINTS)
    return DriveStatistics(
        mean_spectrum=torch.linspace(0, -4, bins),
        components=0.2 * torch.randn(components, bins),
        speeds=torch.linspace(math.log2(10), math.log2(20), QUANTILES),
        speed_loadings=torch.zeros(components),
        curves=torch.stack([swings * ramp, loads], 1),
        scale=torch.tensor([math.log2(14), 0.4]),
        level_slopes=torch.tensor([0.3, 0.4]),
        tone_slopes=torch.zeros(2, BANDS),
        speed_range=torch.tensor([math.log2(8), math.log2(25)]),
    )


@pytest.fixture
def generator(drive_config: Config, statistics: DriveStatistics) -> DriveGenerator:
    """A generator that starts from `statistics`; its pulses and envelopes are those of no training."""
    found = DriveGenerator(drive_config.model, drive_config.audio).requires_grad_(False)
    found.initialize_from(statistics)
    return found
