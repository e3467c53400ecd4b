import json
import math
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.support.cli import RunCli
from tests.support.convergence import steady_run, write_columns
from wavegan_src.convergence_detector import replay
from wavegan_src.report.status import Status, read_status, to_json, to_lines
from wavegan_src.run.folder import RunFolder
from wavegan_src.utils.errors import UserError

KEYS = {"state", "evidence", "advice", "best_epoch", "epoch", "stopped_by"}


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """Thirty of fifty checkpoints, ten epochs apart; every epoch that is recorded took 2 s, a checkpoint 4 s."""
    made = RunFolder(tmp_path / "run")
    made.create()
    epochs, checkpoints = steady_run(30)
    write_columns(made.epoch_csv, epochs | {"seconds": [2.0] * 30})
    write_columns(made.checkpoint_csv, checkpoints | {"seconds": [4.0] * 30})
    config: dict[str, Any] = {
        "training": {"epochs": 500},
        "output": {"primary_measure": "kad", "checkpoint_interval_epochs": 10},
    }
    made.config_snapshot.write_text(json.dumps(config))
    return made


def record(folder: RunFolder, **values: object) -> None:
    own = {"pid": os.getpid(), "host": socket.gethostname(), "started": psutil.Process().create_time()}
    folder.run_record.write_text(json.dumps(own | values))


def text(status: Status) -> str:
    return "\n".join(to_lines(status))


def test_a_running_run(folder: RunFolder) -> None:
    record(folder)
    found = read_status(folder.root)
    verdict = replay(*steady_run(30))[-1]
    assert (found.state, found.advice, found.best_epoch) == (verdict.state, verdict.advice, verdict.best_epoch)
    assert (found.activity, found.stopped_by, found.epoch, found.epochs) == ("running", None, 300, 500)
    assert found.seconds_left == 200 * 2 + 20 * 4
    assert "300 of 500 done" in text(found)
    assert "about 8 min" in text(found)
    assert found.problems == []


def test_json_is_one_object_with_the_promised_keys(folder: RunFolder) -> None:
    record(folder)
    values = json.loads(to_json(read_status(folder.root)), parse_constant=pytest.fail)
    assert values.keys() >= KEYS
    assert values["evidence"]["quality"]["count"] == 10
    assert values["evidence"]["summary"]


@pytest.mark.parametrize(
    ("values", "by", "activity"),
    [
        ({"stopped_by": "finished"}, "finished", "finished"),
        ({"stopped_by": "early stopping: overfitting", "reason": "why"}, "early stopping: overfitting", "stopped"),
        ({"stopped_by": "signal"}, "signal", "stopped"),
        ({"started": 1.0}, "killed", "killed"),
        ({"host": "elsewhere"}, None, "running on elsewhere"),
    ],
)
def test_how_a_run_ended(folder: RunFolder, values: dict[str, object], by: str | None, activity: str) -> None:
    record(folder, **values)
    found = read_status(folder.root)
    assert found.stopped_by == by
    assert found.activity.startswith(activity)
    assert (found.seconds_left is None) == (by is not None and by.startswith(("finished", "early")))


def test_a_run_without_a_record_is_finished_when_its_epochs_are_done(folder: RunFolder) -> None:
    assert read_status(folder.root).stopped_by == "unknown"
    folder.config_snapshot.write_text(json.dumps({"training": {"epochs": 300}, "output": {}}))
    assert read_status(folder.root).stopped_by == "finished"


def test_files_cut_in_the_middle_are_read_as_far_as_they_go(folder: RunFolder) -> None:
    whole = read_status(folder.root)
    for path in (folder.epoch_csv, folder.checkpoint_csv):
        with path.open("a") as file:
            file.write("310,1.2")
    found = read_status(folder.root)
    assert (found.state, found.epoch) == (whole.state, whole.epoch)
    assert "epoch_statistics.csv is cut in its last line" in text(found)


@pytest.mark.parametrize("size", range(0, 400, 23))
def test_no_cut_breaks_it(folder: RunFolder, size: int) -> None:
    for path in (folder.epoch_csv, folder.checkpoint_csv, folder.config_snapshot):
        path.write_bytes(path.read_bytes()[:size])
    found = read_status(folder.root)
    assert to_json(found)
    assert text(found)


def test_an_empty_run_has_not_started(tmp_path: Path) -> None:
    made = RunFolder(tmp_path / "run")
    made.create()
    found = read_status(made.root)
    assert (found.state, found.epoch, found.best_epoch, found.epochs) == ("not started", 0, None, None)
    assert "experiment_config.json is missing" in text(found)
    assert json.loads(to_json(found)).keys() >= KEYS


def test_damaged_files_are_told(folder: RunFolder) -> None:
    folder.epoch_csv.write_bytes(b"\x00\x01\xff" * 50)
    folder.checkpoint_csv.write_text("name,price\napple,1\n")
    folder.config_snapshot.write_text("[1, 2")
    folder.run_record.write_text("{")
    found = read_status(folder.root)
    assert found.state == "not started"
    told = text(found)
    assert all(part in told for part in ("epoch_statistics.csv", "no column epoch", "config.json cannot be read"))


def test_a_clock_that_jumped_gives_no_time_left(folder: RunFolder) -> None:
    epochs, _ = steady_run(30)
    write_columns(folder.epoch_csv, epochs | {"seconds": [math.nan] * 30})
    assert read_status(folder.root).seconds_left is None
    odd = [2.0, -3600.0, math.inf, 2.0, -math.inf]
    write_columns(folder.epoch_csv, epochs | {"seconds": 6 * odd, "clips_per_second": 6 * odd})
    found = read_status(folder.root)
    assert found.seconds_left == 200 * 2 + 20 * 4  # by what can be true
    assert found.state == replay(*steady_run(30))[-1].state  # and a pace says nothing of the networks


def test_what_is_no_run_is_a_plain_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="does not exist"):
        read_status(tmp_path / "nowhere")
    (tmp_path / "file").write_text("x")
    with pytest.raises(UserError, match="is a file"):
        read_status(tmp_path / "file")
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "holiday.jpg").write_text("x")
    with pytest.raises(UserError, match="is no run's folder"):
        read_status(tmp_path / "foreign")


def test_the_verb(cli: RunCli, folder: RunFolder, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in folder.root.rglob("*") if path.is_file()}
    told = cli("status", str(folder.root))
    assert (told.returncode, "300 of 500 done" in told.stdout) == (0, True), told.stderr
    assert json.loads(cli("status", str(folder.root), "--json").stdout)["epoch"] == 300
    assert {path: path.read_bytes() for path in folder.root.rglob("*") if path.is_file()} == before
    missing = cli("status", "nowhere")
    assert (missing.returncode, missing.stdout) == (2, "")
    assert "nowhere does not exist" in missing.stderr
    shutil.copytree(folder.root, tmp_path / "output_wavegan")
    assert "300 of 500 done" in cli("status").stdout


def test_it_imports_nothing_heavy() -> None:
    code = "import sys, wavegan_src.cli.app, wavegan_src.report.status; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"torch", "scipy", "matplotlib", "soundfile"} & set(loaded)


def test_status_says_what_judges_the_run(folder: RunFolder) -> None:
    _, checkpoints = steady_run(30)
    assert read_status(folder.root).judged_by is None  # an older run did not count
    counted = {"compared_clips": [7.0] * 30, "validation_recordings": [1.0] * 30}
    write_columns(folder.checkpoint_csv, checkpoints | counted)
    told = "7 clips of 1 recording: too small to choose a model by, so the best model is the newest checkpoint"
    assert read_status(folder.root).judged_by == told
    assert f"judged by  {told}" in text(read_status(folder.root))
    write_columns(folder.checkpoint_csv, checkpoints | counted | {"validation_recordings": [4.0] * 30})
    assert read_status(folder.root).judged_by == "7 clips of 4 recordings"
    write_columns(folder.checkpoint_csv, checkpoints | counted | {"validation_recordings": [0.0] * 30})
    assert read_status(folder.root).judged_by == told.replace("7 clips of 1 recording", "the training clips themselves")
