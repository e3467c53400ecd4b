"""The driver's library is a fake here: what it says, and how it fails, is up to each test."""

import sys

import pytest

from tests.support.nvml import FakeNvml
from wavegan_src.run.gpus import GIVEN_UP_AFTER, Gpus, open_gpus


def test_every_gpu_is_read_in_the_units_that_are_told() -> None:
    gpus = Gpus(FakeNvml())
    first, second = gpus.read()
    assert (first.index, first.name, second.name) == (0, "New Bindings", "Old Bindings")
    assert (first.percent, second.percent) == (40.0, 41.0)
    assert (first.memory_mb, first.memory_total_mb) == (3 * 1024, 80 * 1024)
    assert (first.temperature_c, first.power_w) == (61.0, 250.5)
    assert gpus.index_of("GPU-11") == 1
    assert gpus.index_of("GPU-77") is None


def test_a_figure_that_the_driver_refuses_is_absent_and_the_others_stay() -> None:
    nvml = FakeNvml()
    gpus = Gpus(nvml)
    nvml.broken = {"nvmlDeviceGetPowerUsage", "nvmlDeviceGetMemoryInfo"}
    first, _ = gpus.read()
    assert (first.power_w, first.memory_mb, first.memory_total_mb) == (None, None, None)
    assert first.temperature_c == 61.0


def test_a_driver_that_fails_half_way_ends_in_silence_and_is_asked_no_more() -> None:
    nvml = FakeNvml()
    gpus = Gpus(nvml)
    assert len(gpus.read()) == 2
    nvml.broken = {"all"}
    for _ in range(GIVEN_UP_AFTER):
        assert not any(gpu.measured for gpu in gpus.read())
    nvml.broken = set()
    assert gpus.read() == ()


def test_one_lost_gpu_does_not_hide_the_other() -> None:
    nvml = FakeNvml()
    nvml.broken = {"nvmlDeviceGetHandleByIndex0"}
    (only,) = Gpus(nvml).read()
    assert only.index == 1


@pytest.mark.parametrize("broken", ["nvmlInit", "nvmlDeviceGetCount"])
def test_a_library_without_a_driver_has_no_gpus(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    nvml = FakeNvml()
    nvml.broken = {broken}
    monkeypatch.setitem(sys.modules, "pynvml", nvml)
    gpus = open_gpus()
    assert (len(gpus), gpus.read()) == (0, ())
    gpus.close()


def test_without_the_library_there_are_no_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", None)
    gpus = open_gpus()
    assert gpus.read() == ()
    gpus.close()


def test_the_driver_is_let_go() -> None:
    nvml = FakeNvml()
    Gpus(nvml).close()
    assert nvml.closed
