import math
import os

from wavegan_src.utils.parallel import available_cores, map_items, shared_processes


def test_keeps_the_order_in_one_process_and_in_two() -> None:
    items = list(range(40))
    assert (
        map_items(math.sqrt, items, workers=1) == map_items(math.sqrt, items, workers=2) == list(map(math.sqrt, items))
    )
    expected = [math.sqrt(item) for item in items]
    assert map_items(math.sqrt, items, workers=1) == expected
    assert map_items(math.sqrt, items, workers=2) == expected
    assert map_items(math.sqrt, [], workers=2) == []
    assert available_cores() >= 1


def test_shared_processes_serve_several_calls() -> None:
    with shared_processes(2):
        first = set(map_items(process_of, list(range(32))))
        second = set(map_items(process_of, list(range(32))))
    assert os.getpid() not in first | second
    assert len(first | second) <= 2


def process_of(item: int) -> int:
    return os.getpid()
