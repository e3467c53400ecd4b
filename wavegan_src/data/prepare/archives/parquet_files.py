"""A Parquet file with a column of sound, as Hugging Face's datasets write it: its cells as files of a folder.

A cell is a struct of `bytes` (a whole sound file) and `path`, or plain bytes.
https://huggingface.co/docs/datasets/audio_dataset
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from wavegan_src.data.audio_files import is_audio_name
from wavegan_src.data.prepare.naming import portable
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.format import printable
from wavegan_src.utils.progress import Advance

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_AT_ONCE = 8  # in memory, as Python objects
BUFFER_BYTES = 1 << 20  # else a row group's sounds are read as one piece
# What files of a kind begin with.
_MAGIC = {b"RIFF": ".wav", b"fLaC": ".flac", b"OggS": ".ogg", b"ID3": ".mp3", b"\xff\xfb": ".mp3", b"FORM": ".aiff"}


@dataclass(frozen=True)
class Unpacked:
    """How many sounds a Parquet file had, and how many cells without any."""

    sounds: int
    empty: int


def check_installed(name: str) -> None:
    """Check that Parquet files can be read.

    Raises:
        UserError: the extra is not installed; name: a file that needs it.
    """
    try:
        import pyarrow.parquet  # noqa: F401, PLC0415 - the extra
    except ImportError as error:
        raise UserError(
            f"Reading {printable(name)} needs the package pyarrow, which is not installed: run pip install "
            '".[import]" in the program\'s folder, or pip install pyarrow.'
        ) from error


def unpack_parquet(path: Path, name: str, folder: Path, advance: Advance) -> Unpacked:
    """Unpack the sounds of a Parquet file, a few rows at a time; each file's name begins with the number of its row.

    Args:
        path, name: the file, and what it is called in messages.
        folder: for the files; it exists.
        advance: told the bytes that were written.

    Raises:
        UserError: it is damaged, or has no column of sound or several; pyarrow is not installed.
        OSError: a file cannot be written.
    """
    check_installed(name)
    sounds = empty = 0
    for row, cell in enumerate(_cells(path, name)):
        data, said = (cell.get("bytes"), cell.get("path")) if isinstance(cell, dict) else (cell, None)
        if not data:
            empty += 1
            continue
        (folder / _file_name(row, data, said)).write_bytes(data)
        sounds += 1
        advance(len(data))
    return Unpacked(sounds, empty)


def _cells(path: Path, name: str) -> Iterator[Any]:
    import pyarrow as pa  # noqa: PLC0415 - the extra
    import pyarrow.parquet as pq  # noqa: PLC0415 - the extra

    try:
        with pq.ParquetFile(path, buffer_size=BUFFER_BYTES) as file:
            column = _sound_column(file.schema_arrow, name)
            for group in range(file.num_row_groups):  # asked for together, they stay in memory together
                for batch in file.iter_batches(ROWS_AT_ONCE, row_groups=[group], columns=[column]):
                    yield from (cell.as_py() for cell in batch.column(0))
    except (pa.ArrowException, OSError) as error:
        raise UserError(
            f"{printable(name)} cannot be read as Parquet ({printable(str(error).splitlines()[0])}): copy or download "
            "it again."
        ) from error


def _sound_column(schema: "pa.Schema", name: str) -> str:
    """The one column of sound: what Hugging Face's features call audio, else what has a fitting type."""
    fitting = [field.name for field in schema if _may_hold_sound(field.type)]
    named = _named_audio(schema)
    found = [column for column in fitting if column in named] or fitting
    if not found:
        columns = ", ".join(schema.names) or "none"
        raise UserError(
            f"{printable(name)} has no column of sound (a struct of bytes and path, or bytes); its columns are "
            f"{printable(columns)}. Take it out of the folder."
        )
    if len(found) > 1:
        raise UserError(
            f"{printable(name)} has several columns that may be sound, {printable(', '.join(found))}: write it again "
            "with only one of them."
        )
    return str(found[0])


def _may_hold_sound(kind: "pa.DataType") -> bool:
    from pyarrow import types  # noqa: PLC0415 - the extra

    if types.is_struct(kind):
        index = kind.get_field_index("bytes")
        return bool(index >= 0 and _may_hold_sound(kind.field(index).type))
    return bool(types.is_binary(kind) or types.is_large_binary(kind))


def _named_audio(schema: "pa.Schema") -> set[str]:
    """Columns that the features of Hugging Face, in the file's metadata, call audio."""
    try:
        features = json.loads((schema.metadata or {})[b"huggingface"])["info"]["features"]
        return {column for column, feature in features.items() if feature.get("_type") == "Audio"}
    except (ValueError, KeyError, TypeError, AttributeError):
        return set()


def _file_name(row: int, data: bytes, said: object) -> str:
    """The row's number, then the stem of the path that the cell gives; the suffix is that of its path or content."""
    path = PurePosixPath(said) if isinstance(said, str) else PurePosixPath()
    known = [suffix for magic, suffix in _MAGIC.items() if data.startswith(magic)]
    suffix = path.suffix.lower() if is_audio_name(path.name) else [*known, ".wav"][0]
    stem = f"_{portable(path.stem)}" if path.stem else ""
    return f"{row:08d}{stem}{suffix}"
