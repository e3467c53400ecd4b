"""Models that stand in for every checkpoint."""

from collections.abc import Callable
from typing import Any

import pytest

import wavegan
from tests.support.driving import small_model
from wavegan_src.generation.model import TrainedModel


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> Callable[[TrainedModel], None]:
    """Makes every checkpoint a given model."""

    def be(trained: TrainedModel) -> None:
        monkeypatch.setattr(wavegan, "load", lambda *_, **__: wavegan.Model(trained))

    return be


@pytest.fixture
def driven(tiny_values: dict[str, Any], stand_in: Callable[[TrainedModel], None]) -> None:
    """Every checkpoint is a drive model whose recordings had 960 to 3840 rpm."""
    stand_in(small_model(tiny_values, "drive"))


@pytest.fixture
def undriven(tiny_values: dict[str, Any], stand_in: Callable[[TrainedModel], None]) -> None:
    """Every checkpoint is an engine model, which knows no speeds."""
    tiny_values["audio"] |= {"audio_length_seconds": 1.0, "audio_length_samples": 8192}
    stand_in(small_model(tiny_values, "engine"))
