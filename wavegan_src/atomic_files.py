"""Files that are either whole or absent, even after a power cut: write aside, fsync, rename."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

PARTIAL_SUFFIX = ".partial"  # what an interrupted write leaves behind; safe to delete


def write_atomically(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Let `write` fill a temporary file beside `path`, then put it in place in one step.

    Raises:
        OSError: the disk is full, say; `path` is then what it was before.
    """
    partial = path.with_name(path.name + PARTIAL_SUFFIX)
    try:
        with partial.open("wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    _fsync_folder(path.parent)


def write_text_atomically(path: Path, text: str) -> None:
    """`write_atomically` for a text in UTF-8."""
    write_atomically(path, lambda file: file.write(text.encode()))


def duplicate_atomically(source: Path, target: Path) -> None:
    """Make `target` a second name of a finished file (a hard link; a copy where the file system has none)."""
    partial = target.with_name(target.name + PARTIAL_SUFFIX)
    partial.unlink(missing_ok=True)
    try:
        partial.hardlink_to(source)
    except OSError:
        shutil.copyfile(source, partial)
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
    partial.replace(target)
    partial.unlink(missing_ok=True)  # renaming a file onto another link of itself leaves both names
    _fsync_folder(target.parent)


def _fsync_folder(folder: Path) -> None:
    """Make a rename durable; Windows cannot open folders and needs no such call."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
