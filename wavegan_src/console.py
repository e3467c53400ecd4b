"""Plain lines on standard output."""

import os
import sys

from rich.console import Console


class SteadyConsole(Console):
    """A console whose reader may go away, as `| head` does: the work goes on, unheard."""

    def on_broken_pipe(self) -> None:  # noqa: D102
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def say(console: Console, message: str) -> None:
    """Print a message as it is: long lines are not broken, and brackets are no markup."""
    console.print(message, soft_wrap=True, markup=False, highlight=False)
