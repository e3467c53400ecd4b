"""The kinds of cases, and a process that runs them, so that one that hangs or swallows memory can be ended.

Where a case hangs is printed before it is ended.
"""

import faulthandler
import multiprocessing
import os
import time
import traceback
from multiprocessing.connection import Connection
from pathlib import Path

import psutil

from tests.fuzz.base import Kind, run_case
from tests.fuzz.files import audio, configurations, latents, options, paths
from tests.fuzz.folders import checkpoints, prepared, run_folders

KINDS: dict[str, Kind] = {
    kind.__name__: kind for kind in (audio, configurations, options, paths, latents, checkpoints, run_folders, prepared)
}
SECONDS = 120.0  # a case may take, on a busy machine too; after that it hangs
MIB = 4096  # the process may take


class Worker:
    """A process that runs cases, replaced if one hangs or takes too much memory."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.most = 0.0
        self._start()

    def run(self, kind: str, number: int) -> list[str]:
        """Run a case; returns what is wrong."""
        self._pipe.send((kind, number))
        end = time.monotonic() + SECONDS
        while not self._pipe.poll(0.2):
            memory = self._memory()
            fault = "hangs" if time.monotonic() > end else f"takes {memory:.0f} MiB" if memory > MIB else ""
            if fault:
                self.stop()
                self._start()
                return [fault]
        try:
            found: list[str] = self._pipe.recv()
        except (EOFError, ConnectionError):
            self.stop()
            self._start()
            return ["the process died"]
        self._memory()
        return found

    def stop(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.join()

    def _memory(self) -> float:
        try:
            found = psutil.Process(self._process.pid).memory_info().rss / 2**20
        except psutil.Error:
            return 0.0
        self.most = max(self.most, found)
        return found

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, other = context.Pipe()
        self._process = context.Process(target=_serve, args=(other, self.folder), daemon=False)
        self._process.start()
        other.close()
        self._pipe.recv()  # its imports are no part of the first case


def _serve(pipe: Connection, folder: Path) -> None:
    import wavegan_src.cli.train  # noqa: F401 - with PyTorch

    pipe.send("ready")
    while True:
        kind, number = pipe.recv()
        faulthandler.dump_traceback_later(0.9 * SECONDS)
        try:
            found = run_case(KINDS[kind], kind, number, folder / "base", folder / f"case_{os.getpid()}")
        except Exception:
            found = ["the case itself failed:\n" + traceback.format_exc()]
        faulthandler.cancel_dump_traceback_later()
        pipe.send(found)
