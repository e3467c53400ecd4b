"""Room on the disk for a run: what it takes, when to warn and when to pause, and the sentences that say so.

A pause comes while there is still room to save the run; `interruptions.py` saves it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from wavegan_src.advanced_monitoring import MEGABYTE, ResourceMonitor, free_space_mb
from wavegan_src.config_schema import Config
from wavegan_src.models.estimates import Estimate
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.format import format_mebibytes

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
        free = "an unknown amount" if free_mb is None else format_mebibytes(free_mb)
        return f"{free} free in {self.folder}, and each checkpoint takes {format_mebibytes(self.checkpoint_mb)}"

    def refusal(self, free_mb: float | None, state: str = "") -> str:
        """Why a run does not begin or go on, and the cure; `state` is a sentence on what is kept of it."""
        return f"The disk is nearly full: {self.figures(free_mb)}. {state}{CURE}"

    def warning(self, free_mb: float | None) -> str:
        """The warning before it is too late."""
        return (
            f"the disk is filling up: {self.figures(free_mb)}. "
            f"Below {format_mebibytes(PAUSE_AT_CHECKPOINTS * self.checkpoint_mb)} the run saves itself and pauses"
        )


def check_room(guard: DiskGuard) -> None:
    """Refuse to begin where the first checkpoint might not fit.

    Raises:
        UserError: it might not.
    """
    free = free_space_mb(guard.folder)
    if guard.assess(free) == "short":
        raise UserError(guard.refusal(free))


def disk_guard(folder: Path, config: Config, planned: Estimate) -> DiskGuard:
    """The guard of a run."""
    samples = 2 * config.output.sample_count * config.audio.audio_length_samples  # 16 bits each
    return DiskGuard(folder, (planned.checkpoint_bytes + samples) / MEGABYTE + PAGE_MB)


def shortage(folder: Path, planned: Estimate) -> str | None:
    """The warning before a run whose files will not all fit on the disk; None if they fit."""
    free, needed = free_space_mb(folder), planned.disk_bytes / MEGABYTE
    if free is None or free >= needed:
        return None
    return (
        f"the run will take about {format_mebibytes(needed)}, and {folder} has {format_mebibytes(free)} free. It "
        "saves itself and pauses before the disk is full; free some space meanwhile."
    )


LEAK_AGAIN = 1.5  # growth after which a leak is reported again


class RunWatch:
    """Judges the monitor's newest sample; asking costs next to nothing."""

    def __init__(self, monitor: ResourceMonitor, disk: DiskGuard):
        self._monitor = monitor
        self._disk = disk
        self._disk_reported = False  # whether low space was reported since there was last enough
        self._leak_reported_mb = 0.0  # memory when a leak was last reported

    def check_room(self) -> None:
        """See `disk_space.check_room`."""
        check_room(self._disk)

    def disk_is_short(self) -> bool:
        """Whether it is time to save the run and pause."""
        return self._disk.assess(self._monitor.latest().disk_free_mb) == "short"

    def disk_refusal(self, state: str) -> str:
        """See `DiskGuard.refusal`."""
        return self._disk.refusal(self._monitor.latest().disk_free_mb, state)

    def disk_warning(self) -> str | None:
        """The warning that the disk is filling up; None if it is not, or was reported already."""
        free = self._monitor.latest().disk_free_mb
        reported, self._disk_reported = self._disk_reported, self._disk.assess(free) != "enough"
        return self._disk.warning(free) if self._disk_reported and not reported else None

    def leak_warning(self) -> str | None:
        """The warning of a memory leak; repeated only when memory has grown by half."""
        leak = self._monitor.leak()
        if leak is None or leak.to_mb <= LEAK_AGAIN * self._leak_reported_mb:
            return None
        self._leak_reported_mb = leak.to_mb
        return leak.sentence(self._monitor.latest().available_mb)
