"""The parts of every drawing in a page: shapes as inline SVG, and axes with their ticks.

Colours come from the page's style sheet, by the class (`kind`) of a shape, so that light and dark pages share drawings.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Self
from xml.etree import ElementTree as ET

from wavegan_src.utils.format import format_score

Point = tuple[float, float]
Align = Literal["start", "middle", "end"]

# How many times the smallest value the largest is. Above the first a linear axis would squeeze the small ones into one
# point; above the second the smallest is a zero with rounding errors, for which a logarithm would waste the axis.
LOG_SPREAD, ZERO_SPREAD = 30, 1e6
MARGIN = 0.05  # of the axis, at both ends
_ONE_VALUE = 1e-9  # of the largest value: a smaller spread counts as none
_ZERO = 1e-12
_TICKS = 4


class Canvas:
    """An SVG element that shapes are drawn into, with lengths in pixels."""

    def __init__(self, element: ET.Element):
        self._element = element

    @classmethod
    def of_size(cls, width: float, height: float, description: str) -> Self:
        """An empty picture; `description` is for screen readers."""
        box = f"0 0 {_px(width)} {_px(height)}"
        return cls(ET.Element("svg", {"viewBox": box, "role": "img", "aria-label": description}))

    def group(self, kind: str, title: str) -> "Canvas":
        """A part of the picture that shows its title where a mouse rests on it."""
        part = ET.SubElement(self._element, "g", {"class": kind})
        ET.SubElement(part, "title").text = title
        return Canvas(part)

    def line(self, start: Point, end: Point, kind: str) -> None:
        """A straight line."""
        self._add("line", kind, x1=start[0], y1=start[1], x2=end[0], y2=end[1])

    def path(self, points: Sequence[Point], kind: str) -> None:
        """A line through all points."""
        self._add("path", kind).set("d", "M" + "L".join(f"{_px(x)} {_px(y)}" for x, y in points))

    def polygon(self, points: Sequence[Point], kind: str) -> None:
        """A filled shape."""
        self._add("polygon", kind).set("points", " ".join(f"{_px(x)},{_px(y)}" for x, y in points))

    def circle(self, centre: Point, radius: float, kind: str) -> None:
        """A dot."""
        self._add("circle", kind, cx=centre[0], cy=centre[1], r=radius)

    def text(self, words: str, x: float, y: float, align: Align, kind: str) -> None:
        """A line of text; `y` is its baseline."""
        element = self._add("text", kind, x=x, y=y)
        element.set("text-anchor", align)
        element.text = words

    def image(self, address: str, corner: Point, size: Point) -> None:
        """A picture, stretched to its place."""
        element = self._add("image", "", x=corner[0], y=corner[1], width=size[0], height=size[1])
        element.set("href", address)
        element.set("preserveAspectRatio", "none")

    def to_svg(self) -> str:
        """The element as text, ready for a page."""
        return ET.tostring(self._element, encoding="unicode")

    def _add(self, tag: str, kind: str, **lengths: float) -> ET.Element:
        attributes = {name: _px(length) for name, length in lengths.items()}
        return ET.SubElement(self._element, tag, attributes | ({"class": kind} if kind else {}))


def _px(length: float) -> str:
    return f"{length:.1f}".removesuffix(".0")


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
