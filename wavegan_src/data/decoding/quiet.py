"""Decoders that write remarks of their own to standard error, such as mpg123 about every damaged frame, kept quiet."""

import contextlib
import os
import threading
from collections.abc import Iterator

_STDERR = 2
_lock = threading.Lock()
_inside = 0  # how many threads are in `quiet`
_saved = -1  # standard error meanwhile


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Send what C libraries write to standard error to nowhere; for short calls, from any thread.

    It is the whole process's: the command line writes its own messages through another file (`cli/console.py`).
    """
    global _inside, _saved  # noqa: PLW0603 - so is the file
    with _lock:
        _inside += 1
        if _inside == 1:
            _saved = _swap_for_nothing()
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if _inside == 0 and _saved >= 0:
                os.dup2(_saved, _STDERR)
                os.close(_saved)


def _swap_for_nothing() -> int:
    """Put the null device in place of standard error; returns a copy of it, or -1 if it is closed or none is left."""
    try:
        saved = os.dup(_STDERR)
    except OSError:
        return -1
    try:
        nothing = os.open(os.devnull, os.O_WRONLY)
    except OSError:
        os.close(saved)
        return -1
    os.dup2(nothing, _STDERR)
    os.close(nothing)
    return saved
