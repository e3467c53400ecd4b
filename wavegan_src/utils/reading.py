"""Reading files that anybody may have changed: only regular files, and JSON that is only ever bad JSON."""

import errno
import json
import re
import stat
from pathlib import Path
from typing import Any, BinaryIO


def open_regular(path: Path) -> BinaryIO:
    """Open a file for reading. Pipes, devices and sockets, also behind links, are refused: they would never end.

    Raises:
        OSError: as for `open`; EINVAL if it is no regular file.
    """
    mode = path.stat().st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):  # a folder has its own error
        raise OSError(errno.EINVAL, "Not a regular file", str(path))
    return path.open("rb")


def read_regular(path: Path) -> bytes:
    """The content of a file, opened by `open_regular`.

    Raises:
        OSError: as for `open_regular`.
    """
    with open_regular(path) as file:
        return file.read()


def read_json(path: Path) -> Any:
    """The value of a JSON file that the program wrote, and that anybody may have changed since.

    Raises:
        OSError: as for `open_regular`.
        ValueError: it is not JSON in UTF-8, or nested too deeply.
    """
    return parse_json(read_regular(path))


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
