"""Tables of speed over time that people write, by hand or with a spreadsheet.

Unlike the program's own logs (`utils.csv_log`), what cannot be read is refused and named, never left out.
"""

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from wavegan_src.dsp.arrays import Floats
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.paths import shown
from wavegan_src.utils.reading import read_or_refuse

TIME, RPM, LOAD = "time_s", "rpm", "load"
PROBABLY_HERTZ = 250.0  # rpm: no engine runs so slowly throughout
_LONGEST_SHOWN, _MOST_SHOWN = 30, 8  # letters of a cell in a message, and cells


def read_table(path: Path, needed: Sequence[str], optional: Sequence[str] = ()) -> dict[str, Floats]:
    """These columns of a table, `(rows,)` each; none if one that is needed is not there, for then it is another table.

    Names may be in any case and have spaces around them. An optional column of empty cells is as good as none.

    Raises:
        UserError: the file cannot be read, or is no text; its cells are not separated by commas; a row has too few or
            too many; a cell is no number; one of these columns is there twice.
    """
    header, body = _lines(path)
    names = [cell.strip().lower() for cell in header]
    if not set(needed) <= set(names):
        return {}
    for name in (*needed, *optional):
        if names.count(name) > 1:
            raise UserError(f"{shown(path)} has the column {name} twice: delete one.")
    for number, row in enumerate(body, 1):
        if len(row) != len(names):
            raise UserError(
                f"{shown(path)}, row {number} has {len(row)} cells where the header has {len(names)}: give each row "
                "one cell for each column, and write decimals with a point."
            )
    places = {name: names.index(name) for name in (*needed, *optional) if name in names}
    return {
        name: np.array([_number(path, number, name, row[place]) for number, row in enumerate(body, 1)])
        for name, place in places.items()
        if name in needed or any(row[place].strip() for row in body)
    }


def columns_of(path: Path) -> list[str]:
    """The first names in a table's first line, as `read_table` takes them, for a message."""
    return [repr(cell.strip().lower()[:_LONGEST_SHOWN])[1:-1] for cell in _lines(path)[0][:_MOST_SHOWN]]


def _lines(path: Path) -> tuple[list[str], list[list[str]]]:
    data = read_or_refuse(path)
    try:
        text = data.decode("utf-8-sig")
        lines = [row for row in csv.reader(io.StringIO(text, newline="")) if any(cell.strip() for cell in row)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{shown(path)} is no table of text: save it as CSV in UTF-8.") from error
    first = lines[0] if lines else []
    if len(first) == 1 and TIME in re.split(r"[;\t]\s*", first[0].strip().lower())[:-1]:
        raise UserError(f"{shown(path)} has no commas between its columns: put them there, and decimals with a point.")
    return first, lines[1:]


def _number(path: Path, row: int, name: str, cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        raise UserError(f"{shown(path)}, row {row}: {name} is {cell[:_LONGEST_SHOWN]!r}, which is no number.") from None
