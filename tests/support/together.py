"""Several processes of one run: forks of a warm process, with the variables that `torchrun` sets, talking by gloo."""

import os
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar
from unittest import mock

from tests.support.cli import SHELL
from tests.support.interrupting import Process, fork_context
from wavegan_src.utils.processes.torchrun import launch

T = TypeVar("T")
PATIENCE_S = 100.0


class Processes:
    """`size` processes that do the same work; what each returned, or how it ended, and what it printed."""

    def __init__(
        self, size: int, work: Callable[..., object], *arguments: object, each: Mapping[int, Any] | None = None
    ):
        self._folder = tempfile.TemporaryDirectory()
        root = Path(self._folder.name)
        port = _free_port()
        self.processes: list[Process] = []
        self._said: list[tuple[str, str]] = []
        self._pipes: list[Connection] = []
        self._texts = [(root / f"{rank}.out", root / f"{rank}.err") for rank in range(size)]
        for rank in range(size):
            variables = _variables(rank, size, port) | (each or {}).get(rank, {})
            with mock.patch.dict(os.environ, SHELL):
                context = fork_context()
                ours, theirs = context.Pipe(duplex=False)
                process = context.Process(target=_do, args=(theirs, variables, self._texts[rank], work, arguments))
                process.start()
            theirs.close()
            self.processes.append(process)
            self._pipes.append(ours)

    def results(self) -> list[Any]:
        """What every process returned; None where it did not."""
        answers = []
        deadline = time.monotonic() + PATIENCE_S
        for process, pipe in zip(self.processes, self._pipes, strict=True):
            answer = None
            try:
                if pipe.poll(max(0.0, deadline - time.monotonic())):
                    answer = pipe.recv()
            except EOFError:
                pass
            process.join(max(0.1, deadline - time.monotonic()))
            process.kill()
            answers.append(answer)
        self._said = [(out.read_text(), err.read_text()) for out, err in self._texts]
        self._folder.cleanup()
        return answers

    @property
    def statuses(self) -> list[int | None]:
        """The exit statuses; negative is a signal."""
        return [process.exitcode for process in self.processes]

    def out(self, rank: int) -> str:
        """What a process printed on standard output."""
        return self._said[rank][0]

    def err(self, rank: int) -> str:
        """The same of standard error."""
        return self._said[rank][1]

    def everything(self) -> str:
        """What all processes printed, for messages of failed tests."""
        return "\n".join(text for pair in self._said for text in pair)


def together(size: int, work: Callable[..., T], *arguments: object) -> list[T]:
    """What a function of a module returns in each of `size` processes; all must succeed."""
    started = Processes(size, work, *arguments)
    results = started.results()
    assert started.statuses == [0] * size, started.everything()
    return results


def command_line(*arguments: str) -> None:
    """The program as a shell would run it, to its exit."""
    from tests.support.launch import run

    run(*arguments)


def _do(
    pipe: Connection,
    variables: dict[str, str],
    texts: tuple[Path, Path],
    work: Callable[..., object],
    arguments: tuple[object, ...],
) -> None:
    os.environ.update(variables)
    out, err = (path.open("w", buffering=1) for path in texts)
    os.dup2(err.fileno(), 2)
    sys.stdout, sys.stderr = out, err
    pipe.send(work(*arguments))


def _variables(rank: int, size: int, port: int) -> dict[str, str]:
    if size == 1:
        return {}
    values = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": size, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    variables = {name: str(value) for name, value in values.items()}
    assert launch(variables) is not None
    return variables


def _free_port() -> int:
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        port: int = place.getsockname()[1]
        return port
