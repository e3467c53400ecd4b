import threading
import time
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
import torch

from tests.support.nvml import FakeNvml
from wavegan_src.advanced_monitoring import LARGEST_COST, THREAD_NAME, ResourceMonitor
from wavegan_src.run.gpus import Gpus
from wavegan_src.utils.format import MEBIBYTE

CPU = torch.device("cpu")


class FakeProcess:
    """Stands for psutil's: memory and processor time as the test dictates."""

    def __init__(self, memory: list[int]):
        self._memory = iter(memory)
        self.seconds = 0.0

    def memory_info(self) -> SimpleNamespace:
        return SimpleNamespace(rss=next(self._memory))

    def cpu_times(self) -> SimpleNamespace:
        return SimpleNamespace(user=self.seconds, system=0.5 * self.seconds)


def thread_names() -> list[str]:
    return [thread.name for thread in threading.enumerate()]


def monitor_of(folder: Path, nvml: FakeNvml | None = None, interval_s: float = 1.0) -> ResourceMonitor:
    return ResourceMonitor(CPU, folder, interval_s, gpus=lambda: Gpus(nvml))


def test_memory_is_the_peak_between_two_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    process = FakeProcess([megabytes * MEBIBYTE for megabytes in (1, 1, 3, 9, 4, 5)])
    monkeypatch.setattr(psutil, "Process", lambda: process)
    monitor = monitor_of(tmp_path)
    monitor.read()
    monitor.sample()
    monitor.sample()
    assert monitor.read().memory_mb == 9
    assert monitor.read().memory_mb == 5


def test_processor_use_is_time_over_time_of_a_monotonic_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    process, now = FakeProcess([MEBIBYTE] * 9), [100.0]
    monkeypatch.setattr(psutil, "Process", lambda: process)
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(time, "time", lambda: -1e9)  # a wall clock that jumped
    monitor = monitor_of(tmp_path)
    now[0], process.seconds = 110.0, 8.0  # 12 s of user and system time in 10 s
    assert monitor.read().cpu_percent == pytest.approx(120)
    assert monitor.read().cpu_percent is None  # no time has passed: not measured, never 0


def test_a_real_process_has_memory_and_used_the_processor(tmp_path: Path) -> None:
    with monitor_of(tmp_path, interval_s=0.01) as monitor:
        end = time.thread_time() + 0.1  # of processor time, ten ticks of the clocks
        while time.thread_time() < end:
            pass
        figures = monitor.read()
        assert figures.memory_mb == pytest.approx(monitor.memory_mb(), rel=0.5)
    assert figures.cpu_percent is not None
    assert figures.cpu_percent > 0
    assert figures.machine_cpu_percent is None or 0 <= figures.machine_cpu_percent <= 100
    assert figures.available_mb is not None
    assert figures.available_mb < psutil.virtual_memory().total / MEBIBYTE
    assert figures.disk_free_mb is not None
    assert figures.disk_free_mb > 0


def test_without_a_gpu_its_figures_are_absent_and_nothing_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with ResourceMonitor(CPU, tmp_path) as monitor:
        figures = monitor.read()
    assert figures.gpu_percent is None
    assert figures.gpu_memory_mb is None
    assert not [word for word in monitor.latest().words() if word.startswith("GPU")] or figures.gpus
    assert capsys.readouterr() == ("", "")


def test_every_gpu_is_summed_up_over_the_span(tmp_path: Path) -> None:
    nvml = FakeNvml()
    monitor = monitor_of(tmp_path, nvml)
    first, second = monitor.read().gpus
    assert (first.percent, first.temperature_c, first.power_w, first.memory_mb) == (40, 61, 250.5, 3072)
    assert second.percent == 41
    assert monitor.latest().words()[1:] == [
        "GPU 0  40 %  3.0 GiB  61 °C  250 W",
        "GPU 1  41 %  3.0 GiB  61 °C  250 W",
    ]


def test_a_driver_that_fails_half_way_leaves_the_other_figures(tmp_path: Path) -> None:
    nvml = FakeNvml()
    with monitor_of(tmp_path, nvml, interval_s=0.001) as monitor:
        monitor.read()
        nvml.broken = {"all"}
        time.sleep(0.05)
        monitor.read()
        figures = monitor.read()
        assert THREAD_NAME in thread_names()
    assert all(gpu.percent is None and gpu.power_w is None for gpu in figures.gpus)
    assert figures.memory_mb is not None


def test_a_folder_that_went_away_has_no_free_space(tmp_path: Path) -> None:
    assert monitor_of(tmp_path / "gone").read().disk_free_mb is None


def test_the_thread_asks_less_often_where_asking_is_dear(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    def wait(seconds: float) -> bool:
        waits.append(seconds)
        return len(waits) == 3

    stop = SimpleNamespace(wait=wait, set=lambda: None)
    fake = SimpleNamespace(Event=lambda: stop, Lock=threading.Lock, Thread=threading.Thread)
    monkeypatch.setattr("wavegan_src.advanced_monitoring.threading", fake)
    clock = iter([0.0, 0.01, 1.0, 1.0001])
    monkeypatch.setattr(time, "thread_time", lambda: next(clock))
    with monitor_of(tmp_path, interval_s=0.5) as monitor:
        pass
    assert monitor.seconds_sampling == pytest.approx(0.01 + 0.0001)
    assert waits == pytest.approx([0.5, 0.01 / LARGEST_COST, 0.5])


def test_the_thread_ends_with_the_block(tmp_path: Path) -> None:
    with monitor_of(tmp_path, interval_s=0.01):
        assert THREAD_NAME in thread_names()
    assert THREAD_NAME not in thread_names()
