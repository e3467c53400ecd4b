"""Disk space for a run: how much it needs, when to warn, when to pause, and the messages for the user.

The run is paused while there is still room to save it; `interruptions.py` does that.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from wavegan_src.advanced_monitoring import ResourceMonitor, free_space_mb
from wavegan_src.config_schema import Config
from wavegan_src.models.estimates import Estimate
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.format import MEBIBYTE, format_mebibytes

PAGE_MB = 16.0  # report.html (at most 10 MB), pictures and rows of one checkpoint
# Pausing writes a checkpoint, and other processes write too: leave room for two.
PAUSE_AT_CHECKPOINTS = 2
WARN_AT_CHECKPOINTS = 6

CURE = "Free some space and run the same command again"


@dataclass(frozen=True)
class DiskGuard:
    """Decides whether the free space is enough, given the size of a checkpoint.

    Attributes:
        folder: where the run writes.
        checkpoint_mb: everything that one checkpoint writes, in MiB: its file, its samples and the page.
    """

    folder: Path
    checkpoint_mb: float

    def assess(self, free_mb: float | None) -> Literal["enough", "low", "short"]:
        """Whether to continue, to warn or to pause; unknown free space counts as enough."""
        if free_mb is None or free_mb >= WARN_AT_CHECKPOINTS * self.checkpoint_mb:
            return "enough"
        return "low" if free_mb >= PAUSE_AT_CHECKPOINTS * self.checkpoint_mb else "short"

    def figures(self, free_mb: float | None) -> str:
        """The free space and the size of a checkpoint, in words."""
        free = "an unknown amount" if free_mb is None else format_mebibytes(free_mb)
        return f"{free} free in {self.folder}, and each checkpoint takes {format_mebibytes(self.checkpoint_mb)}"

    def refusal(self, free_mb: float | None, state: str = "") -> str:
        """Why a run cannot start or continue, and the cure; `state` is a sentence about what was saved of it."""
        resumed = ": it resumes from there" if state else ""
        return f"The disk is nearly full: {self.figures(free_mb)}. {state}{CURE}{resumed}."

    def warning(self, free_mb: float | None) -> str:
        """The warning to show while the run can still continue."""
        return (
            f"the disk is filling up: {self.figures(free_mb)}. "
            f"Below {format_mebibytes(PAUSE_AT_CHECKPOINTS * self.checkpoint_mb)} the run saves itself and pauses"
        )


def check_room(guard: DiskGuard) -> None:
    """Refuse to start if the first checkpoint might not fit.

    Raises:
        UserError: there is too little room.
    """
    free = free_space_mb(guard.folder)
    if guard.assess(free) == "short":
        raise UserError(guard.refusal(free))


def disk_guard(folder: Path, config: Config, planned: Estimate) -> DiskGuard:
    """The guard of a run."""
    samples = 2 * config.output.sample_count * config.audio.audio_length_samples  # 16 bits each
    return DiskGuard(folder, (planned.checkpoint_bytes + samples) / MEBIBYTE + PAGE_MB)


def shortage(folder: Path, planned: Estimate) -> str | None:
    """A warning for a run whose files will not all fit on the disk; None if they fit."""
    free, needed = free_space_mb(folder), planned.disk_bytes / MEBIBYTE
    if free is None or free >= needed:
        return None
    return (
        f"the run will need about {format_mebibytes(needed)}, but {folder} has only {format_mebibytes(free)} free. It "
        "saves itself and pauses before the disk is full; free some space while it runs."
    )


LEAK_AGAIN = 1.5  # growth after which a leak is reported again


class RunWatch:
    """Checks the monitor's newest sample for low disk space and memory leaks, at almost no cost."""

    def __init__(self, monitor: ResourceMonitor, disk: DiskGuard):
        self._monitor = monitor
        self._disk = disk
        self._disk_reported = False  # whether low space was reported since there was last enough of it
        self._leak_reported_mb = 0.0  # memory when a leak was last reported

    def check_room(self) -> None:
        """See the function `check_room`."""
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
        """The warning about a memory leak; repeated only when memory has grown by half."""
        leak = self._monitor.leak()
        if leak is None or leak.to_mb <= LEAK_AGAIN * self._leak_reported_mb:
            return None
        self._leak_reported_mb = leak.to_mb
        return leak.sentence(self._monitor.latest().available_mb)
