"""The benchmark of streaming finds what is known of a small model."""

from typing import Any

import pytest

import wavegan
from benchmarks import streaming
from tests.support.driving import small_model


def test_its_figures_are_those_of_a_small_model(tiny_values: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "SPECTRUM_SECONDS", 0.5)
    monkeypatch.setattr(streaming, "PLACES", 2)
    monkeypatch.setattr(streaming, "ENGINES", range(17, 21))
    model = wavegan.Model(small_model(tiny_values, "drive"))
    assert streaming.spectrum_errors(model, 17).mean() < 1.5
    latency = streaming.latency(model)
    assert 2 * 32 / 8192 < latency < 12 * 32 / 8192  # read after 0 to 4 frames, heard 2 to 6 later
