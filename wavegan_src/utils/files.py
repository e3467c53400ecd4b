"""Files that are either whole or absent, even after a power cut; locks; the cache folder."""

import errno
import os
import shutil
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO

import platformdirs

from wavegan_src.utils.errors import UserError, os_errors_as_user_errors

PARTIAL_SUFFIX = ".partial"  # of the files that interrupted writes leave behind; safe to delete
SPARE_BYTES = 16 << 20  # left free by `check_free_space`
CACHE_ENV = "WAVEGAN_CACHE"


def cache_root(configured: str | None) -> Path:
    """The cache's folder: as configured, else from the environment, else the user's cache folder."""
    chosen = configured or os.environ.get(CACHE_ENV)
    return Path(chosen).expanduser() if chosen else Path(platformdirs.user_cache_dir("wavegan", appauthor=False))


def make_folder(path: Path, *, what: str, cure: str) -> None:
    """Create a folder and those above it; `what` and `cure` as in `os_errors_as_user_errors`.

    Raises:
        UserError: it cannot be created.
    """
    with os_errors_as_user_errors(path, what=what, cure=cure):
        path.mkdir(parents=True, exist_ok=True)


def check_free_space(folder: Path, need_bytes: int) -> None:
    """Make sure that the disk has room for so many bytes.

    Raises:
        OSError: ENOSPC, as if writing had failed.
    """
    if shutil.disk_usage(folder).free < need_bytes + SPARE_BYTES:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def hold_lock(path: Path, busy: str) -> AbstractContextManager[object]:
    """Lock a file against other processes, now and until the `with` ends; the system unlocks it if this process dies.

    Args:
        path: the lock file, in a folder that exists.
        busy: the message if another process holds it.

    Raises:
        UserError: another process holds it.
    """
    from filelock import FileLock, Timeout  # noqa: PLC0415 - most users of this module lock nothing

    try:
        return FileLock(path).acquire(timeout=0)
    except Timeout as error:
        raise UserError(busy) from error


def write_atomically(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Let `write` fill a temporary file beside `path`, then rename it in one step.

    Raises:
        OSError: as when the disk is full; `path` is then unchanged.
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


def write_bytes_atomically(path: Path, data: bytes) -> None:
    """Put a small file in place so that others see it whole or not at all; several processes may do so at once.

    It is not flushed to the disk: for thousands of files, and for files that can be made again.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # Not from the module tempfile, whose files are private to the user.
    part = path.with_name(f".{path.name[:100]}.{os.getpid()}-{threading.get_ident()}{PARTIAL_SUFFIX}")
    try:
        part.write_bytes(data)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def duplicate_atomically(source: Path, target: Path) -> None:
    """Make `target` a second name of a finished file: a hard link, or a copy if the file system has no links."""
    partial = target.with_name(target.name + PARTIAL_SUFFIX)
    partial.unlink(missing_ok=True)
    try:
        partial.hardlink_to(source)
    except OSError:
        shutil.copyfile(source, partial)
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
    partial.replace(target)
    partial.unlink(missing_ok=True)  # renaming a file to another link of itself leaves both names
    _fsync_folder(target.parent)


def _fsync_folder(folder: Path) -> None:
    """Make a rename durable; Windows cannot open folders and does not need it."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
