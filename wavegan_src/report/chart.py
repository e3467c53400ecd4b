"""Line charts over epochs as inline SVG; long lines are thinned so that thousands of epochs stay small."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from wavegan_src.dsp.trends import running_median
from wavegan_src.report.svg import Axis, Canvas, Point, make_axis, ticks
from wavegan_src.utils.format import format_number

WIDTH, HEIGHT = 400.0, 234.0  # near a phone's width, so that text is as large there as it is written here
LEFT, RIGHT, TOP, BOTTOM = 56.0, 390.0, 30.0, 200.0
COLOURS = 6  # of the page's palette
MOST_POINTS = 300  # of a line: more than the pixels of the plot hold
_BUCKETS = MOST_POINTS // 2
_LETTER = 7.0  # width of a digit, in pixels
_LABEL_GAP = 16.0  # between the labels of two events
_TICK_LETTERS = 7


@dataclass(frozen=True)
class Line:
    """One series; `colour` is an index into the page's palette, None for the soft colour of anchors."""

    label: str
    epochs: Sequence[float]
    values: Sequence[float]
    colour: int | None = 0
    dashed: bool = False

    @property
    def last(self) -> float | None:
        """The newest value that was measured."""
        return next((float(value) for value in reversed(self.values) if math.isfinite(value)), None)

    @property
    def measured(self) -> bool:
        """Whether there is any value."""
        return self.last is not None


@dataclass(frozen=True)
class Mark:
    """An event: a vertical line at an epoch, with a short label above."""

    epoch: float
    label: str
    kind: str  # class in the style sheet
    text: str  # the same in words


@dataclass(frozen=True)
class Chart:
    """One picture: what it shows, in which unit, and its lines."""

    title: str
    unit: str
    lines: Sequence[Line]
    about: str = ""  # a sentence on how to read it
    marks: Sequence[Mark] = field(default_factory=tuple)

    @property
    def shown(self) -> list[Line]:
        """The lines that have values."""
        return [line for line in self.lines if line.measured]

    def legend(self) -> list[tuple[str, str, str, bool]]:
        """Class, label, newest value and whether it is dashed, of each line."""
        return [(colour_class(line), line.label, format_number(line.last), line.dashed) for line in self.shown]

    def svg(self) -> str:
        """The picture; empty where nothing was measured."""
        return draw(self) if self.shown else ""


def colour_class(line: Line) -> str:
    """The class that gives a line its colour."""
    return "anchor" if line.colour is None else f"c{line.colour % COLOURS}"


def draw(chart: Chart) -> str:
    """A chart with at least one measured line as an SVG element."""
    series = [thin(line) for line in chart.shown]
    x = _epoch_axis(chart)
    y = make_axis([value for raw, middle in series for _, value in (*raw, *middle)], BOTTOM, TOP)
    canvas = Canvas.of_size(WIDTH, HEIGHT, _describe(chart))
    _grid(canvas, x, y)
    _draw_marks(canvas, chart.marks, x)
    for line, (raw, middle) in zip(chart.shown, series, strict=True):
        kind = colour_class(line) + (" dashed" if line.dashed else "")
        _curve(canvas, raw, x, y, f"line {kind} pale" if middle else f"line {kind}")
        _curve(canvas, middle, x, y, f"line {kind}")
    return canvas.to_svg()


Points = list[Point]


def thin(line: Line) -> tuple[Points, Points]:
    """A line's points, and its running median if it has too many of them.

    Of a long line every bucket of epochs keeps its lowest and its highest value, in their order: no peak is lost.
    """
    epochs, values = np.asarray(line.epochs, dtype=float), np.asarray(line.values, dtype=float)
    finite = np.isfinite(values)
    epochs, values = epochs[finite], values[finite]
    if len(values) <= MOST_POINTS:
        return _points(epochs, values), []
    kept: list[int] = []
    middles: list[int] = []
    for bucket in np.array_split(np.arange(len(values)), _BUCKETS):
        kept += sorted({int(bucket[values[bucket].argmin()]), int(bucket[values[bucket].argmax()])})
        middles.append(int(bucket[len(bucket) // 2]))
    smooth = running_median(values, len(values) // 50)
    return _points(epochs[kept], values[kept]), _points(epochs[middles], smooth[middles])


def _points(epochs: NDArray[np.float64], values: NDArray[np.float64]) -> Points:
    return [(float(epoch), float(value)) for epoch, value in zip(epochs, values, strict=True)]


def _epoch_axis(chart: Chart) -> Axis:
    epochs = [epoch for line in chart.shown for epoch in (line.epochs[0], line.epochs[-1])]
    low, high = min(epochs), max(epochs)
    return Axis(low, high, LEFT, RIGHT) if high > low else Axis(low - 1, high + 1, LEFT, RIGHT)


def _grid(canvas: Canvas, x: Axis, y: Axis) -> None:
    for value, text in ticks(y):
        at = y.x(value)
        canvas.line((LEFT, at), (RIGHT, at), "grid")
        canvas.text(_short(value, text), LEFT - 6, at + 4, "end", "tick")
    edge = -math.inf
    for value, text in ticks(x):
        at, half = x.x(value), _LETTER * len(text) / 2
        if value != round(value) or at - half < edge + _LETTER or at + half > WIDTH:
            continue
        canvas.line((at, BOTTOM), (at, BOTTOM + 4), "axis")
        canvas.text(text, at, BOTTOM + 17, "middle", "tick")
        edge = at + half
    canvas.line((LEFT, BOTTOM), (RIGHT, BOTTOM), "axis")
    canvas.text("epoch", RIGHT, HEIGHT - 4, "end", "tick")
    if y.log:
        canvas.text("log scale", LEFT, HEIGHT - 4, "start", "tick")


def _draw_marks(canvas: Canvas, marks: Sequence[Mark], x: Axis) -> None:
    edge = -math.inf
    by_epoch: dict[float, list[Mark]] = {}
    for mark in sorted(marks, key=lambda mark: mark.epoch):
        if x.low <= mark.epoch <= x.high:
            by_epoch.setdefault(mark.epoch, []).append(mark)
    for epoch, together in by_epoch.items():
        at = x.x(epoch)
        group = canvas.group(f"mark {together[0].kind}", "; ".join(mark.text for mark in together))
        group.line((at, TOP - 8), (at, BOTTOM), "event")
        label = " ".join(dict.fromkeys(mark.label for mark in together))
        half = _LETTER * len(label) / 2
        if at - half >= edge:  # of overlapping labels only the first is shown
            group.text(label, min(at, WIDTH - half), TOP - 12, "middle", "event-label")
            edge = at + half + _LABEL_GAP / 2


def _short(value: float, text: str) -> str:
    """A tick's number as it fits beside the axis: "0.000105" becomes "1.05e-4"."""
    if len(text) <= _TICK_LETTERS:
        return text
    digits, power = f"{value:.2e}".split("e")
    return f"{digits}e{int(power)}"


def _curve(canvas: Canvas, points: Points, x: Axis, y: Axis, kind: str) -> None:
    """The points joined; a single one as a dot."""
    placed = [(x.x(epoch), y.x(value)) for epoch, value in points]
    if len(placed) == 1:
        canvas.circle(placed[0], 3, kind)
    elif placed:
        canvas.path(placed, kind)


def _describe(chart: Chart) -> str:
    """The chart in words, for screen readers."""
    values = "; ".join(f"{line.label}: latest {format_number(line.last)}" for line in chart.shown)
    return f"{chart.title} over epochs, in {chart.unit}. {values}" if chart.unit else f"{chart.title}. {values}"
