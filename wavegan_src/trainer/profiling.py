"""Profiling: a row per epoch in `time_profile.csv`, and a trace of some iterations (`--profile N`).

The parts of a row add up to its total. Traces are PyTorch's, for chrome://tracing and ui.perfetto.dev.
"""

import warnings
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import torch
from torch.profiler import ProfilerActivity, profile, record_function

from wavegan_src.metrics import CRITIC_PARTS, LOOP_PARTS, PARTS, PROFILE_COLUMNS
from wavegan_src.run.folder import RunFolder
from wavegan_src.utils.csv_log import CsvLog, Value, to_number
from wavegan_src.utils.files import make_own_folder, partial_of
from wavegan_src.utils.stopwatch import UNWATCHED, Stopwatch, split_unwatched

WARM_UP = 2  # iterations before the trace: the first ones choose kernels and allocate memory
# On a GPU, one in so many cycles (critic steps and their generator step) is timed part by part, which must wait for it.
WATCH_EVERY = 20


class TimeProfile:
    """Times the parts of the epoch in progress and writes its row."""

    def __init__(self, folder: RunFolder, device: torch.device, n_critic: int):
        self._csv = CsvLog(folder.profile_csv, PROFILE_COLUMNS)
        self._asynchronous = device.type != "cpu"
        self._cycle = n_critic
        self._iterations = 0  # of this epoch, in this process
        self._watching = True
        self._before: tuple[float, dict[str, float]] = (0.0, {})  # time spent on this epoch before an interruption
        self.stopwatch = Stopwatch(_waiter(device))

    def begin(self) -> None:
        """Start timing: training starts now, and what came before was set-up."""
        self.stopwatch.restart()

    def begin_iteration(self) -> None:
        """Decide whether the iteration that now starts is timed part by part."""
        watching = not self._asynchronous or self._iterations // self._cycle % WATCH_EVERY == 0
        if watching and not self._watching:
            with self.stopwatch(UNWATCHED):  # work of earlier iterations must not count as this one's
                self.stopwatch.wait()
        self._watching = watching
        self._iterations += 1

    def step(self, part: str) -> AbstractContextManager[object]:
        """Time one of `LOOP_PARTS` of this iteration."""
        return self.stopwatch(part if self._watching else UNWATCHED)

    def part(self, part: str) -> AbstractContextManager[object]:
        """Time another of `PARTS`."""
        return self.stopwatch(part)

    def end_epoch(self, epoch: int) -> None:
        """Append the epoch's row and start the next epoch."""
        self._append(epoch, *self._add(self.stopwatch.lap()))
        self._before = (0.0, {})
        self._iterations = 0

    def state_dict(self) -> dict[str, Any]:
        """The timings of the epoch in progress, as plain values."""
        total, seconds = self._add(self.stopwatch.so_far())
        return {"total": total, "seconds": seconds}

    def load_state_dict(self, state: Mapping[str, Any] | None, epoch: int, *, epoch_complete: bool) -> None:
        """Continue the epoch in progress of a checkpoint, or complete it; None if the checkpoint is an older version's.

        If a process ended while it wrote the checkpoint after `epoch`, the epoch's row is still missing.
        """
        self._csv.truncate_after("epoch", epoch)
        if state is None:
            return
        self._before = (state["total"], dict(state["seconds"]))
        if epoch_complete and not self._has(epoch):
            self._append(epoch, *self._before)
            self._before = (0.0, {})

    def clear(self) -> None:
        """Delete the rows of a run that never reached a checkpoint."""
        self._csv.truncate_after("epoch", 0)

    def _has(self, epoch: int) -> bool:
        return any(to_number(row["epoch"]) == epoch for row in self._csv.read())

    def _add(self, lap: tuple[float, dict[str, float]]) -> tuple[float, dict[str, float]]:
        total, seconds = lap
        earlier_total, earlier = self._before
        names = [*earlier, *(name for name in seconds if name not in earlier)]
        return total + earlier_total, {name: earlier.get(name, 0.0) + seconds.get(name, 0.0) for name in names}

    def _append(self, epoch: int, total: float, measured: Mapping[str, float]) -> None:
        seconds = split_unwatched(measured, LOOP_PARTS)
        row: dict[str, Value] = {"epoch": epoch, "total_seconds": total}
        row |= {f"{part}_seconds": seconds.get(part, 0.0) for part in PARTS}  # a part that did not run took no time
        row["rest_seconds"] = max(0.0, total - sum(seconds.get(part, 0.0) for part in PARTS))
        row |= {f"critic_{part}_seconds": seconds.get(f"critic.{part}") for part in CRITIC_PARTS}
        self._csv.append(row)


def _waiter(device: torch.device) -> Any:
    if device.type == "cuda":
        return lambda: torch.cuda.synchronize(device)
    return torch.mps.synchronize if device.type == "mps" else None


class Tracer:
    """Traces `count` iterations, once; does nothing if `count` is 0.

    Args:
        folder: receives the trace.
        count: iterations to trace.
        device: where the training computes.
        stopwatch: its parts are labelled in the trace.
    """

    def __init__(self, folder: Path, count: int, device: torch.device, stopwatch: Stopwatch):
        self._folder = folder
        self._left = count
        self._device = device
        self._stopwatch = stopwatch
        self._warm_up = WARM_UP
        self._profiler: profile | None = None
        self._first = 0

    def before(self, iteration: int) -> None:
        """Call before iteration number `iteration` (counted from 1)."""
        if self._left == 0 or self._profiler is not None:
            return
        if self._warm_up > 0:
            self._warm_up -= 1
            return
        activities = [ProfilerActivity.CPU]
        if self._device.type == "cuda":
            activities.append(ProfilerActivity.CUDA)
        self._profiler = profile(activities=activities)
        self._profiler.start()
        self._stopwatch.label = record_function
        self._first = iteration

    def after(self, iteration: int) -> Path | None:
        """Call after an iteration; returns the path of the trace once it is complete."""
        if self._profiler is None:
            return None
        self._left -= 1
        return self.finish(iteration) if self._left == 0 else None

    def finish(self, iteration: int) -> Path | None:
        """End a trace in progress early and return its path; None if there is none."""
        if self._profiler is None:
            return None
        self._stopwatch.label = None
        self._stopwatch.wait()
        profiler, self._profiler, self._left = self._profiler, None, 0
        profiler.stop()
        make_own_folder(self._folder.parent, self._folder.name)
        path = self._folder / f"trace_iterations_{self._first}-{iteration}.json"
        partial = partial_of(path)
        partial.unlink(missing_ok=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the exporter warns about its own internals
            profiler.export_chrome_trace(str(partial))
        partial.replace(path)
        return path
