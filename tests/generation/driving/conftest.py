"""A small drive model, not trained, as a checkpoint is read."""

from typing import Any

import pytest

from tests.support.driving import small_model
from wavegan_src.generation.driving.driver import Driver


@pytest.fixture
def driver(tiny_values: dict[str, Any]) -> Driver:
    """Drives an engine whose recordings had 960 to 3840 rpm."""
    return Driver(small_model(tiny_values, "drive"))
