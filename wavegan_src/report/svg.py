"""The axis under a drawing of scores: linear or logarithmic, from values to pixels, with its ticks."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from wavegan_src.utils.format import format_score

# How many times the smallest value the largest is. Above the first a linear axis would squeeze the small ones into one
# point; above the second the smallest is a zero with rounding errors, for which a logarithm would waste the axis.
LOG_SPREAD, ZERO_SPREAD = 30, 1e6
MARGIN = 0.05  # of the axis, at both ends
_ONE_VALUE = 1e-9  # of the largest value: a smaller spread counts as none
_ZERO = 1e-12
_TICKS = 4


@dataclass(frozen=True)
class Axis:
    """Maps values from `low` to `high` onto pixels from `left` to `right`."""

    low: float
    high: float
    left: float
    right: float
    log: bool = False

    def x(self, value: float) -> float:
        """The pixel of a value; it grows with the value."""
        low, high, value = (math.log(end) if self.log else end for end in (self.low, self.high, value))
        return self.left + (value - low) / (high - low) * (self.right - self.left)


def make_axis(values: Sequence[float], left: float, right: float) -> Axis:
    """An axis that holds all values; logarithmic where all are positive and more than `LOG_SPREAD` times apart.

    Args:
        values: finite, at least one.
        left: of the axis, in pixels.
        right: of the axis, in pixels.
    """
    low, high = min(values), max(values)
    if low > 0 and LOG_SPREAD * low < high < ZERO_SPREAD * low:
        margin = (high / low) ** MARGIN
        return Axis(low / margin, high * margin, left, right, log=True)
    largest = max(abs(low), abs(high))
    span = high - low
    if span <= max(_ONE_VALUE * largest, _ZERO):
        span = largest if largest > _ZERO else 1.0
    start = low - MARGIN * span
    if low >= 0:
        start = max(0.0, start)  # a distance or a share is never negative
    return Axis(start, high + MARGIN * span, left, right)


def ticks(axis: Axis) -> list[tuple[float, str]]:
    """Round values on the axis and how to write them, in rising order."""
    return _log_ticks(axis) if axis.log else _linear_ticks(axis)


def _linear_ticks(axis: Axis) -> list[tuple[float, str]]:
    rough = (axis.high - axis.low) / _TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next((factor * power for factor in (1, 2, 5) if factor * power >= rough), 10 * power)
    decimals = max(0, math.ceil(-math.log10(step) - _ONE_VALUE))
    first, last = math.ceil(axis.low / step), math.floor(axis.high / step)
    return [(index * step, _write(index * step, decimals)) for index in range(first, last + 1)]


def _log_ticks(axis: Axis) -> list[tuple[float, str]]:
    """Powers of ten, with twice and five times those where there are few."""
    first, last = math.ceil(math.log10(axis.low)), math.floor(math.log10(axis.high))
    if last - first >= _TICKS - 1:
        values = [10.0**power for power in range(first, last + 1, math.ceil((last - first) / _TICKS))]
    else:
        values = [factor * 10.0**power for power in range(first - 1, last + 1) for factor in (1, 2, 5)]
    return [(value, format_score(value)) for value in values if axis.low <= value <= axis.high]


def _write(value: float, decimals: int) -> str:
    return f"{value:.{decimals}f}".replace("-", "−") if decimals <= 4 and abs(value) < 1e5 else format_score(value)
