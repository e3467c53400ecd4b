"""The status of a run: its state and why, what to do about it, how far it got and how long it will take.

Read from the files of the folder alone, so it works on a run that is going on, finished, stopped, killed or damaged. It
imports no PyTorch: an answer takes less than a second.
"""

import dataclasses
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from wavegan_src.architectures import table as architectures
from wavegan_src.convergence.advice import advice, how_to_go_on
from wavegan_src.convergence.history import Columns, line_up, read_recorded
from wavegan_src.convergence.judging import judged_by
from wavegan_src.convergence.outlook import Outlook
from wavegan_src.convergence_detector import Verdict, latest
from wavegan_src.dsp.trends import Trend, middle
from wavegan_src.run.folder import RunFolder
from wavegan_src.run.record import Phase, RunRecord, phase, read_record
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.format import format_rough_duration
from wavegan_src.utils.reading import read_json

PACE_EPOCHS = 10  # the newest epochs, whose median is the pace: the machine may have been busy before
NO_STATE = "not started"


@dataclasses.dataclass(frozen=True)
class Status:
    """The status of a run, from its files.

    Attributes:
        run: its folder.
        activity: "running", "finished", "stopped", "killed" or "unknown".
        state: a `State`, or "not started" before the first row.
        since: first epoch of that state.
        evidence: figures by name, and "summary", the figures in words.
        advice: what to do.
        best_epoch: of the best checkpoint.
        epoch: epochs done.
        epochs: epochs planned; None where the configuration cannot be read.
        judged_by: recordings held out for validation, and whether they can choose a model; None in older runs.
        seconds_left: at the pace of the newest epochs; None where nothing is left or there is no pace.
        stopped_by: None while it runs; else "finished", "early stopping: STATE", "signal", "error", "killed", or
            "unknown" in a folder without a record.
        stop_reason: why it stopped, in words.
        problems: what is wrong with the files.
    """

    run: str
    activity: str
    state: str
    since: int | None
    evidence: dict[str, Any]
    advice: str
    best_epoch: int | None
    epoch: int
    epochs: int | None
    judged_by: str | None
    seconds_left: float | None
    stopped_by: str | None
    stop_reason: str
    problems: list[str]


def read_status(root: Path) -> Status:
    """The status of the run in that folder.

    Raises:
        UserError: there is no such folder, or nothing in it is a run's.
    """
    folder = _run_folder(root)
    config, config_problem = _read_config(folder)
    epochs, checkpoints = read_recorded(folder.epoch_csv), read_recorded(folder.checkpoint_csv)
    planned = _planned(config)
    done = int(max(epochs.columns.get("epoch", [0.0])[-1:] + checkpoints.columns.get("epoch", [0.0])[-1:], default=0))
    record = read_record(folder)
    now = phase(record, done, planned)
    primary = str(config.get("output", {}).get("primary_measure", "kad"))
    architecture = architectures.recorded(config)
    verdict = latest(line_up(epochs.columns, checkpoints.columns, primary, architecture))
    left = _seconds_left(epochs.columns, checkpoints.columns, done, planned, config)
    return Status(
        run=str(root),
        activity=_activity(now, record, verdict.state.name if verdict is not None else None),
        state=str(verdict.state) if verdict is not None else NO_STATE,
        since=verdict.since if verdict is not None else None,
        evidence=_evidence(verdict),
        advice=advice(verdict.state.name if verdict is not None else None, now, architecture),
        best_epoch=verdict.best_epoch if verdict is not None else None,
        epoch=done,
        epochs=planned,
        judged_by=_judged_by(checkpoints.columns),
        seconds_left=None if now in (Phase.FINISHED, Phase.EARLY) else left,
        stopped_by=_stopped_by(now, record),
        stop_reason=record.reason if record is not None else "",
        problems=[text for text in (config_problem, epochs.problem, checkpoints.problem) if text],
    )


def to_json(status: Status) -> str:
    """One JSON object; what was not measured is null."""
    return json.dumps(dataclasses.asdict(status), indent=2, ensure_ascii=False, allow_nan=False)


def to_lines(status: Status) -> list[str]:
    """The same for people, a fact a line."""
    of = f" of {status.epochs}" if status.epochs is not None else ""
    since = f" since epoch {status.since}" if status.since not in (None, status.epoch) else ""
    lines = {
        "state": f"{status.state}{since}",
        "because": str(status.evidence.get("summary", "")),
        "advice": status.advice,
        "best": f"epoch {status.best_epoch}" if status.best_epoch is not None else "",
        "judged by": status.judged_by or "",
        "epochs": f"{status.epoch}{of} done",
        "time left": f"about {format_rough_duration(status.seconds_left)}" if status.seconds_left is not None else "",
        "run": status.activity + (f", by {status.stopped_by}" if status.activity == "stopped" else ""),
        "reason": status.stop_reason,
        "trouble": "; ".join(status.problems),
    }
    return [f"{name:>10}  {text}" for name, text in lines.items() if text]


def _run_folder(root: Path) -> RunFolder:
    if not root.is_dir():
        what = "is a file, not a run's folder" if root.exists() else "does not exist"
        raise UserError(f"{root} {what}: give the output folder of a training, such as output_wavegan.")
    folder = RunFolder(root)
    if not folder.statistics.is_dir() and not folder.checkpoints.is_dir():
        raise UserError(
            f"{root} is no run's folder (it has no epochs_statistics): give the output folder of a training."
        )
    return folder


def _read_config(folder: RunFolder) -> tuple[Mapping[str, Any], str]:
    """The snapshot of the configuration as far as it can be read, and what is wrong with it."""
    name = folder.config_snapshot.name
    if not folder.config_snapshot.exists():
        return {}, f"{name} is missing"
    try:
        values = read_json(folder.config_snapshot)
    except (OSError, ValueError):
        return {}, f"{name} cannot be read"
    sections = isinstance(values, dict) and all(isinstance(values.get(key), dict) for key in ("training", "output"))
    return (values, "") if sections else ({}, f"{name} is no configuration")


def _planned(config: Mapping[str, Any]) -> int | None:
    epochs = config.get("training", {}).get("epochs")
    return epochs if isinstance(epochs, int) else None


def _judged_by(checkpoints: Columns) -> str | None:
    """What there is to judge by, in words; None where it was not counted."""
    counts = [checkpoints.get(name, [math.nan])[-1] for name in ("compared_clips", "validation_recordings")]
    if not all(map(math.isfinite, counts)):
        return None
    return judged_by(*map(int, counts))


def _stopped_by(now: Phase, record: RunRecord | None) -> str | None:
    """What ended it, None while it goes on: the record's own word where it has one."""
    if now == Phase.RUNNING:
        return None
    return (record.stopped_by if record is not None else None) or str(now)


def _activity(now: Phase, record: RunRecord | None, state: str | None) -> str:
    """What the run does, in a few words."""
    if now == Phase.RUNNING and record is not None and record.alive() is None:
        return f"running on {record.host}, if it still runs"
    if now == Phase.KILLED:
        return f"killed: {how_to_go_on(state, now)}"
    return str(Phase.STOPPED) if now in (Phase.EARLY, Phase.BROKEN) else str(now)


def _seconds_left(
    epochs: Columns, checkpoints: Columns, done: int, planned: int | None, config: Mapping[str, Any]
) -> float | None:
    """At the newest epochs' pace, with the checkpoints that are due."""
    pace = _median(epochs.get("seconds", [])[-PACE_EPOCHS:])
    if planned is None or pace is None or done >= planned:
        return None
    interval = config.get("output", {}).get("checkpoint_interval_epochs")
    each = _median(checkpoints.get("seconds", [])[-PACE_EPOCHS:]) or 0.0  # a run before its first one has none to count
    due = planned // interval - done // interval if isinstance(interval, int) and interval > 0 else 0
    return (planned - done) * pace + due * each


def _median(values: list[float]) -> float | None:
    """Of those that a clock can have measured."""
    possible = [value for value in values if math.isfinite(value) and value >= 0]
    return float(middle(np.sort(possible))) if possible else None


def _evidence(verdict: Verdict | None) -> dict[str, Any]:
    """The figures of an outlook for JSON: trends as objects."""
    if verdict is None:
        return {"summary": "nothing is recorded yet"}
    return {"summary": verdict.reason} | {
        field.name: _plain(getattr(verdict.view, field.name)) for field in dataclasses.fields(Outlook)
    }


def _plain(value: object) -> object:
    if isinstance(value, Trend):
        return {name: _plain(figure) for name, figure in dataclasses.asdict(value).items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value
