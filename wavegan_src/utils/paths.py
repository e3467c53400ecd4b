"""Paths as people write them, checked in one place.

Every option, configuration key and argument of the Python API that names a file or folder goes through `user_path`.
"""

import errno
from pathlib import Path

from wavegan_src.utils.errors import UserError

SHOWN = 60  # letters of a path that is too long to be one

_FAULTS = {
    errno.ENAMETOOLONG: ("is too long for this system", "Give a shorter path"),
    errno.ELOOP: ("is a link that leads back to itself", "Remove the link, or name another path"),
}


def expand_home(text: str) -> Path:
    """A path in which "~" stands for the user's home folder; the file system is not asked.

    Raises:
        UserError: an empty path, no such user, a user without a home folder, or a zero byte, which no path can have.
    """
    if not text:
        raise UserError("An empty path was given: name a file or folder.")
    if "\0" in text:
        raise UserError(f"The path {shown(text)} has a zero byte in it, which no file can have: name another.")
    path = Path(text)
    if not text.startswith("~"):
        return path
    try:
        return path.expanduser()
    except RuntimeError as error:
        user, _, rest = text.partition("/")
        who = f"there is no user {user[1:]} here" if len(user) > 1 else "this user has no home folder"
        cure = f"write ./{text} for a folder of that name" if not rest else "write the whole path"
        raise UserError(f'"~" cannot be replaced in {shown(text)}, since {who}: {cure}.') from error


def user_path(text: str | Path) -> Path:
    """A path as a user gives it, with "~" for the home folder. Nothing needs to be there.

    Raises:
        UserError: as for `expand_home`, or the path is too long, a link that leads to itself, or not UTF-8.
    """
    path = expand_home(str(text))
    try:
        str(path).encode()
        path.stat()
    except UnicodeEncodeError as error:  # from a disk with names in another encoding
        raise UserError(
            f"The path {shown(path)} is not UTF-8, in which tables and configurations are written: rename it, or "
            "enter that folder and give a dot for it."
        ) from error
    except OSError as error:
        if error.errno in _FAULTS:
            fault, cure = _FAULTS[error.errno]
            raise UserError(f"The path {shown(path)} {fault}. {cure}.") from error
    return path


def shown(path: str | Path) -> str:
    """A path in a message: on one line, and cut if it is too long."""
    text = "".join(letter if letter.isprintable() else "?" for letter in str(path))
    return text if len(text) <= 4 * SHOWN else f"{text[:SHOWN]}… ({len(text)} letters)"
