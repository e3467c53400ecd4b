"""CSV tables that survive interruption: an append-only log, and a reader of whatever a killed run left.

A figure that was not measured is None and becomes an empty cell, never 0. A text that a spreadsheet would take for a
formula, such as a file name that begins with "=", is written after an apostrophe, which `read_cells` removes.
"""

import contextlib
import csv
import io
import math
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wavegan_src.utils.errors import UserError
from wavegan_src.utils.files import make_own_folder, open_to_append, write_text_atomically
from wavegan_src.utils.reading import read_regular

_TRUTHS = ("false", "true")
LARGEST_COUNT = 1e15  # of anything that a run counts

Value = float | int | str | bool | None
Row = Mapping[str, Value]

_FORMULA = re.compile(r"'*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")  # cells that spreadsheets compute, or mended ones


class CsvLog:
    """An append-only table: one header, fixed columns, each row flushed at once."""

    def __init__(self, path: Path, columns: Sequence[str]):
        self.path = path
        self.columns = tuple(columns)

    def append(self, row: Row) -> None:
        """Add a row; its keys must be the columns, in any order."""
        if set(row) != set(self.columns):
            raise ValueError(f"{self.path.name}: row has {sorted(row)}, the columns are {sorted(self.columns)}")
        make_own_folder(self.path.parent.parent, self.path.parent.name)
        new = not self.path.exists() or self.path.stat().st_size == 0
        lines = ([self.columns] if new else []) + [[format_value(row[name]) for name in self.columns]]
        with open_to_append(self.path) as file:
            file.write(to_csv(lines))
            file.flush()
            os.fsync(file.fileno())  # a later checkpoint must not refer to rows that are not on the disk

    def truncate_after(self, column: str, last: int) -> None:
        """Drop the rows after `last`, and a torn one: those written after the checkpoint that a run resumes from.

        A table with nothing to drop is not rewritten, so that `tail -f` keeps working. A table of an older version,
        which had fewer columns, gets the new ones with empty cells.
        """
        if not self.path.exists():
            return
        table = self._read()
        whole = [row for row in self._rows(table) if to_number(row[column]) <= last]
        unchanged = len(whole) == len(table.rows) > 0 and len(table.header) == len(self.columns)
        if unchanged and not table.damaged and not table.torn:
            return
        header = [list(self.columns)]
        write_text_atomically(self.path, to_csv(header + [[row[name] for name in self.columns] for row in whole]))

    def read(self) -> list[dict[str, str]]:
        """All complete rows as text.

        Raises:
            UserError: the header is not of this version.
        """
        return self._rows(self._read())

    def _read(self) -> "Cells":
        table = read_cells(self.path)
        if tuple(table.header) != self.columns[: len(table.header)]:  # new versions only add columns, at the end
            raise UserError(f"{self.path} has other columns than this version writes. Use --fresh to start a new run.")
        return table

    def _rows(self, table: "Cells") -> list[dict[str, str]]:
        added = [""] * (len(self.columns) - len(table.header))
        return [dict(zip(self.columns, [*row, *added], strict=True)) for row in table.rows]


@dataclass(frozen=True)
class Cells:
    """The complete lines of a table, as text.

    Attributes:
        header: names of the columns; empty if there is no complete first line.
        rows: lines with the right number of cells.
        damaged: number of lines with more or fewer cells.
        torn: whether an incomplete last line follows.
    """

    header: list[str]
    rows: list[list[str]]
    damaged: int = 0
    torn: bool = False


def read_cells(path: Path) -> Cells:
    """Read a table that may be damaged; a missing file is an empty table.

    An incomplete last line is ignored, since a truncated number is a wrong number. Bytes that are not text, as after a
    power cut, are replaced, and zeros dropped.

    Raises:
        OSError: the file cannot be read.
    """
    try:
        data = read_regular(path)
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
    """The cells of each line, and the number of lines that cannot be parsed because a cell is too long."""
    try:
        return _lines(text), 0
    except csv.Error:
        pass
    found = []
    for line in text.splitlines():
        with contextlib.suppress(csv.Error):
            found += _lines(line)
    return found, len(text.splitlines()) - len(found)


def _lines(text: str) -> list[list[str]]:
    if "'" not in text:
        return list(csv.reader(io.StringIO(text)))
    rows = csv.reader(io.StringIO(text))
    return [[cell[1:] if cell[:1] == "'" and _FORMULA.match(cell) else cell for cell in row] for row in rows]


def read_columns(path: Path) -> dict[str, list[float]]:
    """A table's columns for plotting; empty or non-numeric cells become NaN, damaged lines are ignored."""
    table = read_cells(path)
    return (
        {name: [to_number(row[at]) for row in table.rows] for at, name in enumerate(table.header)} if table.rows else {}
    )


def to_number(cell: str | None) -> float:
    """The number in a cell, 1 or 0 for a truth, or NaN."""
    if cell in _TRUTHS:
        return float(cell == _TRUTHS[1])
    try:
        return float(cell or "nan")
    except ValueError:
        return math.nan


def to_count(number: float | None) -> int | None:
    """The whole number of a figure that counts something; None if it cannot be one."""
    return int(number) if number is not None and 0 <= number <= LARGEST_COUNT else None


def format_value(value: Value) -> str:
    """One cell: empty for None, floats with nine significant digits (float32 survives the round trip)."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _TRUTHS[value]
    return f"{value:.9g}" if isinstance(value, float) else str(value)


def to_csv(rows: Iterable[Iterable[Any]]) -> str:
    """Lines of a table that `read_cells` reads back exactly; texts that look like formulas are mended, numbers stay."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([_harmless(cell) for cell in row] for row in rows)
    return text.getvalue()


def _harmless(cell: Any) -> Any:
    if not isinstance(cell, str) or not _FORMULA.match(cell) or not math.isnan(to_number(cell)):
        return cell
    return f"'{cell}"
