"""`generated.csv`: the origin of each clip in the folder `generated/`. A row always describes the present file.

Rows are added one by one, each once its file is in place. Before a file is replaced, its old row is removed; if a row
is missing, a command was killed at that moment, or the file came from elsewhere.
"""

from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from wavegan_src.run.folder import GENERATED_TABLE
from wavegan_src.utils.csv_log import Row, format_value, read_cells, to_csv
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.files import hold_lock, is_plain_name, open_to_append, remove_partials, write_text_atomically

COLUMNS = (
    "file",
    "seed",
    "to_seed",
    "position",
    "latents",
    "row",
    "truncation",
    "seconds",
    "checkpoint",
    "checkpoint_sha256",
    "nearest_training_clip",
    "distance",
)
_BEFORE_SECONDS = tuple(name for name in COLUMNS if name != "seconds")  # the columns of earlier versions
_Cells = dict[str, str]


class GeneratedTable:
    """The table of a folder, open for the clips that a command will write; `with` closes it."""

    def __init__(self, folder: Path, names: Iterable[str], checkpoint_sha256: str | None) -> None:
        """Remove the rows of files that will be replaced, and of files that no longer exist.

        Args:
            folder: must exist.
            names: names of the files to be written.
            checkpoint_sha256: hash of the model that generates them.

        Raises:
            UserError: another process is generating there, or the table is not WaveGAN's.
        """
        self.path = folder / GENERATED_TABLE
        self._sha256 = checkpoint_sha256
        self._lock = ExitStack()
        self._lock.enter_context(hold_lock(folder / ".lock", _busy(folder)))
        try:
            remove_partials(folder, held=True)
            rows = {row["file"]: row for row in read_table(self.path) if _exists(folder, row["file"])}
            self._waiting = {name: rows.pop(name) for name in names if name in rows}
            text = to_csv([COLUMNS, *(row.values() for row in rows.values())])
            if not self.path.exists() or self.path.read_bytes() != text.encode():  # never append to a cut line
                write_text_atomically(self.path, text)
            self._file: TextIO = open_to_append(self.path)
        except BaseException:
            self._lock.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Restore the rows of files that were not replaced after all, for example after Ctrl-C."""
        try:
            with self._file:
                self._file.write(to_csv(row.values() for row in self._waiting.values()))
        finally:
            self._lock.close()

    def replace(self, name: str) -> bool:
        """Drop the old row of a file that is about to be replaced; returns whether another model made that file."""
        old = self._waiting.pop(name, None)
        return old is not None and old["checkpoint_sha256"] != (self._sha256 or "")

    def append(self, row: Row) -> None:
        """Add the row of a file that is in place, with the keys `COLUMNS`, and flush it."""
        self._file.write(to_csv([[format_value(row[name]) for name in COLUMNS]]))
        self._file.flush()


def read_table(path: Path) -> list[_Cells]:
    """The rows of a table, one per file (the last row counts); cut lines are left out.

    Raises:
        UserError: it has other columns.
    """
    table = read_cells(path)
    if not (table.header or table.torn or table.damaged):
        return []
    columns = tuple(table.header)
    if columns not in (COLUMNS, _BEFORE_SECONDS):
        raise UserError(f"{path} is not a table written by WaveGAN: rename or delete it, then generate again.")
    empty = dict.fromkeys(COLUMNS, "")
    rows = [empty | dict(zip(columns, cells, strict=True)) for cells in table.rows]
    return list({row["file"]: row for row in rows}.values())


def _exists(folder: Path, name: str) -> bool:
    return is_plain_name(name) and (folder / name).is_file()


def _busy(folder: Path) -> str:
    return (
        f"Another process is generating in {folder}. Wait for it, or choose another --output-dir and name the model "
        "with --checkpoint FILE."
    )
