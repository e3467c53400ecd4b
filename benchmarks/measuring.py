"""Helpers of the benchmarks: matrix-multiply peak, peak memory, operation counts, and separate processes."""

import itertools
import multiprocessing as mp
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import ParamSpec, TypeVar

import torch

from wavegan_src.architectures.wavegan import STRIDE, base_length, channels
from wavegan_src.config_schema import Config

MATRIX = 2048

P = ParamSpec("P")
R = TypeVar("R")


def matmul_peak() -> float:
    """Operations per second of a large float32 matrix product, the best of five."""
    a, b = torch.randn(MATRIX, MATRIX), torch.randn(MATRIX, MATRIX)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        a @ b
        times.append(time.perf_counter() - start)
    return 2 * MATRIX**3 / min(times)


def forward_operations(config: Config) -> float:
    """Floating-point operations of the convolutions for one clip in one pass of either network, two per product."""
    widths, base = channels(config.model.model_dim), base_length(config.audio.audio_length_samples)
    taps = config.model.kernel_len * base
    return float(
        2 * sum(taps * STRIDE**i * wide * narrow for i, (wide, narrow) in enumerate(itertools.pairwise(widths)))
    )


def status_mb(field: str) -> float:
    """A memory figure of this process from /proc, in MiB: VmRSS is its present size, VmHWM its peak."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(field))
    return float(line.split()[1]) / 1024


@contextmanager
def memory_beyond_libraries_mb() -> Iterator[Callable[[], float]]:
    """Measure the block's peak memory in addition to the present size of the process, in MiB; on Linux.

    Warm up the libraries first. getrusage is unsuitable: a child process inherits the peak of its parent.
    """
    before = status_mb("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # reset the peak
    yield lambda: status_mb("VmHWM") - before


def in_own_process(work: Callable[P, R], *arguments: P.args, **options: P.kwargs) -> R:
    """Call a module-level function in a new process with its own memory and libraries."""
    with ProcessPoolExecutor(1, mp_context=mp.get_context("spawn")) as pool:
        return pool.submit(work, *arguments, **options).result()
