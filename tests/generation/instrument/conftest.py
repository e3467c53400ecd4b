"""A small drive model, and its page."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.driving import tonal_model
from wavegan_src.generation.driving.driver import Driver
from wavegan_src.generation.instrument.model_data import page_data
from wavegan_src.generation.instrument.page import write_page
from wavegan_src.models.drive.generator import DriveGenerator


@pytest.fixture
def driver(tiny_values: dict[str, Any]) -> Driver:
    """Drives `tonal_model`."""
    return Driver(tonal_model(tiny_values))


@pytest.fixture
def generator(driver: Driver) -> DriveGenerator:
    """Its generator."""
    return driver.generator


@pytest.fixture
def page(driver: Driver, tmp_path: Path) -> Path:
    """The instrument of five engines."""
    path = tmp_path / "engine.html"
    write_page(path, page_data(driver, range(15, 20)), "Is </script> real?")
    return path
