"""A leak is seen, and what only looks like one is not."""

import ctypes
import os
import re

import numpy as np
import psutil
import pytest

from wavegan_src.run.memory_trend import (
    FEWEST_SPANS,
    MOST_SPANS,
    SHORTEST_SPAN_S,
    MemoryTrend,
    find_leak,
    hand_back_freed_memory,
)

HOUR = 3600


def trend_of(levels: list[float], step_s: float, start: float = 5000.0) -> MemoryTrend:
    trend = MemoryTrend()
    for index, level in enumerate(levels):
        trend.add(start + index * step_s, level)
    return trend


def test_a_steady_growth_is_a_leak_with_its_pace() -> None:
    minutes = 3 * 60
    leak = trend_of([700 + 5 * minute for minute in range(minutes)], 60).leak()
    assert leak is not None
    assert leak.mb_per_hour == pytest.approx(300, rel=0.1)
    sentence = leak.sentence(available_mb=600)
    assert "grows steadily" in sentence
    assert re.search(r"full in (1 h 5\d|2 h 0\d) min", sentence)
    assert "Ctrl-C" in sentence


def test_a_leak_under_the_ups_and_downs_of_checkpoints_is_seen() -> None:
    random = np.random.default_rng(1)
    levels = [800 + 0.05 * second + (400 if second % 300 < 60 else 0) + random.uniform(0, 30) for second in range(9000)]
    leak = trend_of(levels, 1).leak()
    assert leak is not None
    assert leak.mb_per_hour == pytest.approx(180, rel=0.15)


@pytest.mark.parametrize("seed", range(20))
def test_memory_that_wanders_is_no_leak(seed: int) -> None:
    random = np.random.default_rng(seed)
    assert trend_of(list(1000 + 200 * random.random(5000)), 1).leak() is None


def test_memory_that_fills_a_pool_and_levels_off_is_no_leak() -> None:
    assert trend_of([2000 - 1200 * np.exp(-second / 900) for second in range(9000)], 1).leak() is None


def test_growth_in_the_warm_up_is_no_leak() -> None:
    assert trend_of([500.0 + min(second, 600) for second in range(4 * HOUR)], 1).leak() is None


def test_a_small_growth_is_left_to_the_allocator() -> None:
    assert trend_of([800 + 0.001 * second for second in range(4 * HOUR)], 1).leak() is None


def test_too_short_a_run_says_nothing() -> None:
    few = int(FEWEST_SPANS * SHORTEST_SPAN_S)
    assert trend_of([500.0 + 10 * second for second in range(few)], 1).leak() is None


def test_memory_and_work_are_bounded_and_a_pause_of_the_machine_does_no_harm() -> None:
    trend = trend_of([700.0] * 100, 1)
    trend.add(5000 + 400 * HOUR, 700.0)  # suspended for days
    trend.add(5001 + 400 * HOUR, 690.0)
    assert len(trend.floors) <= MOST_SPANS
    assert trend.leak() is None


def test_merged_spans_keep_their_lowest_level() -> None:
    trend = trend_of([float(1000 - index % 7) for index in range(int(3 * MOST_SPANS * SHORTEST_SPAN_S))], 1)
    assert set(trend.floors) <= {994.0, 995.0, 996.0, 997.0, 998.0, 999.0, 1000.0}
    assert trend.floors[0] == 994.0


def test_floors_alone_decide() -> None:
    rising = [1000.0 + 20 * index for index in range(30)]
    assert find_leak(rising, 60) is not None
    assert find_leak(rising[::-1], 60) is None


def test_spans_begin_where_they_say() -> None:
    trend = MemoryTrend()
    begun = []
    for second in range(4 * int(SHORTEST_SPAN_S)):
        if trend.begins_span(second):
            begun.append(second)
        trend.add(second, 500.0)
    assert begun == [span * SHORTEST_SPAN_S for span in range(4)]


@pytest.mark.skipif(os.name != "posix" or not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="needs glibc")
def test_freed_memory_goes_back() -> None:
    """Of small blocks between others that are still used, which the C library keeps otherwise."""
    process = psutil.Process()
    blocks = [bytes(65_000) for _ in range(4000)]
    full = process.memory_info().rss
    kept = blocks[::8]
    del blocks
    before = process.memory_info().rss
    hand_back_freed_memory()
    after = process.memory_info().rss
    assert len(kept) == 500
    assert after < min(before, full) - 50 * 2**20
