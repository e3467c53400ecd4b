"""How a command prints its lines, and how it ends: the message of an error and the exit status."""

import contextlib
import io
import os
import sys
import traceback
from collections.abc import Callable
from typing import NoReturn

from rich.console import Console

from wavegan_src.utils.errors import UserError, explain_error
from wavegan_src.utils.processes.signals import Interrupted, Interruption, noting_interruption
from wavegan_src.utils.processes.torchrun import SaidElsewhereError, let_first_speak, prefix

STDERR = 2
MISTAKE = 2
INTERRUPTED = 130  # as a shell says of Ctrl-C; also what an interrupted command returns that has tidied up
_KEPT = "Interrupted. Finished work is kept; give the same command again to complete it."


def exit_with_status(work: Callable[[], object]) -> NoReturn:
    """Do the work and exit: 0 for success, 2 for a user's mistake, 130 or 143 if interrupted, 1 for a defect.

    Args:
        work: returns the status, or anything else for 0.
    """
    _keep_stderr()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a console that cannot show a letter must not end the run
    with noting_interruption(by_sigterm=not prefix()) as interruption:  # of several, the first one says it
        status, message = _outcome(work, interruption)
    if message and status == MISTAKE:
        with contextlib.suppress(KeyboardInterrupt):
            let_first_speak()
    if message:
        say(SteadyConsole(stderr=True), f"{prefix()}{message}")
    sys.exit(status)


def _outcome(work: Callable[[], object], interruption: Interruption) -> tuple[int, str]:
    """The status to exit with, and what to say before."""
    status: object
    message = ""
    try:
        status = work()
    except SaidElsewhereError as error:
        return error.exit_status, ""
    except UserError as error:
        status, message = MISTAKE, str(error)
    except Interrupted as stop:
        status, message = stop.exit_status, str(stop)
    except KeyboardInterrupt:
        status = INTERRUPTED
    except Exception as error:
        if interruption.number:  # a library that was just being loaded made another error of it
            status = INTERRUPTED
        elif (explained := explain_error(error)) is not None:
            status, message = MISTAKE, explained
        else:
            traceback.print_exc()
            status, message = 1, "This is a bug in WaveGAN: please report it with the lines above."
    if status == INTERRUPTED and not message:
        status, message = 128 + interruption.number if interruption.number else INTERRUPTED, _KEPT
    return status if isinstance(status, int) else 0, message


def _keep_stderr() -> None:
    """Write messages through a file of their own: decoders are kept quiet by closing the usual one for a moment."""
    stream = sys.stderr
    if isinstance(stream, io.TextIOWrapper) and stream is sys.__stderr__ and stream.fileno() == STDERR:
        with contextlib.suppress(OSError):  # no file is left: it stays as it is
            sys.stderr = os.fdopen(os.dup(STDERR), "w", buffering=1, encoding=stream.encoding, errors=stream.errors)


class SteadyConsole(Console):
    """A console that keeps working when the output pipe is closed, as by `| head`."""

    def on_broken_pipe(self) -> None:
        """Send what follows to nowhere."""
        os.dup2(os.open(os.devnull, os.O_WRONLY), self.file.fileno())


def say_note(console: Console, notice: str) -> None:
    """Print a notice about what was read; warnings say so themselves."""
    say(console, notice if notice.startswith("Warning: ") else f"Note: {notice}")


def say(console: Console, message: str, *, wrap: bool = False) -> None:
    """Print text unchanged: neither brackets nor colons are markup, and long lines are not broken.

    `wrap` breaks them at the width of the terminal after all: a live display must know how many lines it moved down.
    """
    console.print(message, soft_wrap=not wrap, markup=False, highlight=False, emoji=False)
