"""Where the program starts: it loads the command line, and Ctrl-C meanwhile ends it without a traceback.

`status` in its plain form, which people and scripts ask for again and again, is answered without the library that
parses options: loading that takes as long as all the rest of the answer.
"""

import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

DEFAULT_RUN = "output_wavegan"
_EXPANDED = frozenset("*?[~$%")  # by the library, on Windows


def main() -> NoReturn:
    """Run the command line and exit with its status."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:
        signal.signal(signal.SIGINT, _leave)
    run = _load(sys.argv[1:])
    signal.signal(signal.SIGINT, before)
    run()


def _load(arguments: Sequence[str]) -> Callable[[], NoReturn]:
    """Load what these arguments need, which is what takes time; the function that then carries them out."""
    asked = plain_status(arguments)
    if asked is None:
        from wavegan_src.cli.app import main as run  # noqa: PLC0415

        return run
    from wavegan_src.cli.console import exit_with_status  # noqa: PLC0415
    from wavegan_src.report import status as _  # noqa: F401, PLC0415
    from wavegan_src.utils.paths import user_path  # noqa: PLC0415

    return lambda: exit_with_status(lambda: show_status(user_path(asked[0]), asked[1]))


def plain_status(arguments: Sequence[str]) -> tuple[str, bool] | None:
    """The folder, and whether `--json` was given, of `status` with nothing else; None for all other commands."""
    if arguments[:1] != ["status"]:
        return None
    others = [argument for argument in arguments[1:] if argument != "--json"]
    if len(others) > 1 or any(argument.startswith("-") or _EXPANDED & set(argument) for argument in others):
        return None
    return others[0] if others else DEFAULT_RUN, "--json" in arguments


def show_status(run: Path, json: bool) -> None:
    """Print the status of a run, in lines or as one JSON object."""
    from wavegan_src.cli.console import SteadyConsole, say  # noqa: PLC0415
    from wavegan_src.report import status  # noqa: PLC0415

    found = status.read_status(run)
    say(SteadyConsole(), status.to_json(found) if json else "\n".join(status.to_lines(found)))


def _leave(_number: int, _frame: FrameType | None) -> NoReturn:
    """Leave at once: nothing has been begun, and half-loaded modules could not clean up."""
    os.write(2, b"Interrupted.\n")
    os._exit(130)
