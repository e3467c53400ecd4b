"""A small drive model."""

from typing import Any

import pytest

from tests.support.driving import tonal_model
from wavegan_src.generation.model import TrainedModel


@pytest.fixture
def model(tiny_values: dict[str, Any]) -> TrainedModel:
    """`tonal_model`."""
    return tonal_model(tiny_values)
