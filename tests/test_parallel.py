"""Work ahead in threads: order, bounds, errors, early ends."""

import threading
from collections.abc import Iterator

import pytest

from wavegan_src.parallel import StoppedError, ordered_map, stoppable


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


def test_results_nobody_took_are_disposed_of_and_long_work_is_stopped() -> None:
    disposed: list[int] = []
    stop = threading.Event()
    results = ordered_map(lambda value: value, range(10), 2, dispose=disposed.append, stop=stop)
    next(results)
    results.close()  # type: ignore[attr-defined]
    assert stop.is_set()
    assert set(disposed) <= {1, 2, 3}
    with pytest.raises(StoppedError):
        stoppable(lambda amount: None, stop)(1.0)
