"""Reading files that anybody may have changed: only regular files, and JSON that is only ever bad JSON."""

import contextlib
import dataclasses
import errno
import json
import re
import stat
import types
import typing
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from wavegan_src.utils.errors import NotAFileError, UserError, explain_error
from wavegan_src.utils.paths import shown

T = TypeVar("T")
LARGEST_INT, LARGEST_FLOAT = (1 << 63) - 1, 1e300  # of a record


def open_regular(path: Path) -> BinaryIO:
    """Open a file for reading. Pipes, devices and sockets, also behind links, are refused: they would never end.

    Raises:
        NotAFileError: it is no regular file.
        OSError: as for `open`.
    """
    mode = path.stat().st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):  # a folder has its own error
        raise NotAFileError(errno.EINVAL, "Not a regular file", str(path))
    return path.open("rb")


def read_regular(path: Path) -> bytes:
    """The content of a file, opened by `open_regular`.

    Raises:
        OSError: as for `open_regular`.
    """
    with open_regular(path) as file:
        return file.read()


def read_or_refuse(path: Path) -> bytes:
    """The content of a file that the user named or wrote.

    Raises:
        UserError: it cannot be read.
    """
    try:
        return read_regular(path)
    except OSError as error:
        raise UserError(f"{shown(path)} cannot be read: {explain_error(error) or error.strerror or error}") from error


def read_json(path: Path) -> Any:
    """The value of a JSON file that the program wrote, and that anybody may have changed since.

    Raises:
        OSError: as for `open_regular`.
        ValueError: it is not JSON in UTF-8, or nested too deeply.
    """
    return parse_json(read_regular(path))


def read_typed(path: Path, kind: type[T]) -> T:
    """A dataclass from a JSON file that the program wrote, and that anybody may have changed since.

    Raises:
        OSError: as for `open_regular`.
        ValueError: it is not JSON, or a field is missing, unknown or of another type.
    """
    return typed(read_json(path), kind)


def typed(value: Any, kind: type[T]) -> T:
    """A dataclass from the value of a JSON text.

    Raises:
        ValueError: as for `read_typed`.
    """
    found: T = _typed(value, kind)
    return found


def _typed(value: Any, hint: Any) -> Any:
    """The value, if it is of a type; dictionaries become dataclasses.

    Not by pydantic, which has no room for file names that are not Unicode.

    Raises:
        ValueError: it is of another type.
    """
    arguments = typing.get_args(hint)
    found: Any
    match value:
        case _ if isinstance(hint, types.UnionType):
            found = _one_of(value, arguments)
        case dict() if dataclasses.is_dataclass(hint):
            found = _dataclass(value, hint)
        case dict() if typing.get_origin(hint) is dict:
            found = {key: _typed(inner, arguments[1]) for key, inner in value.items()}
        case list() if typing.get_origin(hint) is list:
            found = [_typed(inner, arguments[0]) for inner in value]
        case int() | float() if hint is float and not isinstance(value, bool) and abs(value) <= LARGEST_FLOAT:
            found = float(value)
        case _ if hint is Any or (type(value) is hint and (hint is not int or abs(value) <= LARGEST_INT)):
            found = value
        case _:
            raise ValueError(f"a value of type {type(value).__name__} is not what was written")
    return found


def _one_of(value: Any, hints: tuple[Any, ...]) -> Any:
    for hint in hints:
        with contextlib.suppress(ValueError):
            return _typed(value, hint)
    raise ValueError(f"a value of type {type(value).__name__} is not what was written")


def _dataclass(values: dict[str, Any], kind: Any) -> Any:
    hints = typing.get_type_hints(kind)
    try:
        return kind(**{name: _typed(value, hints[name]) for name, value in values.items()})
    except (KeyError, TypeError) as error:
        raise ValueError(f"the fields of a {kind.__name__} are not what was written") from error


def parse_json(text: str | bytes) -> Any:
    """The value of a text in JSON.

    Raises:
        ValueError: it is not JSON in UTF-8, or nested too deeply.
    """
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def parse_json5(text: str) -> Any:
    """The value of a text in JSON5: JSON with comments, trailing commas and keys without quotes.

    Raises:
        ValueError: it is not; the message says where and what to look for.
    """
    import json5  # noqa: PLC0415 - only for files that people write

    if not text.strip():
        raise ValueError("it is empty; {} stands for all defaults")
    try:
        return json5.loads(text, allow_duplicate_keys=False)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    except ValueError as error:
        raise ValueError(_place_and_cure(str(error))) from error


def _place_and_cure(message: str) -> str:
    """A message of the library json5 in other words."""
    if (twice := re.match(r'Duplicate key "(.*)" found', message)) is not None:
        return f"the key {twice[1]} is given twice; delete one"
    if (end := re.match(r"<string>:(\d+) Unexpected end of input", message)) is not None:
        return f"it ends too early, at line {end[1]}; a closing bracket, quote or comment mark is missing"
    found = re.match(r'<string>:(\d+) Unexpected "(.*)" at column (\d+)', message, re.DOTALL)
    if found is None:
        return "a number in it cannot be read"
    line, letter, column = found.groups()
    what = "the end of the line" if letter == "\n" else letter if letter.isprintable() else "an invisible letter"
    return (
        f"line {line} does not go on with {what} (column {column}); a comma, quote or bracket may be missing before it"
    )
