"""What `torchrun` tells each process that it starts, in environment variables; what is wrong with it, in words.

https://docs.pytorch.org/docs/stable/elastic/run.html
"""

import os
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

from wavegan_src.utils.errors import UserError

NEEDED = ("RANK", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT")
STATUS = 2  # where a process of a run is lost: the user can go on by the same command
FIRST_SPEAKS_S = 3.0
MET = threading.Event()
"""Whether this process has met the others."""
CURE = "start the processes with torchrun, or unset WORLD_SIZE to train with one"


class SaidElsewhereError(UserError):
    """Ends this process as another one ends, which has said why.

    Attributes:
        exit_status: the other one's.
    """

    def __init__(self, exit_status: int = STATUS):
        super().__init__("another process says why")
        self.exit_status = exit_status


@dataclass(frozen=True)
class Launch:
    """This process among those that were started together.

    Attributes:
        rank: its number among all.
        size: how many there are, at least 2.
        local_rank: its number among those on this machine.
        on_this_machine: how many there are on this machine.
        address, port: where the first one, or torchrun, is reached.
    """

    rank: int
    size: int
    local_rank: int
    on_this_machine: int
    address: str
    port: int


def launch(environment: Mapping[str, str] = os.environ) -> Launch | None:
    """How this process was started; None where it is the only one.

    Raises:
        UserError: the variables contradict each other.
    """
    if environment.get("WORLD_SIZE", "1") == "1":
        return None
    size = _number(environment, "WORLD_SIZE")
    missing = [name for name in NEEDED if name not in environment]
    if missing:
        names = f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'}"
        raise UserError(f"WORLD_SIZE is {size}, but {names} not set: {CURE}.")
    found = Launch(
        rank=_number(environment, "RANK"),
        size=size,
        local_rank=_number(environment, "LOCAL_RANK"),
        on_this_machine=_number(environment, "LOCAL_WORLD_SIZE") if "LOCAL_WORLD_SIZE" in environment else size,
        address=environment["MASTER_ADDR"],
        port=_number(environment, "MASTER_PORT"),
    )
    if not 0 <= found.rank < size:
        raise UserError(f"RANK is {found.rank}, but WORLD_SIZE is {size}: {CURE}.")
    return found


def refuse_several(what: str) -> None:
    """Refuse to do with several processes what one does.

    Raises:
        UserError: this process is one of several.
    """
    found = launch()
    if found is not None:
        raise UserError(f"{what} is work for one process, and torchrun started {found.size}: leave torchrun out.")


def name_of(rank: int | str) -> str:
    """This process in messages: the machine's name tells where to look."""
    return f"Process {rank} on {socket.gethostname()}"


def prefix(environment: Mapping[str, str] = os.environ) -> str:
    """What comes before this process's messages: nothing if it is the first one, or the only one."""
    rank = environment.get("RANK", "0") if environment.get("WORLD_SIZE", "1") != "1" else "0"
    return "" if rank == "0" else f"{name_of(rank)}: "


def let_first_speak() -> None:
    """Leave the message to the first process, if this is another one that has not met it.

    What ends one before they meet ends all in most cases, and torchrun ends this one once the first has said why.
    """
    if prefix() and not MET.is_set():
        time.sleep(FIRST_SPEAKS_S)


def _number(environment: Mapping[str, str], name: str) -> int:
    text = environment[name]
    if not (text.isascii() and text.isdigit()):
        raise UserError(f"{name} is {text!r}, which is no number: {CURE}.")
    return int(text)
