"""Spreading work on single clips over processes."""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextvars import ContextVar
from typing import TypeVar

from wavegan_src.parallel import available_cores, processes

Item = TypeVar("Item")
Result = TypeVar("Result")

_shared: ContextVar[ProcessPoolExecutor | None] = ContextVar("_shared", default=None)

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
    with contextlib.ExitStack() as stack:
        pool = _shared.get() or stack.enter_context(_started(workers))
        return _collect(pool.map(function, items, chunksize=4), progress)


@contextlib.contextmanager
def shared_processes(workers: int | None = None) -> Iterator[None]:
    """Let all `map_items` inside use the same processes, which start with the first of them that wants any.

    They ignore the number of workers that they are given, except for 1.
    """
    workers = available_cores() if workers is None else workers
    if workers <= 1:
        yield
        return
    with _started(workers) as pool:
        token = _shared.set(pool)
        try:
            yield
        finally:
            _shared.reset(token)


@contextlib.contextmanager
def _started(workers: int) -> Iterator[ProcessPoolExecutor]:
    pool = processes(workers)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)  # after an interruption nobody waits for the rest


def _collect(results: Iterable[Result], progress: Callable[[int], None] | None) -> list[Result]:
    collected = []
    for result in results:
        collected.append(result)
        if progress is not None:
            progress(len(collected))
    return collected
