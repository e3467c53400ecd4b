"""Write a run's events to `events.jsonl`: started, resumed, warned, stopped."""

from pathlib import Path

from wavegan_src.run import events
from wavegan_src.trainer.observers.observer import Notice, RunEnd, RunStart, TrainingObserver


class EventsObserver(TrainingObserver):
    """Appends a line per event.

    Args:
        path: the run's `events.jsonl`.
    """

    def __init__(self, path: Path):
        self._path = path

    def on_start(self, start: RunStart) -> None:  # noqa: D102
        events.record(self._path, "resumed" if start.iteration else "started", start.epoch, start.iteration)

    def on_notice(self, notice: Notice) -> None:  # noqa: D102
        if notice.kind == "warning":
            events.record(self._path, "warning", notice.epoch, notice.iteration, notice.text)

    def on_end(self, end: RunEnd) -> None:  # noqa: D102
        events.record(self._path, end.kind, end.epoch, end.iteration, end.text)
