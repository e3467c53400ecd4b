"""The axis under a drawing of scores: linear or logarithmic, from values to pixels, with its ticks."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

LOG_SPREAD = 30  # times the smallest value: from here on a linear axis would squeeze the small ones into one point
MARGIN = 0.05  # of the axis, at both ends
_SMALLEST_SPAN = 1e-9  # of the values: below this they count as one
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
    """An axis that holds all values; logarithmic where all are positive and spread over more than `LOG_SPREAD` times.

    Args:
        values: finite, at least one.
        left: of the axis, in pixels.
        right: of the axis, in pixels.
    """
    low, high = min(values), max(values)
    if low > 0 and high > LOG_SPREAD * low:
        margin = (high / low) ** MARGIN
        return Axis(low / margin, high * margin, left, right, log=True)
    largest = max(abs(low), abs(high))
    span = high - low
    if span <= _SMALLEST_SPAN * largest or span == 0:
        span = largest or 1.0
    padded_low = low - MARGIN * span
    if low >= 0:
        padded_low = max(0.0, padded_low)  # a distance or a share is never negative
    return Axis(padded_low, high + MARGIN * span, left, right)


def ticks(axis: Axis) -> list[tuple[float, str]]:
    """Round values on the axis and how to write them, in rising order."""
    return _log_ticks(axis) if axis.log else _linear_ticks(axis)


def _linear_ticks(axis: Axis) -> list[tuple[float, str]]:
    rough = (axis.high - axis.low) / _TICKS
    power = math.floor(math.log10(rough))
    step = next(
        factor * 10.0**power for factor in (1, 2, 5, 10, 20) if factor * 10.0**power >= rough * (1 - _SMALLEST_SPAN)
    )
    first, last = math.ceil(axis.low / step), math.floor(axis.high / step)
    decimals = max(0, -math.floor(math.log10(step) + _SMALLEST_SPAN))
    return [(index * step, _write(index * step, decimals)) for index in range(first, last + 1)]


def _log_ticks(axis: Axis) -> list[tuple[float, str]]:
    first, last = math.ceil(math.log10(axis.low)), math.floor(math.log10(axis.high))
    every = max(1, math.ceil((last - first) / _TICKS))
    powers = range(first, last + 1, every)
    return [(10.0**power, _write(10.0**power, max(0, -power))) for power in powers]


def _write(value: float, decimals: int) -> str:
    text = f"{value:.{decimals}f}" if decimals <= 4 and abs(value) < 1e5 else f"{value:.3g}"
    return text.replace("-", "−").replace("e+", "e")
