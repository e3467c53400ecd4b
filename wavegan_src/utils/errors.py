"""Errors that the user can fix, and operating-system errors translated into them."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FULL_DISK = (errno.ENOSPC, errno.EDQUOT)  # no space left on the disk, or none left to this user
NO_ACCESS = (errno.EACCES, errno.EPERM, errno.EROFS)
BAD_PATH = (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG, errno.ELOOP)


class UserError(Exception):
    """A mistake of the user, or a condition the user can fix: one or two plain sentences that end with the way out.

    The command line prints the message without a traceback and exits with status 2. Any other exception is a defect of
    the program: status 1.
    """


def explain_os_error(error: OSError) -> str | None:
    """What an operating-system error means and what to do; None if it is not about disk space, access or a path."""
    if error.errno in FULL_DISK:
        place = f" while writing {error.filename}" if error.filename else ""
        return f"The disk is full{place}. Free some space and give the same command again: it goes on where it was."
    if error.errno in (*NO_ACCESS, *BAD_PATH) and error.filename:
        return f"{error.strerror}: {error.filename}. Check the folder and its permissions, or choose another."
    return None


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
