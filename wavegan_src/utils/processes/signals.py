"""Stopping a long job by Ctrl-C, SIGTERM or a closed terminal without losing its work."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any


class Interrupted(Exception):  # noqa: N818  (not an error: the user asked for it)
    """The run was stopped on request, and its work is saved."""

    def __init__(self, message: str, signal_number: int):
        super().__init__(message)
        self.exit_status = 128 + signal_number  # the shell's convention: 130 for Ctrl-C, 143 for SIGTERM


@dataclass
class Interruption:
    """Whether work was interrupted: the number of the signal, or None."""

    number: int | None = None


@contextmanager
def noting_interruption(*, by_sigterm: bool = True) -> Iterator[Interruption]:
    """Inside the `with`, Ctrl-C and SIGTERM raise `KeyboardInterrupt` and are noted; a second one acts as usual.

    That may come anywhere, also while a library is being loaded, which then fails with any error.

    Args:
        by_sigterm: whether SIGTERM is noted, too. Python acts on a signal only between its own steps: a process that
            waits in a library for others ends by SIGTERM only where this is left alone.
    """
    seen = Interruption()
    usual: dict[int, Any] = {signal.SIGINT: signal.default_int_handler}
    if by_sigterm:
        usual[signal.SIGTERM] = signal.SIG_DFL
    if threading.current_thread() is not threading.main_thread():
        usual = {}
    before = {number: handler for number, handler in usual.items() if signal.getsignal(number) is handler}

    def handle(number: int, frame: FrameType | None) -> None:
        seen.number = number
        signal.signal(number, before[number])
        signal.default_int_handler(number, frame)

    for number in before:  # others are ignored, as in the background, or somebody else's
        signal.signal(number, handle)
    try:
        yield seen
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class StopRequest:
    """While active, the first Ctrl-C, SIGTERM or SIGHUP only asks to stop; a second one acts at once, as usual."""

    SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))

    MESSAGE = b"\nStopping: saving after this iteration (once more to quit at once).\n"

    def __init__(self, *, silent: bool = False) -> None:
        self._silent = silent
        self._previous: dict[int, Any] = {}
        self.signal_number: int | None = None

    def __enter__(self) -> "StopRequest":
        for number in self.SIGNALS:
            if number == getattr(signal, "SIGHUP", None) and signal.getsignal(number) == signal.SIG_IGN:
                continue  # nohup: the run should outlive its terminal
            self._previous[number] = signal.signal(number, self._handle)
        return self

    def __exit__(self, *_: object) -> None:
        self._restore()

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        self.signal_number = number
        self._restore()
        if not self._silent:
            os.write(2, self.MESSAGE)  # a handler may interrupt a print, so it must not print itself

    def _restore(self) -> None:
        while self._previous:
            number, handler = self._previous.popitem()
            signal.signal(number, handler)
