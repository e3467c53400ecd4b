"""What happened to a run beside training: started, resumed, stopped, paused, warned. One JSON object per line.

The figures of a resumed run are those of an uninterrupted one; this file is where the difference shows.
"""

import datetime
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

Kind = Literal["started", "resumed", "stopped", "paused", "failed", "finished", "warning"]
KINDS: tuple[str, ...] = get_args(Kind)


@dataclass(frozen=True)
class Event:
    """One line.

    Attributes:
        kind: what happened.
        epoch: epochs completed then.
        iteration: critic iterations done then.
        text: the same in words; may be empty.
        at: the wall clock, UTC, to be shown and never calculated with.
    """

    kind: str
    epoch: int
    iteration: int
    text: str
    at: str


def record(path: Path, kind: Kind, epoch: int, iteration: int, text: str = "") -> None:
    """Append an event. A disk that has no room even for that is told of elsewhere, and ends nothing here."""
    at = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    line = json.dumps({"event": kind, "epoch": epoch, "iteration": iteration, "text": text, "at": at})
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        torn = path.exists() and not path.read_bytes().endswith(b"\n") and path.stat().st_size > 0
        with path.open("a", encoding="utf-8") as file:
            file.write(("\n" if torn else "") + line + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        return


def read_events(path: Path) -> list[Event]:
    """All whole lines, oldest first; none where there is no file."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    return [event for line in lines if (event := _parse(line)) is not None]


def _parse(line: str) -> Event | None:
    """One line; None where a process was killed in the middle of it, or it is no event."""
    try:
        values = json.loads(line)
        kind, epoch, iteration = values["event"], int(values["epoch"]), int(values["iteration"])
    except (ValueError, TypeError, KeyError, OverflowError):  # the latter is an infinite number
        return None
    if kind not in KINDS:
        return None
    return Event(kind, epoch, iteration, str(values.get("text", "")), str(values.get("at", "")))
