"""Map over threads or processes, here or on all machines: results in order, with a bound on those computed ahead."""

import contextlib
import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextvars import ContextVar
from functools import partial
from multiprocessing import connection
from typing import TypeVar

from wavegan_src.utils.processes.sharing import sharers

T = TypeVar("T")
R = TypeVar("R")


def ordered_map(
    work: Callable[[T], R],
    items: Iterable[T],
    workers: int,
    *,
    ahead: int = 2,
    dispose: Callable[[R], None] | None = None,
    stop: threading.Event | None = None,
    executor: Callable[[int], Executor] = ThreadPoolExecutor,
) -> Iterator[R]:
    """Apply `work` to the items in `workers` threads; the results come in the order of the items.

    At most `workers * ahead` results are in progress or waiting. With 0 workers each is computed when it is asked for.
    When the iteration ends early, as on Ctrl-C, `stop` is set for long work to check, and unused results go to
    `dispose`. `executor` makes another kind of workers than threads.
    """
    if workers <= 0:
        yield from map(work, items)
        return
    pending: deque[Future[R]] = deque()
    with executor(workers) as pool:
        try:
            for item in items:
                pending.append(pool.submit(work, item))
                if len(pending) >= workers * ahead:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            for future in pending:
                future.cancel()
            if stop is not None:  # after cancelling, so that no freed thread starts another item
                stop.set()
            for future in pending:
                if not future.cancelled() and future.exception() is None and dispose:
                    dispose(future.result())


def processes(workers: int) -> ProcessPoolExecutor:
    """An executor of `workers` processes that end when their parent ends, even if it is killed."""
    context = multiprocessing.get_context("spawn")  # forking a process with threads may deadlock
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_end_with_parent)


def available_cores() -> int:
    """Number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _end_with_parent() -> None:
    """Watch the parent from a thread: workers of a killed parent get no message and would wait for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_exit_after, args=(parent.sentinel,), daemon=True).start()


def _exit_after(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)


class StoppedError(Exception):
    """Ends work whose result is no longer needed."""


def stoppable(advance: Callable[[float], None], stop: threading.Event) -> Callable[[float], None]:
    """A callback that passes progress on and raises `StoppedError` once `stop` is set."""

    def checked(amount: float) -> None:
        if stop.is_set():
            raise StoppedError
        advance(amount)

    return checked


Item = TypeVar("Item")
Result = TypeVar("Result")

_shared: ContextVar[ProcessPoolExecutor | None] = ContextVar("_shared", default=None)

# Starting the processes takes about a second: fewer items than this are processed here.
_WORTHWHILE = 16
_PORTION = 32  # items of each process that shares the work, between two reports of progress


def map_items(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    workers: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> list[Result]:
    """Apply a module's function to every item, in order.

    The processes that share the work of a command (`sharing`) each take a part of the items.

    Args:
        function: defined at the top level of a module, so that other processes can import it.
        items: arguments of the function; must be picklable.
        workers: processes; None for one per usable core, 1 for this process.
        progress: called with the number of items done.
    """
    group, found = sharers(), []
    if group.size == 1:
        return _map_here(function, items, workers, progress)
    portion = _PORTION * group.size
    for start in range(0, len(items), portion):
        found += group.split(partial(_map_share, function, workers), items[start : start + portion])
        if progress is not None:
            progress(len(found))
    return found


def _map_share(function: Callable[[Item], Result], workers: int | None, own: object, items: list[Item]) -> list[Result]:
    """One process's share; see `Group.split`."""
    del own
    return _map_here(function, items, workers, None)


def _map_here(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    workers: int | None,
    progress: Callable[[int], None] | None,
) -> list[Result]:
    workers = available_cores() if workers is None else workers
    if workers <= 1 or len(items) < _WORTHWHILE:
        return _collect(map(function, items), progress)
    with contextlib.ExitStack() as stack:
        pool = _shared.get() or stack.enter_context(_started(workers))
        return _collect(pool.map(function, items, chunksize=4), progress)


@contextlib.contextmanager
def shared_processes(workers: int | None = None) -> Iterator[None]:
    """Let all `map_items` inside use the same processes, which start when they are first needed.

    Calls inside ignore their own number of workers, except for 1, and so does another `with` inside this one.
    """
    workers = available_cores() if workers is None else workers
    if workers <= 1 or _shared.get() is not None:
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
        pool.shutdown(cancel_futures=True)  # after an interruption the rest is not needed


def _collect(results: Iterable[Result], progress: Callable[[int], None] | None) -> list[Result]:
    collected = []
    for result in results:
        collected.append(result)
        if progress is not None:
            progress(len(collected))
    return collected
