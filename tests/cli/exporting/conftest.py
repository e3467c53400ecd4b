"""A model that cannot be driven."""

from typing import Any

import pytest

import wavegan
from tests.support.driving import small_model


@pytest.fixture
def undriven(tiny_values: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Every checkpoint is an engine model, which knows no speeds."""
    tiny_values["audio"] |= {"audio_length_seconds": 1.0, "audio_length_samples": 8192}
    trained = small_model(tiny_values, "engine")
    monkeypatch.setattr(wavegan, "load", lambda *_, **__: wavegan.Model(trained))
