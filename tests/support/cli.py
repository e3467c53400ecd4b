"""Running the command line: in this process, which takes no start-up, or in one of its own, as a shell does."""

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol
from unittest import mock

import torch

from tests.support.paths import REPOSITORY
from wavegan_src.cli.app import main

Completed = subprocess.CompletedProcess[str]

SHELL = {"COLUMNS": "200", "PYTHONWARNINGS": "error", "OMP_NUM_THREADS": "1"}  # wide lines, so that none is wrapped


class RunCli(Protocol):
    """Runs `python WaveGAN.py ...`; the folder is the test's own unless another is given."""

    def __call__(self, *arguments: str, cwd: Path = ...) -> Completed:
        """Return the exit status and both outputs."""
        ...


def run_here(*arguments: str, cwd: Path) -> Completed:
    """Run the command line in this process, and leave no trace in it: nothing of arguments, folder, environment."""
    out, err = io.StringIO(), io.StringIO()
    command = cli_command(*arguments)[1:]
    with (
        mock.patch.object(sys, "argv", command),
        mock.patch.dict(os.environ, SHELL),
        any_machine() if "--dry-run" in arguments else contextlib.nullcontext(),
        contextlib.chdir(cwd),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        torch.random.fork_rng(devices=[]),
    ):
        status = _status(main)
    return Completed(command, status, out.getvalue(), err.getvalue())


@contextlib.contextmanager
def any_machine() -> Iterator[None]:
    """Inside it `--dry-run` neither measures nor judges this machine: all runs fit, and take as long."""
    from wavegan_src.cli import dry_run
    from wavegan_src.trainer.planning.pace import Pace

    with (
        mock.patch.object(dry_run, "measure_pace", return_value=Pace(1.5, 0.5, 10.0, "")),
        mock.patch.object(dry_run, "judge_memory", return_value=[]),
        mock.patch.object(dry_run, "judge_disk", return_value=[]),
    ):
        yield


def _status(run: Callable[[], Any]) -> int:
    try:
        run()
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    return 0


def run_process(*arguments: str, cwd: Path, timeout: float = 240) -> Completed:
    """Run the command line in a process of its own: for signals, what is imported, and what is set at the start."""
    return subprocess.run(
        cli_command(*arguments),
        cwd=cwd,
        env=cli_environment(),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def cli_command(*arguments: str) -> list[str]:
    """The command that a shell would run."""
    return [sys.executable, str(REPOSITORY / "WaveGAN.py"), *arguments]


def cli_environment() -> dict[str, str]:
    """This process's environment, with wide lines and warnings as errors."""
    return {**os.environ, **SHELL}


def write_config(folder: Path, values: dict[str, Any], output: Path) -> Path:
    """A configuration file whose run goes to that folder."""
    path = folder / "run.json"
    path.write_text(json.dumps({**values, "output": {**values["output"], "output_dir": str(output)}}))
    return path


@contextlib.contextmanager
def started(config: Path) -> Iterator[subprocess.Popen[str]]:
    """A run in a process of its own, its output in pipes; it is killed where the block ends without waiting."""
    command = [sys.executable, "-m", "tests.support.launch", "--config", str(config)]
    environment = {**cli_environment(), "PYTHONPATH": str(REPOSITORY)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            yield process
        finally:
            process.kill()
