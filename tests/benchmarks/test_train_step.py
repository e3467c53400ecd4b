"""That the comparison with the textbook runs and compares the same thing; what it measures is not tested."""

import dataclasses
import itertools
import json
import math
from collections.abc import Callable
from typing import Any

import pytest

from benchmarks import measuring, train_step
from wavegan_src.config_loader import validate
from wavegan_src.config_schema import Config


def config(samples: int) -> Config:
    audio = {"sample_rate": 8192, "audio_length_seconds": samples / 8192, "audio_length_samples": samples}
    return validate({"model": {"model_dim": 1}, "audio": audio}, "test")


def test_gradients_of_both_sides_are_the_same() -> None:
    errors = train_step.gradient_errors(config(8192), 2)
    assert errors["max_gradient_error"] < 1e-9
    assert errors["float32_gradient_error"] > 1e-9  # it really was float32
    assert max(errors.values()) < 0.05


def test_prints_one_json_object(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "MATRIX", 64)
    train_step.main(model_dim=1, batch_size=2, iterations=1, sizes=False, as_json=True)
    (line,) = capsys.readouterr().out.splitlines()
    figures = json.loads(line)
    assert list(figures) == [field.name for field in dataclasses.fields(train_step.Comparison)]
    assert (figures["model_dim"], figures["batch_size"]) == (1, 2)
    assert figures["max_gradient_error"] < 1e-9
    assert all(math.isfinite(value) for value in figures.values())
    assert figures["wall_ratio"] == pytest.approx(figures["yardstick_wall_s"] / figures["wall_s"])
    assert figures["gflops"] == pytest.approx(figures["peak_share"] * figures["matmul_gflops"])


class _FakeSide:
    """Given times for its iterations, and given memory, instead of a process."""

    def __init__(self, make: Callable[..., Any], *_: int):
        self._peak = 350.0 if make is train_step.our_step else 500.0
        self._walls = iter([9.0, 1.0, 2.0, 4.0] if make is train_step.our_step else [9.0, 3.0, 2.0, 8.0])

    def __enter__(self) -> "_FakeSide":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def iterate(self) -> train_step.Timing:
        return train_step.Timing(next(self._walls), 1.0)

    def memory_mb(self) -> tuple[float, float]:
        return self._peak, 300.0


def test_ratios_are_medians_of_pairs_without_the_first(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    errors = dict.fromkeys(("max_gradient_error", "float32_gradient_error", "yardstick_float32_gradient_error"), 0.0)
    monkeypatch.setattr(train_step, "Side", _FakeSide)
    monkeypatch.setattr(train_step, "gradient_errors", lambda *_: errors)
    monkeypatch.setattr(train_step, "matmul_peak", itertools.cycle([1e9]).__next__)
    result = train_step.compare(1, 1, 3)
    assert result.wall_ratio == 2  # of 3, 1 and 2
    assert (result.wall_s, result.yardstick_wall_s, result.cpu_ratio) == (2, 3, 1)
    assert (result.memory_ratio, result.memory_mb, result.peak_mb) == (0.25, 50, 350)
    train_step.main(1, 1, 3)
    assert "2.00 x in wall time" in capsys.readouterr().out


def test_least_operations_are_those_of_every_layer() -> None:
    """For d = 1 and one step of the innermost layer: outputs x kernel x channels of each convolution."""
    layers = [(1024, 1, 1), (256, 1, 2), (64, 2, 4), (16, 4, 8), (4, 8, 16), (1, 16, 32)]
    products = sum(25 * steps * narrow * wide for steps, narrow, wide in layers)
    assert train_step.least_operations(config(4096), 3) == 2 * 3 * products * (5 * 11 + 5)
