"""Errors that the user can fix, and operating-system errors translated into them."""

import errno
import os
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager
from pathlib import Path

FULL_DISK = (errno.ENOSPC, errno.EDQUOT)  # no space left on the disk, or none left to this user
NO_ACCESS = (errno.EACCES, errno.EPERM, errno.EROFS)
BAD_PATH = (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG, errno.ELOOP)
BROKEN_DEVICE = tuple(
    getattr(errno, name) for name in ("EIO", "ENXIO", "ENODEV", "ESTALE", "EREMOTEIO") if hasattr(errno, name)
)
_OPEN_FILES = "Too many files are open at once. Raise the limit (`ulimit -n 4096`), or use fewer --num-workers."
LIMITS = {
    errno.EMFILE: _OPEN_FILES,
    errno.ENFILE: _OPEN_FILES,
    errno.EFBIG: "A file would become larger than the disk or your account allows (`ulimit -f`). Raise the limit, or "
    "choose another folder.",
    errno.EAGAIN: "The system allows no more threads or processes (`ulimit -u`). Close other programs, or use fewer "
    "--num-workers.",
    errno.ECHILD: "A helper process was ended from outside, often for want of memory. Close other programs, or use "
    "fewer --workers.",
    errno.ENOMEM: "Out of memory. Close other programs, or ask for less at once.",
}
"""Limits of the system that a program may run into and a user may raise, in words."""


class UserError(Exception):
    """A mistake of the user, or a condition the user can fix: one or two plain sentences that end with the way out.

    The command line prints the message without a traceback and exits with status 2. Any other exception is a defect of
    the program: status 1.
    """


class NotAFileError(OSError):
    """A pipe, a device or a socket is where a file belongs; reading it would never end."""


def explain_error(error: Exception) -> str | None:
    """What an error of the system means and what to do, also if a library reports it; None if it may be a defect."""
    number, place = _number(error), ""
    if isinstance(error, OSError):
        name = error.filename2 or error.filename  # the second is the one that a temporary file was to replace
        place = os.fsdecode(name) if isinstance(name, str | bytes) else ""
    if isinstance(error, NotAFileError):
        return f"{place} is a pipe or a device, and a file belongs there. Remove it, or name another."
    if number in FULL_DISK:
        writing = f" while writing {place}" if place else ""
        return f"The disk is full{writing}. Free some space and give the same command again; finished work is kept."
    if number in LIMITS:
        return LIMITS[number]
    if number in (*NO_ACCESS, *BAD_PATH) and place:
        return f"{os.strerror(number)}: {place}. Check the folder and its permissions, or choose another."
    if number in BROKEN_DEVICE:
        return f"The disk or network drive of {place or 'a file'} reports an error. Check it, or choose another folder."
    return None


def _number(error: Exception) -> int:
    """The system's number of an error; 0 if there is none. Libraries put the system's words into their own errors."""
    if isinstance(error, MemoryError):
        return errno.ENOMEM
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno
    if isinstance(error, BrokenExecutor):
        return errno.ECHILD
    if "can't start new thread" in str(error):
        return errno.EAGAIN
    return next((number for number in (*FULL_DISK, *LIMITS) if os.strerror(number) in str(error)), 0)


@contextmanager
def os_errors_as_user_errors(
    path: Path, *, cure: str, what: str = "", needs: str = "", only_inside: bool = False
) -> Iterator[None]:
    """Turn disk errors into a `UserError`.

    Args:
        path: where the block writes.
        cure: what to do instead, such as "choose another --output-dir".
        what: what the path is, such as "the clip cache".
        needs: what a full disk should have had room for, as half a sentence.
        only_inside: for a block that also reads: of the errors, only those about access to the path are turned.
    """
    try:
        yield
    except OSError as error:
        place = f"{what} {path}".strip()
        if error.errno in FULL_DISK:
            reason = f": {needs}" if needs else ""
            raise UserError(f"The disk of {place} is full{reason}. Free some space there, or {cure}.") from error
        if error.errno in LIMITS:
            raise
        if only_inside and not (error.errno in (*NO_ACCESS, *BAD_PATH) and _concerns(error, path)):
            raise
        subject = place[:1].upper() + place[1:] if what else place
        advice = cure[:1].upper() + cure[1:]
        raise UserError(f"{subject} cannot be written ({error.strerror or error}). {advice}.") from error


def _concerns(error: OSError, path: Path) -> bool:
    """Whether an error names the path, something in it, or a folder above it (where it could not be created)."""
    if error.filename is None:
        return False
    place = Path(os.fsdecode(error.filename))
    return place.is_relative_to(path) or path.is_relative_to(place)
