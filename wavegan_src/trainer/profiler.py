"""A trace of some iterations by PyTorch's profiler, for chrome://tracing and ui.perfetto.dev (`--profile N`)."""

import warnings
from pathlib import Path

import torch
from torch.profiler import ProfilerActivity, profile, record_function

from wavegan_src.utils.files import PARTIAL_SUFFIX
from wavegan_src.utils.stopwatch import Stopwatch

WARM_UP = 2  # iterations before the trace: kernels are chosen and memory is fetched in the first ones


class Tracer:
    """Traces `count` iterations, once; with a count of 0 it does nothing.

    Args:
        folder: where the trace goes.
        count: iterations to trace.
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
        """Call after an iteration; returns the trace's path when it is complete."""
        if self._profiler is None:
            return None
        self._left -= 1
        return self.finish(iteration) if self._left == 0 else None

    def finish(self, iteration: int) -> Path | None:
        """End a trace in progress with what it has; None if there is none."""
        if self._profiler is None:
            return None
        self._stopwatch.label = None
        self._stopwatch.wait()
        profiler, self._profiler, self._left = self._profiler, None, 0
        profiler.stop()
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"trace_iterations_{self._first}-{iteration}.json"
        partial = path.with_name(path.name + PARTIAL_SUFFIX)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the exporter warns of its own internals
            profiler.export_chrome_trace(str(partial))
        partial.replace(path)
        return path
