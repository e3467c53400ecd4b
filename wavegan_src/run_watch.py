"""Looks after a run's disk and memory while it trains: what to warn of, each thing once, and when to pause."""

from wavegan_src.advanced_monitoring import ResourceMonitor
from wavegan_src.disk_space import DiskGuard, check_room

LEAK_AGAIN = 1.5  # growth after which a leak is told once more


class RunWatch:
    """Judges the monitor's newest sample; asking costs next to nothing."""

    def __init__(self, monitor: ResourceMonitor, disk: DiskGuard):
        self._monitor = monitor
        self._disk = disk
        self._disk_told = False  # whether low space was told since it was last enough
        self._leak_told_mb = 0.0  # memory when a leak was last told

    def check_room(self) -> None:
        """See `disk_space.check_room`."""
        check_room(self._disk)

    def disk_is_short(self) -> bool:
        """Whether it is time to save the run and pause."""
        return self._disk.judge(self._monitor.latest().disk_free_mb) == "short"

    def disk_figures(self) -> str:
        """Free space beside what a checkpoint takes."""
        return self._disk.figures(self._monitor.latest().disk_free_mb)

    def disk_warning(self) -> str | None:
        """What to tell of a disk that is filling up; None where it is not, or was told already."""
        free = self._monitor.latest().disk_free_mb
        told, self._disk_told = self._disk_told, self._disk.judge(free) != "enough"
        return self._disk.warning(free) if self._disk_told and not told else None

    def leak_warning(self) -> str | None:
        """What to tell of memory that leaks; again only when it has grown by half."""
        leak = self._monitor.leak()
        if leak is None or leak.to_mb <= LEAK_AGAIN * self._leak_told_mb:
            return None
        self._leak_told_mb = leak.to_mb
        return leak.sentence(self._monitor.latest().available_mb)
