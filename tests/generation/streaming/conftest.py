"""A small drive model whose engines differ in tone, and one of its latent vectors."""

from typing import Any

import pytest
import torch

from tests.support.driving import tonal_model
from wavegan_src.generation.latents import seed_latent
from wavegan_src.models.drive.generator import DriveGenerator


@pytest.fixture
def generator(tiny_values: dict[str, Any]) -> DriveGenerator:
    """The generator of `tonal_model`."""
    found = tonal_model(tiny_values).generator
    assert isinstance(found, DriveGenerator)
    return found


@pytest.fixture
def latent(generator: DriveGenerator) -> torch.Tensor:
    """An engine, `(latent_dim,)`."""
    return seed_latent(17, generator.latent_dim)
