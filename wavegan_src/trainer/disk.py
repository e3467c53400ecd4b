"""Room on the disk: a warning before it runs out, and a pause while there is still room to save the run."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from wavegan_src.advanced_monitoring import MEGABYTE, MEGABYTES_PER_GIGABYTE, ResourceMonitor, free_space_mb
from wavegan_src.config_schema import Config
from wavegan_src.models.estimates import Estimate
from wavegan_src.utils.errors import UserError

PAGE_MB = 16.0  # report.html (at most 10 MB), pictures and rows of one checkpoint
# A pause writes a checkpoint of its own, and other processes write too: room for two when it comes.
PAUSE_AT_CHECKPOINTS = 2
WARN_AT_CHECKPOINTS = 6

CURE = "Free some space and give the same command again: it goes on from there."


@dataclass(frozen=True)
class DiskGuard:
    """Judges free space by what a checkpoint takes.

    Attributes:
        folder: where the run writes.
        checkpoint_mb: what one checkpoint writes in all, in MiB: the file, its samples, the page.
    """

    folder: Path
    checkpoint_mb: float

    def assess(self, free_mb: float | None) -> Literal["enough", "low", "short"]:
        """Whether to go on, to warn, or to pause; what cannot be measured is taken for enough."""
        if free_mb is None or free_mb >= WARN_AT_CHECKPOINTS * self.checkpoint_mb:
            return "enough"
        return "low" if free_mb >= PAUSE_AT_CHECKPOINTS * self.checkpoint_mb else "short"

    def figures(self, free_mb: float | None) -> str:
        """Free space beside what a checkpoint takes."""
        free = "an unknown amount" if free_mb is None else size(free_mb)
        return f"{free} free in {self.folder}, and each checkpoint takes {size(self.checkpoint_mb)}"

    def warning(self, free_mb: float | None) -> str:
        """What to tell before it is too late."""
        return (
            f"the disk is filling up: {self.figures(free_mb)}. "
            f"Below {size(PAUSE_AT_CHECKPOINTS * self.checkpoint_mb)} the run saves itself and pauses"
        )


def check_room(guard: DiskGuard) -> None:
    """Refuse to begin where the first checkpoint might not fit.

    Raises:
        UserError: it might not.
    """
    free = free_space_mb(guard.folder)
    if guard.assess(free) == "short":
        raise UserError(f"The disk is nearly full: {guard.figures(free)}. {CURE}")


def disk_guard(folder: Path, config: Config, planned: Estimate) -> DiskGuard:
    """The guard of a run."""
    samples = 2 * config.output.sample_count * config.audio.audio_length_samples  # 16 bits each
    return DiskGuard(folder, (planned.checkpoint_bytes + samples) / MEGABYTE + PAGE_MB)


def shortage(folder: Path, planned: Estimate) -> str | None:
    """What to tell before a run begins whose files will not all fit; None where they do."""
    free, needed = free_space_mb(folder), planned.disk_bytes / MEGABYTE
    if free is None or free >= needed:
        return None
    return (
        f"the run will take about {size(needed)}, and {folder} has {size(free)} free. It saves itself and pauses "
        "before the disk is full; free some space meanwhile."
    )


def size(megabytes: float) -> str:
    """ "640 MiB" or "1.3 GiB"."""
    if megabytes < MEGABYTES_PER_GIGABYTE:
        return f"{megabytes:.0f} MiB"
    return f"{megabytes / MEGABYTES_PER_GIGABYTE:.1f} GiB"


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
        return self._disk.assess(self._monitor.latest().disk_free_mb) == "short"

    def disk_figures(self) -> str:
        """Free space beside what a checkpoint takes."""
        return self._disk.figures(self._monitor.latest().disk_free_mb)

    def disk_warning(self) -> str | None:
        """What to tell of a disk that is filling up; None where it is not, or was told already."""
        free = self._monitor.latest().disk_free_mb
        told, self._disk_told = self._disk_told, self._disk.assess(free) != "enough"
        return self._disk.warning(free) if self._disk_told and not told else None

    def leak_warning(self) -> str | None:
        """What to tell of memory that leaks; again only when it has grown by half."""
        leak = self._monitor.leak()
        if leak is None or leak.to_mb <= LEAK_AGAIN * self._leak_told_mb:
            return None
        self._leak_told_mb = leak.to_mb
        return leak.sentence(self._monitor.latest().available_mb)
