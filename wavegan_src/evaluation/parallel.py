"""Spreading work on single clips over processes."""

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

# Starting the processes costs about a second: below this many items the work is done here.
_WORTHWHILE = 16


def map_items(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    workers: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> list[Result]:
    """Apply a module's function to every item, in order.

    Args:
        function: defined at the top level of a module, so that other processes can import it.
        items: what to work on; must be picklable.
        workers: processes; None takes one per usable core, 1 stays in this process.
        progress: called with the number of items done.
    """
    workers = available_cores() if workers is None else workers
    if workers <= 1 or len(items) < _WORTHWHILE:
        return _collect(map(function, items), progress)
    # "spawn": a fork of a process that runs PyTorch's threads may hang.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        return _collect(pool.map(function, items, chunksize=4), progress)


def _collect(results: Iterable[Result], progress: Callable[[int], None] | None) -> list[Result]:
    collected = []
    for result in results:
        collected.append(result)
        if progress is not None:
            progress(len(collected))
    return collected


def available_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
