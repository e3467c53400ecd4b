"""The events of a run (started, resumed, stopped, paused, warned), one JSON object per line.

A resumed run has the same figures as an uninterrupted one; only this file shows the difference.
"""

import datetime
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from wavegan_src.utils.files import open_to_append
from wavegan_src.utils.reading import parse_json, read_regular

Kind = Literal["started", "resumed", "stopped", "paused", "failed", "finished", "warning"]
KINDS: tuple[str, ...] = get_args(Kind)


@dataclass(frozen=True)
class Event:
    """One event.

    Attributes:
        kind: what happened.
        epoch: epochs completed then.
        iteration: critic iterations done then.
        text: details in words; may be empty.
        at: wall-clock time, UTC; for display only, never for calculations.
    """

    kind: str
    epoch: int
    iteration: int
    text: str
    at: str


def record(path: Path, kind: Kind, epoch: int, iteration: int, text: str = "") -> None:
    """Append an event. Errors are ignored: a full disk is reported elsewhere."""
    at = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    line = json.dumps({"event": kind, "epoch": epoch, "iteration": iteration, "text": text, "at": at})
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        torn = path.exists() and not (read_regular(path) or b"\n").endswith(b"\n")
        with open_to_append(path) as file:
            file.write(("\n" if torn else "") + line + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        return


def read_events(path: Path) -> list[Event]:
    """All events, oldest first; empty if there is no file."""
    try:
        lines = read_regular(path).decode(errors="replace").splitlines()
    except OSError:
        return []
    return [event for line in lines if (event := _parse(line)) is not None]


def _parse(line: str) -> Event | None:
    """The event in a line; None if the line is damaged or not an event."""
    try:
        values = parse_json(line)
        kind, epoch, iteration = values["event"], int(values["epoch"]), int(values["iteration"])
    except (ValueError, TypeError, KeyError, OverflowError):  # OverflowError: an infinite number
        return None
    if kind not in KINDS:
        return None
    return Event(kind, epoch, iteration, str(values.get("text", "")), str(values.get("at", "")))
