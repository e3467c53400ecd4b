import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from wavegan_src.run.folder import RunFolder
from wavegan_src.run.record import Ending, RunRecord, note_ending, read_record, recorded
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.processes.signals import Interrupted


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    made = RunFolder(tmp_path / "run")
    made.create()
    return made


def known(folder: RunFolder) -> RunRecord:
    record = read_record(folder)
    assert record is not None
    return record


def test_while_it_runs_the_process_is_named_and_alive(folder: RunFolder) -> None:
    with recorded(folder):
        record = known(folder)
        assert (record.pid, record.stopped_by, record.alive()) == (os.getpid(), None, True)
    record = known(folder)
    assert (record.stopped_by, record.reason) == ("finished", "")
    assert record.ended is not None


@pytest.mark.parametrize(
    ("error", "by", "reason"),
    [
        (Interrupted("Stopped in epoch 3.", signal.SIGINT), "signal", "Stopped in epoch 3."),
        (UserError("Out of memory."), "error", "Out of memory."),
        (ZeroDivisionError("x"), "error", "ZeroDivisionError: x"),
    ],
)
def test_how_it_ended_is_recorded(folder: RunFolder, error: Exception, by: str, reason: str) -> None:
    with pytest.raises(type(error)), recorded(folder):
        raise error
    assert (known(folder).stopped_by, known(folder).reason) == (by, reason)


def test_the_training_may_say_how_it_ended(folder: RunFolder) -> None:
    with recorded(folder) as ending:
        ending.stopped_by, ending.reason = "early stopping: overfitting", "because"
    assert (known(folder).stopped_by, known(folder).reason) == ("early stopping: overfitting", "because")


def test_a_killed_process_is_dead_and_its_number_may_be_anothers(folder: RunFolder) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        started = psutil.Process(process.pid).create_time()
        record = RunRecord(process.pid, socket.gethostname(), started)
        assert record.alive() is True
        assert RunRecord(process.pid, socket.gethostname(), started - 3600).alive() is False
        process.kill()
        process.wait()
        assert record.alive() is False
    assert RunRecord(1, "another-machine", 0.0).alive() is None


def test_a_clock_that_was_set_does_not_make_a_process_dead(folder: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Linux tells when a process began from the clock of now: an hour forward moves all beginnings by an hour."""
    with recorded(folder):
        running = known(folder)
        begun, boot = psutil.Process().create_time(), psutil.boot_time()
        for jump in (3600.0, -86400.0):
            monkeypatch.setattr(psutil.Process, "create_time", lambda self, jump=jump: begun + jump)
            monkeypatch.setattr(psutil, "boot_time", lambda jump=jump: boot + jump)
            assert running.alive() is True
        monkeypatch.setattr(psutil, "boot_time", lambda: boot)  # another process of that number
        assert running.alive() is False


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no processes that are dead and still there")
def test_a_killed_process_that_nobody_has_asked_for_is_dead() -> None:
    """As in a container whose first process is no init."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        record = RunRecord(process.pid, socket.gethostname(), psutil.Process(process.pid).create_time())
        assert record.alive()
        process.kill()
        for _ in range(500):
            if psutil.Process(process.pid).status() == psutil.STATUS_ZOMBIE:
                break
            time.sleep(0.01)
        assert record.alive() is False


@pytest.mark.parametrize("values", [{"stopped_by": 5}, {"reason": None}, {"host": 3}, {"ended": [1]}, {"pid": "x"}])
def test_a_record_with_values_of_another_kind_is_none(folder: RunFolder, values: dict[str, object]) -> None:
    folder.run_record.write_text(json.dumps({"pid": 1, "host": "x", "started": 1.0} | values))
    assert read_record(folder) is None


def test_a_run_killed_at_its_very_end_is_put_right(folder: RunFolder) -> None:
    folder.run_record.write_text(json.dumps({"pid": 1, "host": "h", "started": 1.0}))
    note_ending(folder, Ending("finished"))
    assert known(folder).stopped_by == "finished"
    note_ending(folder, Ending("early stopping: converged", "late"))
    assert known(folder).stopped_by == "finished"  # what was recorded stays


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"pid": "x", "host": 1, "started": 2}', '{"other": 1}'])
def test_a_broken_record_is_none(folder: RunFolder, text: str) -> None:
    assert read_record(folder) is None
    folder.run_record.write_text(text)
    assert read_record(folder) is None
