"""What a run reports while it trains: subclass `TrainingObserver` and override the methods that you need.

    class Printer(TrainingObserver):
        def on_epoch(self, epoch: EpochReport) -> None:
            print(epoch.epoch, epoch.row["critic_loss"])

Observers never change a run: the loop itself writes tables and checkpoints, before it calls the observers.
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
        config: the run's configuration.
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
    """A critic step is done, and the generator's if it was due.

    Attributes:
        epoch: the epoch in progress, counted from 1.
        iteration: critic iterations done.
        figures: returns the latest figures by column; on a GPU this waits for the device, so call it rarely.
        machine: returns lines on the process's use of the machine.
    """

    epoch: int
    iteration: int
    figures: Callable[[], Mapping[str, float | None]]
    machine: Callable[[], Sequence[str]]


@dataclass(frozen=True)
class CheckpointReport:
    """A checkpoint is on the disk, and so are its rows.

    Attributes:
        epoch, iteration: when it was written.
        path: its file.
        quality: its measures by column of `checkpoint_metrics.csv`.
        samples: glob pattern of the audio clips that were rendered with it.
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
        epoch, iteration: epochs and critic iterations done.
        row: its row of `epoch_statistics.csv`.
        quality: the measures of its checkpoint; None for an epoch without one.
    """

    epoch: int
    iteration: int
    row: Mapping[str, Value]
    quality: Mapping[str, Value] | None


@dataclass(frozen=True)
class Notice:
    """A message for the user.

    Attributes:
        kind: "note", "warning", or "samples" if `text` is a glob pattern of new clips to listen to.
        text: the message, without "Warning:".
        epoch, iteration: epochs and iterations done; 0 while the run is being set up.
    """

    kind: NoticeKind
    text: str
    epoch: int = 0
    iteration: int = 0


@dataclass(frozen=True)
class RunEnd:
    """A run that had started has ended, for whatever reason.

    Attributes:
        kind: "finished", "stopped" (by a signal or by early stopping), "paused" (the disk is nearly full) or "failed".
        text: the reason in words; may be empty.
        epoch, iteration: epochs and critic iterations done.
    """

    kind: EndKind
    text: str
    epoch: int
    iteration: int


class TrainingObserver:
    """Receives a run's events; every method does nothing unless overridden.

    `on_start` is called before the first step and `on_end` after the last, however the run ends; notices may come
    before `on_start`. An exception raised by an observer ends the run like any other error.
    """

    def on_start(self, start: RunStart) -> None:
        """The run starts or resumes."""

    def on_step(self, step: StepReport) -> None:
        """A step is done. This is called at every critic iteration, so it must be fast."""

    def on_checkpoint(self, checkpoint: CheckpointReport) -> None:
        """A checkpoint is written."""

    def on_epoch(self, epoch: EpochReport) -> None:
        """An epoch is done, after its checkpoint if it has one."""

    def on_notice(self, notice: Notice) -> None:
        """There is a message for the user."""

    def on_end(self, end: RunEnd) -> None:
        """The run has ended; its record is written."""


class Observers(TrainingObserver):
    """Passes every event on to several observers, in order."""

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
