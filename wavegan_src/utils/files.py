"""Files that are either whole or absent, even after a power cut; folders without links; locks; the cache folder."""

import contextlib
import errno
import os
import re
import shutil
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path, PurePath
from typing import BinaryIO, TextIO

import platformdirs

from wavegan_src.utils.errors import UserError, os_errors_as_user_errors
from wavegan_src.utils.paths import user_path

PARTIAL_SUFFIX = ".partial"  # of the files that interrupted writes leave behind; safe to delete
OLDEST_PARTIAL_SECONDS = 86400.0
SPARE_BYTES = 16 << 20  # left free by `check_free_space`
CACHE_ENV = "WAVEGAN_CACHE"


def cache_root(configured: str | None) -> Path:
    """The cache's folder: as configured, else from the environment, else the user's cache folder.

    Raises:
        UserError: the user has no home folder.
    """
    chosen = configured or os.environ.get(CACHE_ENV)
    if chosen:
        return user_path(chosen)
    try:
        return Path(platformdirs.user_cache_dir("wavegan", appauthor=False))
    except RuntimeError as error:
        raise UserError(
            f"This user has no home folder to keep decoded clips in: set the environment variable {CACHE_ENV} to a "
            "folder that may be written to."
        ) from error


def make_folder(path: Path, *, what: str, cure: str) -> None:
    """Create a folder and those above it; `what` and `cure` as in `os_errors_as_user_errors`.

    Raises:
        UserError: it cannot be created.
    """
    with os_errors_as_user_errors(path, what=what, cure=cure):
        path.mkdir(parents=True, exist_ok=True)


def make_own_folder(root: Path, *names: str) -> Path:
    """Create a folder below one that the program writes to, where files may be replaced and deleted without asking.

    The root itself may be a link. What is below it is ours only if no link leads elsewhere.

    Raises:
        UserError: one of the names is a link.
        OSError: it cannot be created.
    """
    path = root
    path.mkdir(parents=True, exist_ok=True)
    for name in names:
        path /= name
        if path.is_symlink():
            raise UserError(
                f"{path} is a link, and nothing is written or deleted through links. Remove it, or name another folder "
                f"than {root}, which may itself be a link."
            )
        path.mkdir(exist_ok=True)
    return path


def is_plain_name(name: object) -> bool:
    """Whether a value that was read from a file is the name of a file in the same folder, and leads nowhere else."""
    return isinstance(name, str) and name not in ("", "..") and PurePath(name).name == name and "\0" not in name


def open_new(path: Path) -> BinaryIO:
    """Open a new file for writing; a file or link of that name is removed, never followed.

    Raises:
        OSError: as for `open`.
    """
    path.unlink(missing_ok=True)
    return path.open("xb")


def open_to_append(path: Path) -> TextIO:
    """Open a text file to add to it, in UTF-8 with line ends as they are given; a link is not followed.

    Raises:
        OSError: as for `open`; ELOOP if it is a link.
    """

    def without_links(name: str, flags: int) -> int:
        # A pipe without a reader is an error too, instead of waiting for one.
        return os.open(name, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0), 0o666)

    return open(path, "a", encoding="utf-8", newline="", opener=without_links)


def remove_partials(folder: Path, *, held: bool) -> None:
    """Delete the partial files that killed writers left directly in a folder.

    Args:
        folder: need not exist.
        held: whether this process has the folder's lock, and so all partial files in it are the program's. If not, the
            files of living processes stay, and whatever is not named as `partial_of` does: it may be the user's.
    """
    for path in folder.glob(f"*{PARTIAL_SUFFIX}"):
        with contextlib.suppress(OSError):  # somebody else was faster, or it is a folder
            if held or _is_abandoned(path):
                path.unlink()


def _is_abandoned(partial: Path) -> bool:
    import psutil  # noqa: PLC0415 - seldom needed

    process = re.fullmatch(rf"\..+\.(\d{{1,9}})-\d+{re.escape(PARTIAL_SUFFIX)}", partial.name, re.DOTALL)
    recent = time.time() - partial.stat().st_mtime < OLDEST_PARTIAL_SECONDS
    return process is not None and not (recent and psutil.pid_exists(int(process[1])))


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

    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise UserError(f"{path} is a link or a folder, but belongs to a file of this program: remove it.")
    try:
        return FileLock(path).acquire(timeout=0)
    except Timeout as error:
        raise UserError(busy) from error


def write_atomically(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Let `write` fill a temporary file beside `path`, then rename it in one step.

    Several processes may do so at once: the last one wins.

    Raises:
        OSError: as when the disk is full; `path` is then unchanged.
    """
    partial = partial_of(path)
    try:
        with open_new(partial) as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException as error:
        partial.unlink(missing_ok=True)
        if isinstance(error, RuntimeError) and isinstance(error.__context__, OSError):
            raise error.__context__ from error  # PyTorch reports a failed write in its own words
        raise
    _fsync_folder(path.parent)


def write_text_atomically(path: Path, text: str) -> None:
    """`write_atomically` for a text in UTF-8."""
    write_atomically(path, lambda file: file.write(text.encode()))


def write_bytes_atomically(path: Path, data: bytes) -> None:
    """`write_atomically` for small files that can be made again: not flushed to the disk; the folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = partial_of(path)
    try:
        with open_new(partial) as file:
            file.write(data)
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def duplicate_atomically(source: Path, target: Path) -> None:
    """Make `target` a second name of a finished file: a hard link, or a copy if the file system has no links."""
    partial = partial_of(target)
    partial.unlink(missing_ok=True)
    try:
        partial.hardlink_to(source)
    except OSError:
        with source.open("rb") as original, open_new(partial) as file:
            shutil.copyfileobj(original, file)
            file.flush()
            os.fsync(file.fileno())
    partial.replace(target)
    partial.unlink(missing_ok=True)  # renaming a file to another link of itself leaves both names
    _fsync_folder(target.parent)


def partial_of(path: Path) -> Path:
    """The temporary file beside `path` in which this thread makes its new content."""
    # Not from the module tempfile, whose files are private to the user.
    return path.with_name(f".{path.name[:50]}.{os.getpid()}-{threading.get_ident()}{PARTIAL_SUFFIX}")


def _fsync_folder(folder: Path) -> None:
    """Make a rename durable; Windows cannot open folders and does not need it."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
