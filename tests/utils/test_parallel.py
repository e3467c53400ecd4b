"""Work ahead in threads: order, bounds, errors, early ends."""

import os
import threading
from collections.abc import Iterator

import pytest

from wavegan_src.utils.parallel import StoppedError, ordered_map, processes, stoppable


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_results_come_in_order(workers: int) -> None:
    assert list(ordered_map(lambda value: value * 2, range(50), workers)) == [value * 2 for value in range(50)]


@pytest.mark.parametrize("workers", [1, 3])
def test_what_is_ready_is_bounded(workers: int) -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for value in range(100):
            taken.append(value)
            yield value

    results = ordered_map(lambda value: value, items(), workers, ahead=2)
    next(results)
    assert len(taken) == 2 * workers
    results.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("workers", [0, 2])
def test_errors_reach_the_caller(workers: int) -> None:
    def fail(value: int) -> int:
        raise ValueError(value)

    with pytest.raises(ValueError, match="0"):
        list(ordered_map(fail, range(5), workers))


def test_results_nobody_took_are_disposed_of() -> None:
    """Two are ready, two under way and one waits when the reader leaves: the last is never begun."""
    disposed: list[int] = []
    begun = [threading.Event() for _ in range(10)]
    stop = threading.Event()

    def work(value: int) -> int:
        begun[value].set()
        if value >= 3:
            assert stop.wait(10)
        return value

    results = ordered_map(work, range(10), 2, ahead=3, dispose=disposed.append, stop=stop)
    assert next(results) == 0
    assert begun[3].wait(10)
    assert begun[4].wait(10)
    results.close()  # type: ignore[attr-defined]
    assert disposed == [1, 2, 3, 4]
    assert not begun[5].is_set()


def test_stopped_work_ends_at_its_next_sign_of_progress() -> None:
    told: list[float] = []
    stop = threading.Event()
    advance = stoppable(told.append, stop)
    advance(1.0)
    stop.set()
    with pytest.raises(StoppedError):
        advance(2.0)
    assert told == [1.0]


def test_processes_do_the_work_too() -> None:
    results = list(ordered_map(_process, range(3), 1, executor=processes))
    assert [value for value, _ in results] == [0, 1, 2]
    assert os.getpid() not in {process for _, process in results}


def _process(value: int) -> tuple[int, int]:
    return value, os.getpid()
