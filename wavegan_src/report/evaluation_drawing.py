"""The drawing of one score: a row for the generated clips and each anchor, on one axis.

First everything gets its place (`lay_out`), then it is drawn (`drawing_svg`). Every row has its own height, so that
labels stack and never overlap; lengths are in the drawing's own pixels.
"""

import bisect
import math
from collections.abc import Sequence
from dataclasses import dataclass

from wavegan_src.evaluation.result import NOISE, REAL, Bounded, Score
from wavegan_src.metrics import MEASURES
from wavegan_src.report.evaluation_words import GENERATED, NOT_MEASURED, label, rows
from wavegan_src.report.svg import Align, Axis, Canvas, Point, make_axis, ticks
from wavegan_src.utils.format import format_score

WIDTH = 392.0
PLOT_LEFT, PLOT_RIGHT = 150.0, 332.0
FONT_SIZE = 12.0  # as in the page's style sheet
_LETTER = 0.65 * FONT_SIZE  # the average width of a letter in a wide font
_TOP = 20.0  # room for the guides' labels, for one line of them
_LINE = 16.0
_ROW = 23.0
_BASELINE = 4.5  # from a row's middle down to its text's baseline
_GAP = 6.0  # between two labels on one line
_SIZE = 5.0  # half a mark's width
_GENERATED_SIZE = 7.0
BAR_WIDTH, BAR_HEIGHT = 120.0, 14.0
_PANEL, _PANEL_LEFT, _BINS = 110.0, 6.0, 24  # height and margin of a panel, bins of its histogram
_PROFILE_LEFT = 40.0  # margin of a profile, for the numbers of its axis
_WIDE_HZ = 3000  # a profile that reaches higher has a logarithmic axis
_BAR_MARGIN = 20.0  # beyond 0 % and 100 %, for positions outside of them


@dataclass(frozen=True)
class Label:
    """A line of text at (x, y), its baseline; `kind` is its class in the style sheet."""

    text: str
    x: float
    y: float
    align: Align
    kind: str

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of the text, its width estimated."""
        width = len(self.text) * _LETTER
        left = self.x - {"start": 0.0, "middle": width / 2, "end": width}[self.align]
        return left, self.y - 0.8 * FONT_SIZE, left + width, self.y + 0.25 * FONT_SIZE


@dataclass(frozen=True)
class Mark:
    """A value on its row, with the ends of its interval where there is one."""

    name: str
    x: float
    y: float
    ends: tuple[float, float] | None


@dataclass(frozen=True)
class Guide:
    """A vertical line through all rows."""

    name: str
    x: float
    top: float


@dataclass(frozen=True)
class Drawing:
    """One score between its anchors, laid out."""

    height: float
    axis: Axis
    axis_y: float
    tick_xs: list[float]
    marks: list[Mark]
    guides: list[Guide]
    labels: list[Label]


def lay_out(score: Score) -> Drawing | None:
    """Lay out the score and its anchors; None where nothing was measured."""
    shown = rows(score)
    values = [value for _, bounded in shown for value in _values(bounded)]
    if not values:
        return None
    near_one = MEASURES[score.measure].better == "near 1"
    axis = make_axis([*values, 1.0] if near_one else values, PLOT_LEFT, PLOT_RIGHT)
    guides, labels = _guides(score, axis)
    top = max([_TOP, *(guide.top + 4 for guide in guides)])
    marks: list[Mark] = []
    for index, (name, bounded) in enumerate(shown):
        middle = top + (index + 0.5) * _ROW
        labels += _row_labels(name, bounded, middle)
        marks += _mark(name, bounded, axis, middle)
    axis_y = top + len(shown) * _ROW
    tick_xs, tick_labels = _ticks(axis, axis_y)
    labels += [*tick_labels, *_footer(score, axis, axis_y)]
    return Drawing(axis_y + 2.5 * _LINE, axis, axis_y, tick_xs, marks, guides, labels)


def overlap(one: Label, other: Label, gap: float = 0.0) -> bool:
    """Whether two labels touch, or come nearer than `gap` sideways."""
    left, top, right, bottom = one.box
    other_left, other_top, other_right, other_bottom = other.box
    return left < other_right + gap and other_left < right + gap and top < other_bottom and other_top < bottom


def _values(bounded: Bounded) -> list[float]:
    """The value and the ends of its interval; none where nothing was measured."""
    value, interval = bounded.measurement.value, bounded.interval
    if value is None:
        return []
    return [value] if interval is None else [value, interval.low, interval.high]


def _mark(name: str, bounded: Bounded, axis: Axis, y: float) -> list[Mark]:
    values = _values(bounded)
    if not values:
        return []
    x, *ends = [axis.x(value) for value in values]
    return [Mark(name, x, y, (ends[0], ends[1]) if ends else None)]


def _row_labels(name: str, bounded: Bounded, middle: float) -> list[Label]:
    kind, y, value = f"row {name}", middle + _BASELINE, bounded.measurement.value
    written = Label(label(name), PLOT_LEFT - 10, y, "end", kind)
    if value is None:
        return [written, Label(NOT_MEASURED, WIDTH - 2, y, "end", "absent")]
    return [written, Label(format_score(value), WIDTH - 2, y, "end", kind)]


def _guides(score: Score, axis: Axis) -> tuple[list[Guide], list[Label]]:
    """The lines that a reader compares with: 0 % and 100 %, or 1 for the memorisation ratio."""
    wanted: list[tuple[str, float, str]] = []
    if MEASURES[score.measure].better == "near 1":
        wanted.append(("one", 1.0, "1"))
    elif score.discriminates is not None:
        alike = score.discriminates is False
        for name, text in ((REAL, "100 %"), (NOISE, "0 %")):
            value = score.anchors[name].measurement.value
            if value is not None:
                wanted.append((name, value, "" if alike else text))
    guides: list[Guide] = []
    labels: list[Label] = []
    for name, value, text in wanted:
        placed = Label(text, axis.x(value), 12.0, "middle", "guide-label")
        while any(overlap(placed, other, _GAP) for other in labels):
            placed = Label(text, placed.x, placed.y + _LINE, "middle", "guide-label")
        guides.append(Guide(name, placed.x, placed.y + 4))
        labels += [placed] if text else []
    return guides, labels


def _ticks(axis: Axis, axis_y: float) -> tuple[list[float], list[Label]]:
    """Where the ticks are, and labels for those that have room."""
    labels: list[Label] = []
    places: list[float] = []
    for value, text in ticks(axis):
        written = Label(text, axis.x(value), axis_y + _LINE, "middle", "tick")
        left, _, right, _ = written.box
        places.append(written.x)
        if left >= 0 and right <= WIDTH and not any(overlap(written, other, _GAP) for other in labels):
            labels.append(written)
    return places, labels


def _footer(score: Score, axis: Axis, axis_y: float) -> list[Label]:
    """The better direction at its end of the axis, unit and scale at the other."""
    measure, y = MEASURES[score.measure], axis_y + 2 * _LINE
    kind = ", ".join(part for part in (measure.unit, "log scale" if axis.log else "") if part)
    if measure.better == "higher":
        written = [Label(kind, PLOT_LEFT, y, "start", "unit"), Label("better →", PLOT_RIGHT, y, "end", "better")]
    else:
        direction = "← better" if measure.better == "lower" else "best near 1"
        written = [Label(direction, PLOT_LEFT, y, "start", "better"), Label(kind, WIDTH - 2, y, "end", "unit")]
    return [one for one in written if one.text]


def drawing_svg(drawing: Drawing, description: str) -> str:
    """The drawing as an SVG element; `description` is for screen readers."""
    canvas = Canvas.of_size(WIDTH, drawing.height, description)
    for guide in drawing.guides:
        canvas.line((guide.x, guide.top), (guide.x, drawing.axis_y), f"guide {guide.name}")
    canvas.line((PLOT_LEFT, drawing.axis_y), (PLOT_RIGHT, drawing.axis_y), "axis")
    for x in drawing.tick_xs:
        canvas.line((x, drawing.axis_y), (x, drawing.axis_y + 4), "axis")
    for mark in drawing.marks:
        _draw_mark(canvas, mark)
    for one in drawing.labels:
        canvas.text(one.text, one.x, one.y, one.align, one.kind)
    return canvas.to_svg()


def position_bar(position: float, text: str) -> str:
    """A small bar from noise (0 %) to real (100 %) with the position on it; beyond its ends an arrow points on."""
    canvas = Canvas.of_size(BAR_WIDTH, BAR_HEIGHT, f"position {text} between noise (0 %) and real recordings (100 %)")
    left, right, middle = _BAR_MARGIN, BAR_WIDTH - _BAR_MARGIN, BAR_HEIGHT / 2
    canvas.line((left, middle), (right, middle), "bar")
    for end in (left, right):
        canvas.line((end, middle - 4), (end, middle + 4), "bar")
    x = left + position * (right - left)
    if _SIZE <= x <= BAR_WIDTH - _SIZE:
        shape = _regular(x, middle, 4, 6.0)
    else:
        edge, back = (1.0, 10) if x < left else (BAR_WIDTH - 1, -10)
        shape = [(edge, middle), (edge + back, middle - 5), (edge + back, middle + 5)]
    canvas.polygon(shape, f"mark {GENERATED}")
    return canvas.to_svg()


def scores_svg(generated: Sequence[float], real: Sequence[float], description: str) -> str:
    """How a classifier's scores of generated and of real clips are distributed: two histograms on one axis."""
    canvas = Canvas.of_size(WIDTH, _PANEL + 2 * _LINE, description)
    axis = make_axis([*generated, *real], _PANEL_LEFT, WIDTH - _PANEL_LEFT)
    edges = [axis.low + index / _BINS * (axis.high - axis.low) for index in range(_BINS + 1)]
    shares = {kind: _shares(values, edges) for kind, values in ((REAL, real), (GENERATED, generated))}
    highest = max(max(one) for one in shares.values())
    for kind, heights in shares.items():
        tops = [
            (axis.x(edge), _PANEL * (1 - 0.95 * height / highest))
            for index, height in enumerate(heights)
            for edge in (edges[index], edges[index + 1])
        ]
        canvas.polygon([(tops[0][0], _PANEL), *tops, (tops[-1][0], _PANEL)], f"area {kind}")
    canvas.line((_PANEL_LEFT, _PANEL), (WIDTH - _PANEL_LEFT, _PANEL), "axis")
    canvas.text("← looks real", _PANEL_LEFT, _PANEL + _LINE, "start", "tick")
    canvas.text("looks generated →", WIDTH - _PANEL_LEFT, _PANEL + _LINE, "end", "tick")
    return canvas.to_svg()


def profiles_svg(
    generated: Sequence[Sequence[float]],
    real: Sequence[Sequence[float]],
    frequencies: Sequence[float],
    description: str,
) -> str:
    """The features of two sets side by side: bands from the 10 % to the 90 % quantile, and the medians as lines.

    They are drawn over their frequencies in Hz, logarithmic where those reach over many octaves, or if they have none
    over their number.
    """
    canvas = Canvas.of_size(WIDTH, _PANEL + 2 * _LINE, description)
    count = len(real[0])
    wide = bool(frequencies) and frequencies[-1] > _WIDE_HZ
    places = list(frequencies) or [float(index) for index in range(count)]
    across = Axis(places[0], max(places[-1], places[0] + 1), _PROFILE_LEFT, WIDTH - _PANEL_LEFT, log=wide)
    up = make_axis([value for side in (generated, real) for row in side for value in row], _PANEL, 4.0)
    for kind, (low, middle, high) in ((REAL, real), (GENERATED, generated)):
        points = [
            [(across.x(place), up.x(value)) for place, value in zip(places, row, strict=True)]
            for row in (low, middle, high)
        ]
        canvas.polygon([*points[0], *reversed(points[2])], f"area {kind}")
        canvas.path(points[1], f"median {kind}")
    canvas.line((_PROFILE_LEFT, _PANEL), (WIDTH - _PANEL_LEFT, _PANEL), "axis")
    if frequencies:
        _draw_hertz(canvas, across)
    else:
        canvas.text("← first feature", _PROFILE_LEFT, _PANEL + _LINE, "start", "tick")
        canvas.text(f"last of {count} →", WIDTH - _PANEL_LEFT, _PANEL + _LINE, "end", "tick")
    for value, text in ticks(up):
        canvas.text(text, _PROFILE_LEFT - 5, up.x(value) + 4, "end", "tick")
    return canvas.to_svg()


def _draw_hertz(canvas: Canvas, axis: Axis) -> None:
    """Ticks below the axis; the unit stands at its end, where a tick makes room for it."""
    for value, text in ticks(axis):
        x = axis.x(value)
        canvas.line((x, _PANEL), (x, _PANEL + 4), "axis")
        if x <= WIDTH - _PANEL_LEFT - 30:
            canvas.text(text, x, _PANEL + _LINE, "middle", "tick")
    canvas.text("Hz", WIDTH - _PANEL_LEFT, _PANEL + _LINE, "end", "tick")


def _shares(values: Sequence[float], edges: Sequence[float]) -> list[float]:
    """The share of values between each edge and the next."""
    counts = [0] * (len(edges) - 1)
    for value in values:
        counts[min(bisect.bisect_right(edges, value) - 1, len(counts) - 1)] += 1
    return [count / len(values) for count in counts]


def _draw_mark(canvas: Canvas, mark: Mark) -> None:
    """The interval as a bar with ends, and a shape of its own for each row, so that no row depends on colour alone."""
    x, y, kind = mark.x, mark.y, f"mark {mark.name}"
    if mark.ends is not None:
        canvas.line((mark.ends[0], y), (mark.ends[1], y), f"interval {mark.name}")
        for end in mark.ends:
            canvas.line((end, y - 4), (end, y + 4), f"interval {mark.name}")
    match mark.name:
        case "generated":
            canvas.polygon(_regular(x, y, 4, _GENERATED_SIZE), kind)
        case "real" | "nearest_real":
            canvas.circle((x, y), _SIZE, kind)
        case "phase_randomised":
            canvas.polygon(_regular(x, y, 3, _SIZE + 1), kind)
        case "white_noise":
            for sign in (1, -1):
                canvas.line((x - 4, y - 4 * sign), (x + 4, y + 4 * sign), f"cross {mark.name}")
        case _:
            canvas.polygon([(x + dx, y + dy) for dx, dy in ((-4, -4), (4, -4), (4, 4), (-4, 4))], kind)


def _regular(x: float, y: float, corners: int, radius: float) -> list[Point]:
    """The corners of a regular polygon, one of them on top."""
    angles = [2 * math.pi * corner / corners for corner in range(corners)]
    return [(x + radius * math.sin(angle), y - radius * math.cos(angle)) for angle in angles]
