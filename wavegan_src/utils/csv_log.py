"""CSV tables that survive interruption: an append-only log, and a reader of whatever a killed run left.

A figure that was not measured is None and becomes an empty cell, never 0.
"""

import contextlib
import csv
import io
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wavegan_src.utils.errors import UserError
from wavegan_src.utils.files import write_text_atomically

Value = float | int | str | bool | None
Row = Mapping[str, Value]


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

    def truncate_after(self, column: str, last: int) -> None:
        """Drop the rows after `last`, and a torn one: what a run wrote after the checkpoint it resumes from.

        A table with nothing to drop is left as it is, so that `tail -f` goes on with it. One of an older version, which
        had fewer columns, gets the others with empty cells.
        """
        if not self.path.exists():
            return
        table = self._read()
        whole = [row for row in self._rows(table) if to_number(row[column]) <= last]
        unchanged = len(whole) == len(table.rows) > 0 and len(table.header) == len(self.columns)
        if unchanged and not table.damaged and not table.torn:
            return
        header = [list(self.columns)]
        write_text_atomically(self.path, _to_csv(header + [[row[name] for name in self.columns] for row in whole]))

    def read(self) -> list[dict[str, str]]:
        """All whole rows as text.

        Raises:
            UserError: the header is another version's.
        """
        return self._rows(self._read())

    def _read(self) -> "Cells":
        table = read_cells(self.path)
        if tuple(table.header) != self.columns[: len(table.header)]:  # columns are only ever added, and at the end
            raise UserError(
                f"{self.path} has other columns than this version writes. Use --fresh to start a new run beside it."
            )
        return table

    def _rows(self, table: "Cells") -> list[dict[str, str]]:
        added = [""] * (len(self.columns) - len(table.header))
        return [dict(zip(self.columns, [*row, *added], strict=True)) for row in table.rows]


@dataclass(frozen=True)
class Cells:
    """A table's text, as far as it is whole.

    Attributes:
        header: names of the columns; empty where there is no whole first line.
        rows: those with as many cells.
        damaged: how many lines have more or fewer.
        torn: whether text without the end of its line follows.
    """

    header: list[str]
    rows: list[list[str]]
    damaged: int = 0
    torn: bool = False


def read_cells(path: Path) -> Cells:
    """Read a table that may be damaged; where there is no file it has nothing.

    A last line without its end is left out, since a cut number is a wrong number. Bytes that are no text, as a killed
    machine leaves them, are replaced, and zeros dropped.

    Raises:
        OSError: the file cannot be read.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return Cells([], [])
    torn = bool(data) and not data.endswith(b"\n")
    text = data[: data.rfind(b"\n") + 1].decode("utf-8", errors="replace").replace("\0", "")
    lines, unreadable = _split(text)
    if not lines:
        return Cells([], [], unreadable, torn)
    header, *body = lines
    rows = [row for row in body if len(row) == len(header)]
    return Cells(header, rows, unreadable + len(body) - len(rows), torn)


def _split(text: str) -> tuple[list[list[str]], int]:
    """Lines as cells, and how many lines are none: a cell of theirs is longer than any that a program writes."""
    try:
        return list(csv.reader(io.StringIO(text))), 0
    except csv.Error:
        pass
    found = []
    for line in text.splitlines():
        with contextlib.suppress(csv.Error):
            found += list(csv.reader([line]))
    return found, len(text.splitlines()) - len(found)


def read_columns(path: Path) -> dict[str, list[float]]:
    """A table's columns for plotting; empty or non-numeric cells become NaN, damaged lines are left out."""
    table = read_cells(path)
    return (
        {name: [to_number(row[at]) for row in table.rows] for at, name in enumerate(table.header)} if table.rows else {}
    )


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


def _to_csv(rows: Iterable[Sequence[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
