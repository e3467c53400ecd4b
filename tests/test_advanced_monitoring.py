from types import SimpleNamespace

import pytest
import torch

from wavegan_src.advanced_monitoring import MEGABYTE, ResourceMonitor

CPU = torch.device("cpu")


class FakeProcess:
    """Stands for psutil's: memory and processor use as the test dictates."""

    def __init__(self, memory: list[int], cpu: float):
        self._memory = iter(memory)
        self._cpu = cpu

    def memory_info(self) -> SimpleNamespace:
        return SimpleNamespace(rss=next(self._memory))

    def cpu_percent(self) -> float:
        return self._cpu


def test_memory_is_the_peak_between_two_reads_and_cpu_is_passed_on() -> None:
    monitor = ResourceMonitor(CPU)
    monitor._process = FakeProcess([3 * MEGABYTE, 9 * MEGABYTE, 4 * MEGABYTE, 5 * MEGABYTE], cpu=142.0)  # type: ignore[assignment]
    monitor._sample()
    monitor._sample()
    first, second = monitor.read(), monitor.read()
    assert (first.memory_mb, first.cpu_percent) == (9, 142.0)
    assert second.memory_mb == 5


def test_a_real_process_has_memory_and_used_the_processor() -> None:
    with ResourceMonitor(CPU, interval_s=0.01) as monitor:
        sum(range(3_000_000))
        figures = monitor.read()
        assert figures.memory_mb == pytest.approx(monitor.memory_mb(), rel=0.5)
    assert figures.cpu_percent is not None
    assert figures.cpu_percent > 0


def test_without_a_gpu_its_figures_are_absent() -> None:
    with ResourceMonitor(CPU) as monitor:
        figures = monitor.read()
    assert figures.gpu_percent is None
    assert figures.gpu_memory_mb is None


def test_the_thread_ends_with_the_block() -> None:
    with ResourceMonitor(CPU, interval_s=0.01) as monitor:
        thread = monitor._thread
        assert thread.is_alive()
    assert not thread.is_alive()
