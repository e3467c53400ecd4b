"""Where everything stands in the drawing of one score: a row for the generated clips and each anchor, on one axis.

Every row has its own height, so that labels stack and never overlap; lengths are in the drawing's own pixels.
"""

from dataclasses import dataclass
from typing import Literal

from wavegan_src.evaluation.measures.catalogue import CATALOGUE
from wavegan_src.evaluation.result import NOISE, REAL, Bounded, Score
from wavegan_src.report.evaluation_words import NOT_MEASURED, label, rows
from wavegan_src.report.svg import Axis, make_axis, ticks
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


@dataclass(frozen=True)
class Label:
    """A line of text at (x, y), its baseline; `kind` is its class in the style sheet."""

    text: str
    x: float
    y: float
    align: Literal["start", "middle", "end"]
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
    near_one = CATALOGUE[score.measure].better == "near 1"
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
    if CATALOGUE[score.measure].better == "near 1":
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
    """The ticks' places, and labels for as many of them as have room."""
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
    """Which way is better, at that end of the axis; the unit and the kind of axis at the other."""
    entry, y = CATALOGUE[score.measure], axis_y + 2 * _LINE
    kind = ", ".join(part for part in (entry.unit, "log scale" if axis.log else "") if part)
    if entry.better == "higher":
        written = [Label(kind, PLOT_LEFT, y, "start", "unit"), Label("better →", PLOT_RIGHT, y, "end", "better")]
    else:
        direction = "← better" if entry.better == "lower" else "best near 1"
        written = [Label(direction, PLOT_LEFT, y, "start", "better"), Label(kind, WIDTH - 2, y, "end", "unit")]
    return [one for one in written if one.text]
