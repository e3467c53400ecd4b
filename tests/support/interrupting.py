"""Runs that are stopped or killed half-way, and other work in processes of its own that start in no time.

A fork server (`multiprocessing`) imports PyTorch and the program once; each run is a fork of it. Its interpreter has
warnings as errors, as every other process of the tests has.
"""

import json
import multiprocessing as mp
import os
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess, SpawnContext, SpawnProcess
from pathlib import Path
from typing import TypeVar
from unittest import mock

from tests.support.cli import SHELL, Completed, cli_command

PRELOADED = ["tests.support.launch", "torch._dynamo", "wavegan_src.cli.train"]  # the optimisers import torch._dynamo

Process = ForkServerProcess | SpawnProcess
T = TypeVar("T")


def interrupt(config: Path, act: Callable[[Process], None], after_epoch: int) -> Completed:
    """Start a run, wait until its log has that epoch, act, and wait for its end."""
    arguments = ("--config", str(config))
    epochs = Path(json.loads(config.read_text())["output"]["output_dir"]) / "epochs_statistics/epoch_statistics.csv"
    with tempfile.TemporaryDirectory() as folder, mock.patch.dict(os.environ, SHELL):
        out, err = Path(folder) / "out.txt", Path(folder) / "err.txt"
        process = fork_context().Process(target=_run, args=(arguments, out, err))
        process.start()
        deadline = time.monotonic() + 120
        while process.is_alive() and time.monotonic() < deadline:
            if epochs.exists() and epochs.read_text().count("\n") > after_epoch:
                act(process)
                break
            time.sleep(0.01)
        process.join(timeout=120)
        status = process.exitcode
        process.kill()
        assert status is not None, "the run goes on"
        return Completed(cli_command(*arguments), status, out.read_text(), err.read_text())


def in_fork(work: Callable[..., T], *arguments: object) -> T:
    """What a function of a module returns in a fresh process that has everything imported."""
    with mock.patch.dict(os.environ, SHELL):
        context = fork_context()
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=_answer, args=(theirs, work, arguments))
        process.start()
    theirs.close()  # so that a process that fails is noticed
    answer: T = ours.recv()
    process.join()
    return answer


def _answer(pipe: Connection, work: Callable[..., object], arguments: tuple[object, ...]) -> None:
    pipe.send(work(*arguments))


def fork_context() -> ForkServerContext | SpawnContext:
    """Makes processes that have everything imported, where the system can fork."""
    if sys.platform == "win32":
        return mp.get_context("spawn")
    context = mp.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    return context


def _run(arguments: tuple[str, ...], out: Path, err: Path) -> None:
    from tests.support.launch import run  # not before the fork server has imported it

    with out.open("w", buffering=1) as sys.stdout, err.open("w", buffering=1) as sys.stderr:
        run(*arguments)
