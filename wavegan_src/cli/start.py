"""Where the program starts: it loads the command line, and Ctrl-C meanwhile ends it without a traceback."""

import os
import signal
from types import FrameType
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line and exit with its status."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:
        signal.signal(signal.SIGINT, _leave)
    from wavegan_src.cli.app import main as run  # noqa: PLC0415  (this is what takes time)

    signal.signal(signal.SIGINT, before)
    run()


def _leave(_number: int, _frame: FrameType | None) -> NoReturn:
    """Leave at once: nothing has been begun, and half-loaded modules could not clean up."""
    os.write(2, b"Interrupted.\n")
    os._exit(130)
