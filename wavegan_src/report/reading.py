"""A run's folder as a report needs it, however much of it there is: empty, cut short, half-written or foreign."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from wavegan_src.architectures import table as architectures
from wavegan_src.config_loader import RUN_INFO_KEY
from wavegan_src.convergence.history import best_row
from wavegan_src.metrics import CHECKPOINT_COLUMNS, FALLBACK_MEASURE
from wavegan_src.report.verdicts import verdicts
from wavegan_src.run.events import Event, read_events
from wavegan_src.run.folder import RunFolder
from wavegan_src.run.record import Phase, RunRecord, phase, read_record
from wavegan_src.utils.csv_log import read_cells, to_count, to_number
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.reading import read_json

Columns = dict[str, list[float]]


@dataclass(frozen=True)
class RunData:
    """What a run left behind.

    Attributes:
        name: how a page calls it.
        config: the snapshot's settings by section; empty where there is no readable snapshot.
        info: the snapshot's facts of the run.
        epochs, checkpoints, resources, profile: numeric columns by name, NaN where a cell is empty.
        gpus: columns of each GPU by its label.
        events: what happened, oldest first.
        record: which process works on it, and how the last one ended; None if there is no record.
        problems: in a sentence each, what could not be read.
    """

    folder: RunFolder
    name: str
    config: dict[str, Any]
    info: dict[str, Any]
    epochs: Columns
    checkpoints: Columns
    resources: Columns
    profile: Columns
    gpus: dict[str, Columns]
    events: list[Event]
    record: RunRecord | None
    problems: list[str]

    def setting(self, key: str) -> Any:
        """A setting by its dotted key; None where it is not known."""
        section, name = key.split(".")
        values = self.config.get(section)
        return values.get(name) if isinstance(values, Mapping) else None

    @property
    def architecture(self) -> str:
        """Which networks it trains."""
        return architectures.recorded(self.config)

    @property
    def procedural(self) -> bool:
        """Whether the training data was synthesised."""
        return bool(self.setting("dataset.source") == "procedural")

    @property
    def epoch(self) -> int:
        """Epochs done."""
        return int(max(self.epochs.get("epoch", []), default=0))

    @property
    def phase(self) -> Phase:
        """Whether it goes on, or how it ended."""
        planned = self.setting("training.epochs")
        return phase(self.record, self.epoch, planned if isinstance(planned, int) else None)

    @property
    def primary(self) -> str:
        """The measure that chooses the best model, as far as it was taken."""
        wanted = self.setting("output.primary_measure")
        measured = not all(map(math.isnan, self.checkpoints.get(str(wanted), [])))
        return str(wanted) if measured else FALLBACK_MEASURE

    @property
    def best(self) -> int | None:
        """Row of the best checkpoint; None where none was judged."""
        return best_row(self.checkpoints, self.primary)

    @property
    def best_epoch(self) -> int | None:
        """Its epoch."""
        return None if self.best is None else int(self.checkpoints["epoch"][self.best])

    def at_best(self, column: str) -> float | None:
        """A measure of the best checkpoint; None where it was not taken."""
        if self.best is None or column not in self.checkpoints:
            return None
        value = self.checkpoints[column][self.best]
        return None if math.isnan(value) else value

    def verdicts(self) -> list[str]:
        """What the figures say, most important first."""
        if not self.checkpoints.get("epoch"):
            return []
        filled = dict.fromkeys(CHECKPOINT_COLUMNS, [math.nan] * len(self.checkpoints["epoch"])) | self.checkpoints
        data = "stand-in" if self.procedural else "real"
        return verdicts(self.epochs, filled, data, self.primary, self.phase, self.architecture)


def read_run(root: Path) -> RunData:
    """Read whatever a run's folder has.

    Raises:
        UserError: the folder does not exist, or nothing in it is of a run.
    """
    folder = RunFolder(root)
    if not root.is_dir():
        cure = "give the folder that a training wrote (its --output-dir), or train first"
        raise UserError(f"There is no folder {root}: {cure}.")
    known = (folder.config_snapshot, folder.epoch_csv, folder.checkpoint_csv)
    if not any(path.exists() for path in known):
        raise UserError(
            f"{root} holds no run: there is no {folder.config_snapshot.relative_to(root)} and no "
            f"{folder.epoch_csv.relative_to(root)} in it. Give the folder that a training wrote."
        )
    problems: list[str] = []
    config = _read_snapshot(folder.config_snapshot, problems)
    info = config.pop(RUN_INFO_KEY, None)
    checkpoints = read_table(folder.checkpoint_csv, problems, needed=("compared_clips",))
    return RunData(
        folder=folder,
        name=root.resolve().name,
        config=config,
        info=info if isinstance(info, dict) else {},
        epochs=read_table(folder.epoch_csv, problems),
        checkpoints=checkpoints,
        resources=read_table(folder.resource_csv, problems),
        profile=read_table(folder.profile_csv, problems),
        gpus=_read_gpus(folder.gpu_csv, problems),
        events=read_events(folder.events),
        record=read_record(folder),
        problems=problems,
    )


def with_own_names(runs: Sequence[RunData]) -> list[RunData]:
    """The runs, those that share a name called by the folders above as well, as many as it takes."""
    paths = [run.folder.root.resolve() for run in runs]
    named = []
    for run, path in zip(runs, paths, strict=True):
        tails = (path.parts[-length:] for length in range(1, len(path.parts) + 1))
        own = next(tail for tail in tails if sum(other.parts[-len(tail) :] == tail for other in paths) == 1)
        named.append(replace(run, name="/".join(own)))
    return named


def read_table(path: Path, problems: list[str], needed: Sequence[str] = ()) -> Columns:
    """A table's numeric columns; damaged lines are left out and counted in `problems`.

    Args:
        path: a CSV file, which may be missing.
        problems: gets a sentence for what is wrong.
        needed: columns, beside "epoch", without whose numbers a row is of no use.
    """
    rows, header, damaged = _read_rows(path, problems)
    needed = ("epoch", *needed)
    if not rows and not damaged:
        return {}
    missing = [name for name in needed if name not in header]
    if missing:
        problems.append(f"{path.name} has no column {missing[0]}: it is no table of this program, and is left out.")
        return {}
    numbers = [{name: to_number(cell) for name, cell in row.items()} for row in rows]
    whole = [
        row
        for row in numbers
        if all(math.isfinite(row[name]) for name in needed) and to_count(row["epoch"]) is not None
    ]
    damaged += len(numbers) - len(whole)
    if damaged:
        lines = "line is" if damaged == 1 else "lines are"
        problems.append(f"{damaged} damaged {lines} left out of {path.name}.")
    return {name: [row[name] for row in whole] for name in header} if whole else {}


def _read_rows(path: Path, problems: list[str]) -> tuple[list[dict[str, str]], list[str], int]:
    """Whole rows by column, the header, and how many lines are damaged or torn."""
    try:
        table = read_cells(path)
    except OSError as error:
        problems.append(f"{path.name} cannot be read: {error.strerror}.")
        return [], [], 0
    rows = [dict(zip(table.header, row, strict=True)) for row in table.rows]
    return rows, table.header, table.damaged + table.torn


def _read_snapshot(path: Path, problems: list[str]) -> dict[str, Any]:
    try:
        values = read_json(path)
    except FileNotFoundError:
        problems.append(f"{path.name} is missing: the configuration is not known.")
        return {}
    except (OSError, ValueError):
        problems.append(f"{path.name} is damaged: the configuration is not known.")
        return {}
    if not isinstance(values, dict):
        problems.append(f"{path.name} is no configuration.")
        return {}
    return values


def _read_gpus(path: Path, problems: list[str]) -> dict[str, Columns]:
    """Columns by GPU, labelled with its index and name."""
    names = {row["gpu"]: row["name"] for row in _read_rows(path, [])[0] if row.keys() >= {"gpu", "name"}}
    table = read_table(path, problems, needed=("gpu",))
    if not table:
        return {}
    found: dict[str, Columns] = {}
    for index, name in sorted(names.items()):
        rows = [row for row, gpu in enumerate(table["gpu"]) if gpu == to_number(index)]
        found[f"GPU {index} ({name})"] = {column: [values[row] for row in rows] for column, values in table.items()}
    return found
