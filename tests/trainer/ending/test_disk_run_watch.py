from pathlib import Path
from typing import Any

import pytest

from wavegan_src.advanced_monitoring import Sample
from wavegan_src.run.memory_trend import Leak
from wavegan_src.trainer.ending.disk import PAUSE_AT_CHECKPOINTS, WARN_AT_CHECKPOINTS, DiskGuard, RunWatch


class FakeMonitor:
    """Free space and a leak as the test dictates."""

    def __init__(self) -> None:
        self.free: float | None = 1e6
        self.found: Leak | None = None

    def latest(self) -> Sample:
        return Sample(None, None, 100.0, 2000.0, self.free, ())

    def leak(self) -> Leak | None:
        return self.found


@pytest.fixture
def monitor() -> FakeMonitor:
    return FakeMonitor()


def watch_of(monitor: Any) -> RunWatch:
    return RunWatch(monitor, DiskGuard(Path("run"), 10.0))


def test_low_space_is_told_once_and_again_after_it_was_enough(monitor: FakeMonitor) -> None:
    watch = watch_of(monitor)
    low, enough = 10.0 * WARN_AT_CHECKPOINTS - 1, 10.0 * WARN_AT_CHECKPOINTS
    said = []
    for free in (enough, low, low, enough, low, None):
        monitor.free = free
        said.append(watch.disk_warning() is not None)
        assert not watch.disk_is_short()
    assert said == [False, True, False, False, True, False]
    monitor.free = 10.0 * PAUSE_AT_CHECKPOINTS - 1
    assert watch.disk_is_short()


def test_a_leak_is_told_and_told_again_when_it_has_grown_by_half(monitor: FakeMonitor) -> None:
    watch = watch_of(monitor)
    assert watch.leak_warning() is None
    said = []
    for level in (1000.0, 1200.0, 1499.0, 1501.0, 1600.0):
        monitor.found = Leak(3600.0, 500.0, level)
        said.append(watch.leak_warning() is not None)
    assert said == [True, False, False, True, False]
