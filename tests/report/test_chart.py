import math
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from wavegan_src.report.chart import BOTTOM, LEFT, MOST_POINTS, RIGHT, TOP, WIDTH, Chart, Line, Mark, draw, thin


def points(path: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in (pair.split() for pair in path.removeprefix("M").split("L"))]


def test_a_short_line_is_drawn_as_it_is_within_the_frame() -> None:
    chart = Chart("Loss", "units", [Line("critic", [1, 2, 3], [5.0, 1.0, 3.0])])
    root = ET.fromstring(chart.svg())
    (path,) = root.iter("path")
    (x0, y0), (_, y1), (x2, y2) = points(path.attrib["d"])
    assert (x0, x2) == (LEFT, RIGHT)
    assert TOP <= y0 < y2 < y1 <= BOTTOM  # a larger value stands higher
    assert "Loss over epochs, in units. critic: latest 3" in root.attrib["aria-label"]


def test_a_long_line_keeps_its_peaks_and_gets_a_running_median() -> None:
    values = np.sin(np.arange(5000) / 400)
    values[3333], values[1234] = 40, -40
    raw, middle = thin(Line("x", range(5000), list(values)))
    assert len(raw) <= MOST_POINTS
    assert (3333.0, 40.0) in raw
    assert (1234.0, -40.0) in raw
    assert [epoch for epoch, _ in raw] == sorted(epoch for epoch, _ in raw)
    assert max(abs(value - np.sin(epoch / 400)) for epoch, value in middle) < 0.05


def test_values_that_were_not_measured_are_no_points_and_an_empty_chart_is_nothing() -> None:
    raw, _ = thin(Line("x", [1, 2, 3], [1.0, math.nan, 3.0]))
    assert raw == [(1.0, 1.0), (3.0, 3.0)]
    assert Chart("x", "", [Line("x", [1], [math.nan]), Line("y", [], [])]).svg() == ""


@pytest.mark.parametrize("values", [[7.0], [0.0], [1e-30], [1e30], [-1e9]])
def test_one_epoch_is_a_dot_whatever_its_value(values: list[float]) -> None:
    root = ET.fromstring(Chart("x", "", [Line("x", [1], values)]).svg())
    (dot,) = root.iter("circle")
    assert LEFT <= float(dot.attrib["cx"]) <= RIGHT
    assert TOP <= float(dot.attrib["cy"]) <= BOTTOM


def test_events_are_lines_at_their_epochs_with_labels_that_do_not_overlap() -> None:
    marks = [
        Mark(50, "★ best", "best", "best model: epoch 50"),
        Mark(20, "S", "stopped", "stopped after epoch 20"),
        Mark(20, "R", "resumed", "resumed after epoch 20"),
        Mark(20.5, "R", "resumed", "too near for a label"),
        Mark(900, "R", "resumed", "beyond the axis"),
    ]
    root = ET.fromstring(draw(Chart("x", "", [Line("x", [0, 100], [0.0, 1.0])], "", marks)))
    groups = list(root.iter("g"))
    assert [group.attrib["class"] for group in groups] == ["mark stopped", "mark resumed", "mark best"]
    labels = [text.text for group in groups for text in group.iter("text")]
    assert labels == ["S R", "★ best"]
    best = next(group for group in groups if "best" in group.attrib["class"]).find("line")
    assert best is not None
    assert float(best.attrib["x1"]) == pytest.approx((LEFT + RIGHT) / 2)


@pytest.mark.parametrize("value", [0.0001, 1e-7, 123456789.0, 5e-5])
def test_tick_labels_fit_beside_the_axis(value: float) -> None:
    root = ET.fromstring(draw(Chart("rate", "", [Line("x", [1, 2], [value, value])])))
    beside = [text for text in root.iter("text") if text.attrib["text-anchor"] == "end" and text.text != "epoch"]
    assert beside
    assert all(6.7 * len(text.text or "") <= LEFT - 4 for text in beside)
    assert all(float(text.attrib["x"]) <= WIDTH for text in root.iter("text"))


def test_a_logarithmic_axis_says_so() -> None:
    assert "log scale" in draw(Chart("x", "", [Line("x", [1, 2], [1.0, 1000.0])]))
    assert "log scale" not in draw(Chart("x", "", [Line("x", [1, 2], [1.0, 2.0])]))
