"""What several measurements need: the machine's matrix-multiply peak, peak memory, operations, a process apart."""

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
    """Operations per second of a large product in float32, the best of five."""
    a, b = torch.randn(MATRIX, MATRIX), torch.randn(MATRIX, MATRIX)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        a @ b
        times.append(time.perf_counter() - start)
    return 2 * MATRIX**3 / min(times)


def forward_operations(config: Config) -> float:
    """Floating-point operations of one clip's convolutions in one pass through either network, two per product."""
    widths, base = channels(config.model.model_dim), base_length(config.audio.audio_length_samples)
    taps = config.model.kernel_len * base
    return float(
        2 * sum(taps * STRIDE**i * wide * narrow for i, (wide, narrow) in enumerate(itertools.pairwise(widths)))
    )


def status_mb(field: str) -> float:
    """A size of this process from /proc, in MiB: VmRSS is what it takes, VmHWM the most that it took."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(field))
    return float(line.split()[1]) / 1024


@contextmanager
def memory_beyond_libraries_mb() -> Iterator[Callable[[], float]]:
    """Measure what the block takes at its peak beyond what the process takes now, in MiB; on Linux.

    Warm the libraries up before. getrusage would not do: a child's peak begins with that of its parent.
    """
    before = status_mb("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    yield lambda: status_mb("VmHWM") - before


def in_own_process(work: Callable[P, R], *arguments: P.args, **options: P.kwargs) -> R:
    """Call a function of a module in a new process, so that memory and warm libraries are its own."""
    with ProcessPoolExecutor(1, mp_context=mp.get_context("spawn")) as pool:
        return pool.submit(work, *arguments, **options).result()
