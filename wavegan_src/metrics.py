"""A run's figures in CSV files that survive interruption, and how figures are written. Without PyTorch.

A figure that was not measured is None and becomes an empty cell, never 0.
"""

import csv
import io
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from wavegan_src.atomic_files import write_text_atomically
from wavegan_src.errors import UserError

Value = float | int | str | bool | None
Row = Mapping[str, Value]

STEP_FIGURES = (
    "critic_loss",
    "generator_loss",
    "wasserstein_estimate",
    "gradient_penalty",
    "real_score",
    "fake_score",
    "critic_grad_norm",
    "generator_grad_norm",
    "learning_rate_critic",
    "learning_rate_generator",
)
ITERATION_COLUMNS = ("epoch", "iteration", "generator_step", *STEP_FIGURES, "clips_per_second", "seconds", "memory_mb")
EPOCH_COLUMNS = (
    "epoch",
    "iteration",
    "generator_step",
    *STEP_FIGURES,
    "clips_per_second",
    "seconds",
    "cpu_percent",
    "memory_mb",
    "gpu_percent",
    "gpu_memory_mb",
)
TIMING_COLUMNS = frozenset(
    {"clips_per_second", "seconds", "cpu_percent", "memory_mb", "gpu_percent", "gpu_memory_mb"}
    | {"machine_cpu_percent", "memory_available_mb", "disk_free_mb", "gpu_memory_total_mb", "temperature_c", "power_w"}
    | {f"{part}_seconds" for part in ("total", "data", "critic", "generator", "log", "evaluation", "samples")}
    | {f"{part}_seconds" for part in ("checkpoint", "plots", "rest")}
    | {f"critic_{part}_seconds" for part in ("forward", "penalty", "backward", "optimiser")}
)  # what differs between two otherwise identical runs


class CsvLog:
    """An append-only table: one header, stable columns, each row flushed as it happens."""

    def __init__(self, path: Path, columns: Sequence[str]):
        self.path = path
        self.columns = tuple(columns)

    def append(self, row: Row) -> None:
        """Add a row; its keys must be the columns, in any order."""
        if set(row) != set(self.columns):
            raise ValueError(f"{self.path.name}: row has {sorted(row)}, the columns are {sorted(self.columns)}")
        self.path.parent.mkdir(parents=True, exist_ok=True)
        new = not self.path.exists() or self.path.stat().st_size == 0
        lines = ([self.columns] if new else []) + [[format_value(row[name]) for name in self.columns]]
        with self.path.open("a", encoding="utf-8", newline="") as file:
            file.write(_to_csv(lines))
            file.flush()
            os.fsync(file.fileno())  # the checkpoint that follows must not know of rows the disk does not

    def keep_until(self, column: str, last: int) -> None:
        """Drop the rows after `last`, and a torn one: what a run wrote after the checkpoint it resumes from.

        A table with nothing to drop is left as it is, so that `tail -f` goes on with it.
        """
        if not self.path.exists():
            return
        rows = self.read()
        whole = [row for row in rows if None not in row.values() and int(row[column]) <= last]
        if len(whole) == len(rows) > 0 and self.path.read_bytes().endswith(b"\n"):
            return
        header = [list(self.columns)]
        write_text_atomically(self.path, _to_csv(header + [[row[name] for name in self.columns] for row in whole]))

    def read(self) -> list[dict[str, str]]:
        """All rows as text; a torn last line has None in its missing cells.

        Raises:
            UserError: the header is another version's.
        """
        if not self.path.exists():
            return []
        text = self.path.read_text(encoding="utf-8")
        if not text.endswith("\n"):  # the process was killed in the middle of a row
            text = text[: text.rfind("\n") + 1]
        reader = csv.DictReader(io.StringIO(text))
        if reader.fieldnames is not None and tuple(reader.fieldnames) != self.columns:
            raise UserError(
                f"{self.path} has other columns than this version writes. Use --fresh to start a new run beside it."
            )
        return list(reader)


def read_columns(path: Path) -> dict[str, list[float]]:
    """A table's numeric columns for plotting; empty or non-numeric cells become NaN, a torn last line is left out."""
    if not path.exists():
        return {}
    text = path.read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text[: text.rfind("\n") + 1])))
    return {name: [to_number(row[name]) for row in rows] for name in rows[0]} if rows else {}


def whole_lines(path: Path) -> tuple[str, str]:
    """The text of a table up to its last whole line, and what follows: a cut number is a wrong number.

    Bytes that are no text are replaced, as a killed machine leaves them.

    Raises:
        OSError: the file cannot be read.
    """
    text = path.read_bytes().decode("utf-8", errors="replace").replace("\0", "")
    end = text.rfind("\n") + 1
    return text[:end], text[end:]


def to_number(cell: str | None) -> float:
    """A cell's number, NaN where it holds none."""
    try:
        return float(cell or "nan")
    except ValueError:
        return math.nan


def format_value(value: Value) -> str:
    """One cell: empty for None, floats with nine significant digits (float32 survives the round trip)."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:.9g}" if isinstance(value, float) else str(value)


def readable(value: Value) -> str:
    """A figure for people: four significant digits, thousands spelt out, "-" for None."""
    if value is None:
        return "-"
    if not isinstance(value, float):
        return str(value)
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e9 else f"{value:.4g}"


def _to_csv(rows: Iterable[Sequence[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
