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
    """Drives `tonal_model`, its weights rounded as the page's are."""
    driver = Driver(tonal_model(tiny_values))
    rounded = {name: values.half().float() for name, values in driver.generator.state_dict().items()}
    driver.generator.load_state_dict(rounded)
    return driver


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
