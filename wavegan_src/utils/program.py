"""The command that starts this program, for messages that tell the user what to run."""

import sys
from pathlib import PurePath

SCRIPT = "WaveGAN.py"
COMMAND = "wavegan"


def typed_command(arguments: str) -> str:
    """What was typed to start a process, from its `sys.argv` in one line."""
    return f"python {arguments}" if arguments.partition(" ")[0].endswith(".py") else arguments


def program() -> str:
    """ "python WaveGAN.py" in a process started that way, else the installed command, "wavegan"."""
    name = PurePath(sys.argv[0] if sys.argv else "").name
    return f"python {SCRIPT}" if name.lower() == SCRIPT.lower() else COMMAND
