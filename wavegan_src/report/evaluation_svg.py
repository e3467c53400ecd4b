"""A laid out drawing as inline SVG; colours come from the page's style sheet, which has a light and a dark mode."""

import math
from xml.etree import ElementTree as ET

from wavegan_src.report.evaluation_drawing import PLOT_LEFT, PLOT_RIGHT, WIDTH, Drawing, Mark
from wavegan_src.report.evaluation_words import GENERATED

_SIZE = 5.0  # half a mark's width
_GENERATED_SIZE = 7.0
BAR_WIDTH, BAR_HEIGHT = 120.0, 14.0
_BAR_MARGIN = 20.0  # beyond 0 % and 100 %, for positions outside of them


def drawing_svg(drawing: Drawing, description: str) -> str:
    """The drawing as an SVG element; `description` is read to those who cannot see it."""
    root = _root(WIDTH, drawing.height, description)
    for guide in drawing.guides:
        _line(root, (guide.x, guide.top), (guide.x, drawing.axis_y), f"guide {guide.name}")
    _line(root, (PLOT_LEFT, drawing.axis_y), (PLOT_RIGHT, drawing.axis_y), "axis")
    for x in drawing.tick_xs:
        _line(root, (x, drawing.axis_y), (x, drawing.axis_y + 4), "axis")
    for mark in drawing.marks:
        _draw_mark(root, mark)
    for label in drawing.labels:
        place = {"x": _px(label.x), "y": _px(label.y), "text-anchor": label.align, "class": label.kind}
        ET.SubElement(root, "text", place).text = label.text
    return ET.tostring(root, encoding="unicode")


def position_bar(position: float, text: str) -> str:
    """A small bar from noise (0 %) to real (100 %) with the position on it; beyond its ends an arrow points on."""
    root = _root(BAR_WIDTH, BAR_HEIGHT, f"position {text} between noise (0 %) and real recordings (100 %)")
    left, right, middle = _BAR_MARGIN, BAR_WIDTH - _BAR_MARGIN, BAR_HEIGHT / 2
    _line(root, (left, middle), (right, middle), "bar")
    for end in (left, right):
        _line(root, (end, middle - 4), (end, middle + 4), "bar")
    x = left + position * (right - left)
    if _SIZE <= x <= BAR_WIDTH - _SIZE:
        _shape(root, _polygon(x, middle, 4, 6.0), GENERATED)
    else:
        towards = -1 if x < left else 1
        edge = 1.0 if towards < 0 else BAR_WIDTH - 1
        _shape(root, [(edge, middle), (edge - 10 * towards, middle - 5), (edge - 10 * towards, middle + 5)], GENERATED)
    return ET.tostring(root, encoding="unicode")


def _root(width: float, height: float, description: str) -> ET.Element:
    box = f"0 0 {_px(width)} {_px(height)}"
    return ET.Element("svg", {"viewBox": box, "role": "img", "aria-label": description})


def _draw_mark(root: ET.Element, mark: Mark) -> None:
    """The interval as a bar with ends, and a shape of its own for each row, so that none is told by colour alone."""
    if mark.ends is not None:
        _line(root, (mark.ends[0], mark.y), (mark.ends[1], mark.y), f"interval {mark.name}")
        for end in mark.ends:
            _line(root, (end, mark.y - 4), (end, mark.y + 4), f"interval {mark.name}")
    centre = {"cx": _px(mark.x), "cy": _px(mark.y), "r": _px(_SIZE)}
    match mark.name:
        case "generated":
            _shape(root, _polygon(mark.x, mark.y, 4, _GENERATED_SIZE), mark.name)
        case "real" | "nearest_real":
            ET.SubElement(root, "circle", {**centre, "class": f"mark {mark.name}"})
        case "phase_randomised":
            _shape(root, _polygon(mark.x, mark.y, 3, _SIZE + 1), mark.name)
        case "white_noise":
            for sign in (1, -1):
                _line(root, (mark.x - 4, mark.y - 4 * sign), (mark.x + 4, mark.y + 4 * sign), f"cross {mark.name}")
        case _:
            square = [(mark.x + dx, mark.y + dy) for dx, dy in ((-4, -4), (4, -4), (4, 4), (-4, 4))]
            _shape(root, square, mark.name)


def _polygon(x: float, y: float, corners: int, radius: float) -> list[tuple[float, float]]:
    """A regular polygon that stands on its side, with one corner up."""
    angles = [2 * math.pi * corner / corners for corner in range(corners)]
    return [(x + radius * math.sin(angle), y - radius * math.cos(angle)) for angle in angles]


def _shape(root: ET.Element, points: list[tuple[float, float]], name: str) -> None:
    written = " ".join(f"{_px(x)},{_px(y)}" for x, y in points)
    ET.SubElement(root, "polygon", {"points": written, "class": f"mark {name}"})


def _line(root: ET.Element, start: tuple[float, float], end: tuple[float, float], kind: str) -> None:
    ends = {"x1": _px(start[0]), "y1": _px(start[1]), "x2": _px(end[0]), "y2": _px(end[1])}
    ET.SubElement(root, "line", {**ends, "class": kind})


def _px(length: float) -> str:
    return f"{length:.1f}".removesuffix(".0")
