"""A small drive model: its configuration, and a generator that starts from statistics."""

import math
from typing import Any

import pytest
import torch

from wavegan_src.config_loader import validate
from wavegan_src.config_schema import Config
from wavegan_src.data.batch import POINTS
from wavegan_src.models.drive.generator import BANDS, DriveGenerator, DriveStatistics
from wavegan_src.models.drive.memory import REMEMBERED


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
    """Of engines at 8 to 25 cycles per second."""
    bins, components = len(DriveGenerator(drive_config.model, drive_config.audio).mean_spectrum), 6
    return DriveStatistics(
        mean_spectrum=torch.linspace(0, -4, bins),
        components=0.2 * torch.randn(components, bins),
        scale=torch.tensor([math.log2(14), 0.4]),
        level_slopes=torch.tensor([0.3, 0.4]),
        tone_slopes=torch.zeros(2, BANDS),
        speed_range=torch.tensor([math.log2(8), math.log2(25)]),
    )


@pytest.fixture
def generator(drive_config: Config, statistics: DriveStatistics) -> DriveGenerator:
    """A generator that starts from `statistics`; its pulses and envelopes are those of no training.

    It remembers engines of any tone, the load of each its number, on ramps of the speed around 10 to 20 cycles per
    second.
    """
    found = DriveGenerator(drive_config.model, drive_config.audio).requires_grad_(False)
    found.initialize_from(statistics)
    number = (torch.arange(REMEMBERED) + 0.5) / REMEMBERED
    ramp = torch.linspace(-0.5, 0.5, POINTS)
    speeds = math.log2(10) + number[:, None] + number.flip(0)[:, None] * ramp
    random = torch.Generator().manual_seed(2)
    factors = torch.randn(REMEMBERED, found.components, generator=random)
    found.memory.remember(0, factors, torch.stack([speeds, number[:, None].expand(-1, POINTS)], 1))
    return found
