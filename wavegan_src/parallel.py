"""Work done ahead in threads or processes and handed over in order, with a bound on what lies ready."""

import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import connection
from typing import TypeVar

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
    """Apply `work` to the items in `workers` threads; the results come in the items' order, whatever the number.

    At most `workers * ahead` results are under way or wait to be taken. With 0 workers each is computed when it is
    asked for. When the iteration ends early, as on Ctrl-C, `stop` is set for long work to look at, and results that
    nobody took go to `dispose`. `executor` makes something else than threads, for that many workers.
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
            if stop is not None:  # after that, so that no thread it frees begins what is not wanted
                stop.set()
            for future in pending:
                if not future.cancelled() and future.exception() is None and dispose:
                    dispose(future.result())


def processes(workers: int) -> ProcessPoolExecutor:
    """An executor of `workers` processes, which end with the process that started them, even if it is killed."""
    context = multiprocessing.get_context("spawn")  # forking a process that runs threads may deadlock
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_end_with_parent)


def available_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _end_with_parent() -> None:
    """Watch the parent from a thread: a killed parent tells its workers nothing, and they would wait for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_exit_after, args=(parent.sentinel,), daemon=True).start()


def _exit_after(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)


class StoppedError(Exception):
    """Ends work whose result nobody waits for any more."""


def stoppable(advance: Callable[[float], None], stop: threading.Event) -> Callable[[float], None]:
    """A callback that passes progress on and raises `StoppedError` once `stop` is set."""

    def checked(amount: float) -> None:
        if stop.is_set():
            raise StoppedError
        advance(amount)

    return checked
