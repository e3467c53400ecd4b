"""What a run reports while it trains, and to whom: subclass `TrainingObserver` and override what you want to hear.

    class Printer(TrainingObserver):
        def on_epoch(self, epoch: EpochReport) -> None:
            print(epoch.epoch, epoch.row["critic_loss"])

Observers never change a run: its tables and checkpoints are written by the loop itself, before anybody hears of them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from wavegan_src.config_schema import Config
from wavegan_src.utils.csv_log import Value

NoticeKind = Literal["note", "warning", "samples"]
EndKind = Literal["finished", "stopped", "paused", "failed"]


@dataclass(frozen=True)
class RunStart:
    """A run begins or resumes.

    Attributes:
        folder: the run's output folder.
        config: what is trained.
        epoch, iteration: epochs and critic iterations done so far; both 0 for a new run.
        iterations: critic iterations of the whole run.
    """

    folder: Path
    config: Config
    epoch: int
    iteration: int
    iterations: int


@dataclass(frozen=True)
class StepReport:
    """A critic step, and the generator's if it was due, is done.

    Attributes:
        epoch: the epoch in progress, counted from 1.
        iteration: critic iterations done.
        figures: reads the latest figures by column; on a GPU this waits for the device, so call it rarely.
        machine: reads lines on what the process uses of the machine.
    """

    epoch: int
    iteration: int
    figures: Callable[[], Mapping[str, float | None]]
    machine: Callable[[], Sequence[str]]


@dataclass(frozen=True)
class CheckpointReport:
    """A checkpoint is on the disk, its rows before it.

    Attributes:
        epoch, iteration: when.
        path: the file.
        quality: its measures by column of `checkpoint_metrics.csv`.
        samples: pattern of the audible clips that were rendered with it.
    """

    epoch: int
    iteration: int
    path: Path
    quality: Mapping[str, Value]
    samples: str


@dataclass(frozen=True)
class EpochReport:
    """An epoch is done and its rows are written.

    Attributes:
        epoch, iteration: when.
        row: its row of `epoch_statistics.csv`.
        quality: the measures of its checkpoint; None for an epoch without one.
    """

    epoch: int
    iteration: int
    row: Mapping[str, Value]
    quality: Mapping[str, Value] | None


@dataclass(frozen=True)
class Notice:
    """One thing to tell the user.

    Attributes:
        kind: "note", "warning", or "samples" where `text` is the pattern of new clips to hear.
        text: for a person; without "Warning:".
        epoch, iteration: epochs and iterations done; 0 while the run is being set up.
    """

    kind: NoticeKind
    text: str
    epoch: int = 0
    iteration: int = 0


@dataclass(frozen=True)
class RunEnd:
    """A run that had started trains no longer, for whatever reason.

    Attributes:
        kind: "finished", "stopped" (by a signal or by early stopping), "paused" (the disk is nearly full) or "failed".
        text: why, in words; may be empty.
        epoch, iteration: epochs and critic iterations done.
    """

    kind: EndKind
    text: str
    epoch: int
    iteration: int


class TrainingObserver:
    """Hears of a run's events; every method does nothing until it is overridden.

    `on_start` comes before the first step and `on_end` after the last, however the run ends; notices may come before
    `on_start`. An exception that an observer raises ends the run like any other error.
    """

    def on_start(self, start: RunStart) -> None:
        """The run begins or resumes."""

    def on_step(self, step: StepReport) -> None:
        """A step is done; called at every critic iteration, so do next to nothing here."""

    def on_checkpoint(self, checkpoint: CheckpointReport) -> None:
        """A checkpoint is written."""

    def on_epoch(self, epoch: EpochReport) -> None:
        """An epoch is done, after its checkpoint if it has one."""

    def on_notice(self, notice: Notice) -> None:
        """There is something to tell the user."""

    def on_end(self, end: RunEnd) -> None:
        """The run is over; its record is written."""


class Observers(TrainingObserver):
    """Passes everything on to several observers, in order."""

    def __init__(self, observers: Iterable[TrainingObserver]):
        self._observers = list(observers)

    def on_start(self, start: RunStart) -> None:  # noqa: D102
        for observer in self._observers:
            observer.on_start(start)

    def on_step(self, step: StepReport) -> None:  # noqa: D102
        for observer in self._observers:
            observer.on_step(step)

    def on_checkpoint(self, checkpoint: CheckpointReport) -> None:  # noqa: D102
        for observer in self._observers:
            observer.on_checkpoint(checkpoint)

    def on_epoch(self, epoch: EpochReport) -> None:  # noqa: D102
        for observer in self._observers:
            observer.on_epoch(epoch)

    def on_notice(self, notice: Notice) -> None:  # noqa: D102
        for observer in self._observers:
            observer.on_notice(notice)

    def on_end(self, end: RunEnd) -> None:  # noqa: D102
        for observer in self._observers:
            observer.on_end(end)
