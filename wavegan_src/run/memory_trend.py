"""Detects a memory leak from the lowest memory use over time, and words the warning.

Memory goes up and down with checkpoints and caches; a leak raises the level that it falls back to. So the run is
divided into spans of equal length, each of which keeps its lowest sample, and a leak is a floor that keeps rising after
warm-up. The C library's pools of freed memory grow for many minutes too; they are handed back before a span begins.
"""

import ctypes
import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from wavegan_src.dsp.trends import kendall_tau
from wavegan_src.utils.format import format_mebibytes, format_rough_duration

MOST_SPANS = 64  # beyond this, pairs of spans are merged, so that memory and work do not grow with the run
SHORTEST_SPAN_S = 15.0
WARM_UP_SHARE = 1 / 3  # of the spans: caches, libraries and the allocator's pools fill up
FEWEST_SPANS = 12  # after warm-up; by chance, 12 values are in rising order once in 12! cases
# Kendall's tau of the floors over time. Levels that merely wander seldom reach 0.8 over that many spans (0.01 % of
# exchangeable series of 12), and a leak that shows above the noise has nearly 1.
STEADY_TAU = 0.8
LEAST_GROWTH_MB = 64.0  # less is lost in the allocator's arenas
LEAST_GROWTH_SHARE = 0.05  # of the level after warm-up
# Growth of the later half over that of the earlier half: a pool that fills levels off, towards 0; a leak keeps about 1.
LEAST_PERSISTENCE = 0.5
HOUR_S = 3600.0


@dataclass(frozen=True)
class Leak:
    """Steady growth: over how long, from and to which level."""

    seconds: float
    from_mb: float
    to_mb: float

    @property
    def mb_per_hour(self) -> float:
        """Pace of the growth."""
        return (self.to_mb - self.from_mb) / self.seconds * HOUR_S

    def sentence(self, available_mb: float | None) -> str:
        """The warning for the user; `available_mb` is the memory that the machine has left."""
        text = (
            f"Memory grows steadily: {format_mebibytes(self.to_mb - self.from_mb)} more in the last "
            f"{format_rough_duration(self.seconds)} ({format_mebibytes(self.mb_per_hour)} per hour, now "
            f"{format_mebibytes(self.to_mb)}). That looks like a leak"
        )
        if available_mb is not None:
            left_s = available_mb / self.mb_per_hour * HOUR_S
            text += f"; at this pace the machine's memory is full in {format_rough_duration(left_s)}"
        return text + ". Stop with Ctrl-C and give the same command again: the run resumes with fresh memory."


class MemoryTrend:
    """Collects samples of memory over the run, in a bounded number of spans."""

    def __init__(self) -> None:
        self._span_s = SHORTEST_SPAN_S
        self._floors: list[float] = []  # lowest sample of each span, in MiB
        self._start: float | None = None

    def begins_span(self, seconds: float) -> bool:
        """Whether a sample at that time would be the first of a span."""
        return self._start is None or int((seconds - self._start) / self._span_s) >= len(self._floors)

    def add(self, seconds: float, memory_mb: float) -> None:
        """Add a sample; `seconds` come from a monotonic clock."""
        if self._start is None:
            self._start = seconds
        index = int((seconds - self._start) / self._span_s)
        while index >= MOST_SPANS:
            self._floors = [min(self._floors[i : i + 2]) for i in range(0, len(self._floors), 2)]
            self._span_s *= 2
            index = int((seconds - self._start) / self._span_s)
        while len(self._floors) < index:  # the machine slept, so nothing was measured and nothing changed
            self._floors.append(self._floors[-1])
        if index == len(self._floors):
            self._floors.append(memory_mb)
        else:
            self._floors[index] = min(self._floors[index], memory_mb)

    @property
    def floors(self) -> Sequence[float]:
        """Lowest memory in each span so far, in MiB."""
        return self._floors

    def leak(self) -> Leak | None:
        """The leak, if the floor has kept rising since warm-up; the span in progress is ignored."""
        return find_leak(self._floors[:-1], self._span_s)


def find_leak(floors: Sequence[float], span_s: float) -> Leak | None:
    """A steady rise of the floors after warm-up, or None.

    Args:
        floors: lowest memory in each span, in MiB.
        span_s: length of a span.
    """
    levels = np.asarray(floors[int(np.ceil(WARM_UP_SHARE * len(floors))) :], dtype=float)
    if len(levels) < FEWEST_SPANS:
        return None
    growth = float(levels[-1] - levels[0])
    if growth < max(LEAST_GROWTH_MB, LEAST_GROWTH_SHARE * levels[0]) or kendall_tau(levels) < STEADY_TAU:
        return None
    middle = levels[len(levels) // 2]
    if levels[-1] - middle < LEAST_PERSISTENCE * (middle - levels[0]):
        return None
    return Leak((len(levels) - 1) * span_s, float(levels[0]), float(levels[-1]))


def hand_back_freed_memory() -> None:
    """Give memory that was freed, and that the C library keeps for later, back to the system, where it can."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if os.name == "posix" else None  # glibc has it
    if trim is not None:
        trim(0)
