import time

import numpy as np
import psutil
import torch

from wavegan_src.advanced_monitoring import MEGABYTE, ResourceMonitor

CPU = torch.device("cpu")


def test_memory_is_the_peak_between_two_reads() -> None:
    with ResourceMonitor(CPU, interval_s=0.01) as monitor:
        monitor.read()
        block = np.ones(40 * MEGABYTE, dtype=np.uint8)
        with_block = psutil.Process().memory_info().rss / MEGABYTE
        time.sleep(0.1)
        del block
        figures = monitor.read()
    assert figures.memory_mb is not None
    assert abs(figures.memory_mb - with_block) < 5


def test_busy_process_shows_in_cpu_percent() -> None:
    with ResourceMonitor(CPU) as monitor:
        monitor.read()
        deadline = time.monotonic() + 0.3
        while time.monotonic() < deadline:
            pass
        busy = monitor.read().cpu_percent
        time.sleep(0.3)
        idle = monitor.read().cpu_percent
    assert busy is not None
    assert idle is not None
    assert busy > idle


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
