"""What is known of an engine beforehand: cylinders, strokes, firing intervals; and what follows from it."""

import math
from dataclasses import dataclass

from wavegan_src.utils.errors import UserError

MOST_CYLINDERS = 16
STROKES = (2, 4)
_EVEN = 0.01  # firing intervals that differ by less than this share of a cycle are equal


@dataclass(frozen=True)
class EngineLayout:
    """An engine's cylinders, strokes (2 or 4) and, if known, firing intervals.

    firing_intervals: degrees of crank from each firing to the next, in order, over one working cycle.

    Raises:
        UserError: a number outside its range, or intervals that do not fit the cylinders or the cycle.
    """

    cylinders: int
    strokes: int = 4
    firing_intervals: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= self.cylinders <= MOST_CYLINDERS:
            raise UserError(f"An engine of {self.cylinders} cylinders: give 1 to {MOST_CYLINDERS}.")
        if self.strokes not in STROKES:
            raise UserError(f"An engine of {self.strokes} strokes: give 2 or 4.")
        if not self.firing_intervals:
            return
        degrees = 180 * self.strokes
        if len(self.firing_intervals) != self.cylinders:
            raise UserError(
                f"{len(self.firing_intervals)} firing intervals for {self.cylinders} cylinders: give one for each."
            )
        if min(self.firing_intervals) < 0 or not math.isclose(sum(self.firing_intervals), degrees, abs_tol=1):
            raise UserError(
                f"The firing intervals add up to {sum(self.firing_intervals):g} degrees: "
                f"a cycle of {self.strokes} strokes has {degrees}."
            )

    @property
    def rpm_per_hertz(self) -> float:
        """Revolutions per minute at one working cycle per second."""
        return 30.0 * self.strokes

    @property
    def multiples(self) -> tuple[int, ...]:
        """How many times within a cycle the sound may repeat, ascending.

        Equal cylinders that fire evenly repeat at every firing, two equal banks at every second firing, and an
        engine whose cylinders differ repeats once a cycle.
        """
        return tuple(m for m in _multiples(self.cylinders, self.strokes) if self._repeats(m))

    def _repeats(self, times: int) -> bool:
        intervals = self.firing_intervals
        if not intervals or times == 1:
            return True
        period = self.cylinders // times
        if period * times != self.cylinders:
            return False
        tolerance = _EVEN * 180 * self.strokes
        return all(abs(intervals[i] - intervals[i % period]) <= tolerance for i in range(len(intervals)))


def _multiples(cylinders: int, strokes: int) -> list[int]:
    found = {1, cylinders}
    if cylinders >= 4 and cylinders % 2 == 0:
        found.add(cylinders // 2)
    if strokes == 4 and cylinders >= 4 and cylinders % 2 == 0:
        found.add(2)
    return sorted(found)
