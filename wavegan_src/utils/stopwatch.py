"""A stopwatch with nested parts, and one that is switched off and costs nothing.

    with stopwatch("critic"):
        with stopwatch("optimiser"):    # counted as "critic.optimiser", and within "critic"
            ...

A GPU computes after the call returns, so a part must wait for it to be measured. Waiting at every step would slow the
training, so on a GPU only a few steps are watched, and the time of the others is split in the same proportions.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

UNWATCHED = "unwatched"

Label = Callable[[str], AbstractContextManager[object]]


class Timer(Protocol):
    """The part of a stopwatch that timed code uses."""

    def __call__(self, part: str) -> AbstractContextManager[object]:
        """Time the block that follows as this part."""


class NoStopwatch:
    """Times nothing."""

    _NOTHING = nullcontext()

    def __call__(self, part: str) -> AbstractContextManager[object]:  # noqa: D102
        return self._NOTHING


OFF = NoStopwatch()


class Stopwatch:
    """Adds up wall time by part, on a monotonic clock, since the last `lap`.

    Args:
        wait: returns when the device has finished its work; None if calls return only then.
        clock: seconds, monotonic.

    Attributes:
        label: a second context for every part, such as a profiler's label, or None.
    """

    def __init__(self, wait: Callable[[], None] | None = None, clock: Callable[[], float] = time.perf_counter):
        self._wait = wait
        self._clock = clock
        self._open: list[str] = []
        self._seconds: dict[str, float] = {}
        self._start = clock()
        self.label: Label | None = None

    def __call__(self, part: str) -> AbstractContextManager[object]:
        """Time the block that follows; inside another part it is counted under both names, "outer.inner"."""
        return _Part(self, part)

    def restart(self) -> None:
        """Discard all times and start again now."""
        self._seconds = {}
        self._start = self._clock()

    def so_far(self) -> tuple[float, dict[str, float]]:
        """Total seconds and seconds by part since the last lap or restart."""
        return self._clock() - self._start, dict(self._seconds)

    def lap(self) -> tuple[float, dict[str, float]]:
        """The same as `so_far`; then starts a new lap."""
        now = self._clock()
        total, seconds = now - self._start, self._seconds
        self._start, self._seconds = now, {}
        return total, seconds

    def wait(self) -> None:
        """Let the device finish its work."""
        if self._wait is not None:
            self._wait()

    def begin(self, part: str) -> float:
        """Enter a part and return the time."""
        self._open.append(part)
        return self._clock()

    def end(self, started: float) -> None:
        """Leave the innermost part."""
        if self._open[0] != UNWATCHED:
            self.wait()
        name = ".".join(self._open)
        self._seconds[name] = self._seconds.get(name, 0.0) + self._clock() - started
        self._open.pop()


class _Part(AbstractContextManager[object]):
    """One timed block."""

    __slots__ = ("_label", "_name", "_started", "_stopwatch")

    def __init__(self, stopwatch: Stopwatch, name: str):
        self._stopwatch = stopwatch
        self._name = name
        self._label = None if stopwatch.label is None else stopwatch.label(name)

    def __enter__(self) -> None:
        if self._label is not None:
            self._label.__enter__()
        self._started = self._stopwatch.begin(self._name)

    def __exit__(self, *error: object) -> None:
        self._stopwatch.end(self._started)
        if self._label is not None:
            self._label.__exit__(None, None, None)


def split_unwatched(seconds: Mapping[str, float], like: tuple[str, ...]) -> dict[str, float]:
    """Divide the unwatched time among parts in proportion to their watched time, inner parts included.

    Args:
        seconds: by part; inner parts are "outer.inner".
        like: the outer parts that the unwatched time consists of.
    """
    watched = sum(seconds.get(part, 0.0) for part in like)
    factor = 1 + seconds.get(UNWATCHED, 0.0) / watched if watched else 1.0
    return {
        name: value * factor if name.split(".")[0] in like else value
        for name, value in seconds.items()
        if name.split(".")[0] != UNWATCHED
    }
