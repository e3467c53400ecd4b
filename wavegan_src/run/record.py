"""`run_record.json`: which process is training, or how the last one ended; a killed process leaves no ending."""

import contextlib
import datetime
import json
import socket
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from enum import StrEnum

from wavegan_src.run.folder import RunFolder
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.files import write_text_atomically
from wavegan_src.utils.processes.signals import Interrupted
from wavegan_src.utils.reading import read_typed


class Phase(StrEnum):
    """Whether a run is in progress, or how it ended."""

    RUNNING = "running"
    FINISHED = "finished"  # all epochs are done
    EARLY = "stopped early"  # by early stopping
    STOPPED = "stopped"  # by Ctrl-C or another signal
    BROKEN = "broken off"  # by an error, such as a full disk
    KILLED = "killed"  # without writing an ending
    UNKNOWN = "unknown"  # no record


FINISHED, EARLY, SIGNAL, ERROR = "finished", "early stopping", "signal", "error"
MOST_PIDS = 1 << 31  # numbers of processes are below that
CLOCK_S = 2.0  # a process's start is known to the system's clock tick, and the clock itself may be adjusted


@dataclass(frozen=True)
class RunRecord:
    """The process that trains, and how it ended.

    Attributes:
        pid: the process.
        host: the machine it runs on.
        started: when that process started, in seconds since 1970; a new process may have a dead one's number.
        stopped_by: "finished", "early stopping: STATE", "signal", "error"; None while it runs, and after `kill -9`.
        reason: why, in a sentence; "" if there is nothing to add.
        ended: when, as ISO 8601; None while it runs.
        since_boot: seconds from the machine's start to the process's, whatever the clock says; None in records of older
            versions.
    """

    pid: int
    host: str
    started: float
    stopped_by: str | None = None
    reason: str = ""
    ended: str | None = None
    since_boot: float | None = None

    def alive(self) -> bool | None:
        """Whether that process is still running; None if it is on another machine and so cannot be checked."""
        import psutil  # noqa: PLC0415  (records of runs that have ended need none)

        if self.host != socket.gethostname():
            return None
        try:
            process = psutil.Process(self.pid)
            # A dead process keeps its number until its parent collects it, which in a container may never happen.
            dead = process.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
            started = process.create_time()
            same = abs(started - self.started) < CLOCK_S
            if not same and self.since_boot is not None:  # the clock was set, and all times of the system with it
                same = abs(started - psutil.boot_time() - self.since_boot) < CLOCK_S
            return same and not dead
        except psutil.Error:
            return False


@dataclass
class Ending:
    """The ending to record if nothing interrupts the run; the training fills it in."""

    stopped_by: str = FINISHED
    reason: str = ""


@contextlib.contextmanager
def recorded(folder: RunFolder) -> Iterator[Ending]:
    """Record this process as training inside the `with`, and afterwards how it ended."""
    import psutil  # noqa: PLC0415

    process = psutil.Process()
    started = process.create_time()
    record = RunRecord(process.pid, socket.gethostname(), started, since_boot=started - psutil.boot_time())
    ending = Ending()
    _write(folder, record)
    try:
        yield ending
    except (Interrupted, KeyboardInterrupt) as stop:
        ending.stopped_by, ending.reason = SIGNAL, str(stop)
        raise
    except BaseException as error:
        kind = "" if isinstance(error, UserError) else f"{type(error).__name__}: "
        ending.stopped_by, ending.reason = ERROR, f"{kind}{error}"
        raise
    finally:
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        with contextlib.suppress(OSError):  # the error already being raised reports a full disk
            ended = replace(record, stopped_by=ending.stopped_by, reason=ending.reason, ended=now)
            _write(folder, ended)


def note_ending(folder: RunFolder, ending: Ending) -> None:
    """Correct the record of a run that was killed between its last checkpoint and the end of its process."""
    record = read_record(folder)
    if record is None or record.stopped_by is None:
        with recorded(folder) as own:
            own.stopped_by, own.reason = ending.stopped_by, ending.reason


def phase(record: RunRecord | None, done: int, planned: int | None) -> Phase:
    """Whether a run is in progress, or how it ended.

    Args:
        record: of its last process; None if there is none, as in the folder of an older version.
        done: epochs recorded.
        planned: epochs asked for; None if unknown.
    """
    if record is None:
        return Phase.FINISHED if planned is not None and done >= planned else Phase.UNKNOWN
    if record.stopped_by is None:
        return Phase.KILLED if record.alive() is False else Phase.RUNNING
    if record.stopped_by.startswith(EARLY):
        return Phase.EARLY
    return {FINISHED: Phase.FINISHED, SIGNAL: Phase.STOPPED}.get(record.stopped_by, Phase.BROKEN)


def read_record(folder: RunFolder) -> RunRecord | None:
    """The record; None if there is none that can be read, as in the folder of an older version."""
    try:
        record = read_typed(folder.run_record, RunRecord)
    except (OSError, ValueError):
        return None
    return record if 0 < record.pid < MOST_PIDS else None


def _write(folder: RunFolder, record: RunRecord) -> None:
    write_text_atomically(folder.run_record, json.dumps(asdict(record), indent=2) + "\n")
