"""One command in a process of its own that is killed as by `kill -9`, at a moment given by what it does with files.

Moments are counted in events (a file below the work folder is opened to be written, renamed, removed, linked; a folder
is made or removed), because the dangerous moments lie between them, and because a count does not depend on how busy the
machine is.
"""

import os
import signal
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from tests.support.interrupting import fork_context

EVENTS = frozenset({"open", "os.rename", "os.remove", "os.link", "os.mkdir", "os.rmdir"})
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
LONGEST_SECONDS = 600


@dataclass(frozen=True)
class Moment:
    """When to kill: before that event (counted from 1), or so many seconds after it began."""

    event: int
    delay: float = 0.0


@dataclass(frozen=True)
class Outcome:
    """How a command ended: exit status (-9 if it was killed), what it printed, and its events, if it went through."""

    status: int
    output: str
    events: int


def run(command: tuple[str, ...], folder: Path, moment: Moment | None = None) -> Outcome:
    """Run a command line, or "open CONFIG", in a folder; its cache and temporary files are there too."""
    with tempfile.TemporaryDirectory() as place:
        output, count = Path(place) / "output.txt", Path(place) / "events.txt"
        process = fork_context().Process(target=_child, args=(command, folder, moment, output, count))
        process.start()
        process.join(timeout=LONGEST_SECONDS)
        status = process.exitcode
        process.kill()
        assert status is not None, f"{' '.join(command)} goes on"
        events = int(count.read_text()) if status == 0 else 0
        return Outcome(status, output.read_text(errors="replace"), events)


def _child(command: tuple[str, ...], folder: Path, moment: Moment | None, output: Path, count: Path) -> None:
    from tests.support.launch import run as run_command  # not before the fork server has imported it

    os.chdir(folder)
    os.environ |= {"WAVEGAN_CACHE": str(folder / "cache"), "TMPDIR": str(folder / "tmp"), "COLUMNS": "200"}
    watch = Watch(folder, moment)
    # The fork server may have asked for the place of temporary files.
    with output.open("w", buffering=1) as sys.stdout, mock.patch("tempfile.tempdir", None):
        sys.stderr = sys.stdout
        sys.addaudithook(watch.see)
        try:
            _open_data(command[1]) if command[0] == "open" else run_command(*command)
        finally:
            count.write_text(str(watch.events))


def _open_data(config: str) -> None:
    from wavegan_src.config_loader import load_config
    from wavegan_src.dataset import open_dataset

    open_dataset(load_config(config))


class Watch:
    """Counts the events below a folder as an audit hook, and kills this process at its moment."""

    def __init__(self, folder: Path, moment: Moment | None) -> None:
        self.events = 0
        self._prefix = f"{folder}{os.sep}"
        self._moment = moment

    def see(self, event: str, arguments: tuple[Any, ...]) -> None:
        """The audit hook."""
        if event not in EVENTS or not self._is_ours(event, arguments):
            return
        self.events += 1
        if self._moment is not None and self.events == self._moment.event:
            if self._moment.delay == 0:
                _kill()
            threading.Thread(target=self._kill_later, daemon=True).start()

    def _kill_later(self) -> None:
        assert self._moment is not None
        time.sleep(self._moment.delay)
        _kill()

    def _is_ours(self, event: str, arguments: tuple[Any, ...]) -> bool:
        path = arguments[0]
        if not isinstance(path, str | bytes | os.PathLike):
            return False
        if event == "open" and not arguments[2] & WRITES:
            return False
        return os.path.abspath(os.fsdecode(path)).startswith(self._prefix)  # noqa: PTH100 - resolves no links


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
