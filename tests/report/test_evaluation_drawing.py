"""Axis and layout of the drawings: where values land, and that no label covers another."""

from itertools import combinations
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.scores import absent, anchored, bounded
from wavegan_src.evaluation.measures.measurement import Interval, Measurement
from wavegan_src.evaluation.result import ANCHORS, Bounded, Score
from wavegan_src.metrics import EVALUATED
from wavegan_src.report.evaluation_drawing import (
    PLOT_LEFT,
    PLOT_RIGHT,
    WIDTH,
    Drawing,
    drawing_svg,
    lay_out,
    overlap,
    position_bar,
)
from wavegan_src.report.evaluation_words import describe

figures = st.one_of(st.floats(-1e4, 1e4), st.floats(0, 1), st.floats(1e-3, 1e3), st.sampled_from([0.0, 1.0, 1e-17]))


@st.composite
def scores(draw: st.DrawFn) -> Score:
    """Any measure with any values, intervals and absences."""
    measure = draw(st.sampled_from(sorted(EVALUATED)))

    def one() -> Bounded:
        value = draw(st.one_of(st.none(), figures))
        if value is None:
            return absent(measure, "no clip could be measured")
        below, above = draw(st.tuples(st.floats(0, 50), st.floats(0, 50)))
        interval = draw(st.sampled_from([None, Interval(value - below, value + above, 200)]))
        return Bounded(Measurement(measure, value, 10, 10), interval)

    return Score(one(), {name: one() for name in ANCHORS if draw(st.booleans())})


def assert_readable(drawing: Drawing) -> None:
    for label in drawing.labels:
        left, top, right, bottom = label.box
        assert left >= 0, label
        assert top >= 0, label
        assert right <= WIDTH, label
        assert bottom <= drawing.height, label
    for one, other in combinations(drawing.labels, 2):
        assert not overlap(one, other), (one, other)


@settings(deadline=None)
@given(scores())
def test_labels_stay_inside_and_apart_and_marks_on_the_axis(score: Score) -> None:
    drawing = lay_out(score)
    shown = [score.generated, *score.anchors.values()]
    measured = [one for one in shown if one.measurement.value is not None]
    if drawing is None:
        assert not measured
        return
    assert_readable(drawing)
    assert len(drawing.marks) == len(measured)
    for mark in drawing.marks:
        for x in (mark.x, *(mark.ends or ())):
            assert PLOT_LEFT - 1e-6 <= x <= PLOT_RIGHT + 1e-6
        assert mark.ends is None or mark.ends[0] <= mark.x <= mark.ends[1]
        assert mark.y < drawing.axis_y
    assert sum(label.text == "not measured" for label in drawing.labels) == len(shown) - len(measured)


def test_zero_and_hundred_percent_stand_at_noise_and_real() -> None:
    drawing = lay_out(anchored("fad", 32.0, (1.25, 4.0, 40.0, 64.0, 92.0), 0.2))
    assert drawing is not None
    places = {mark.name: mark.x for mark in drawing.marks}
    texts = {label.text: label.x for label in drawing.labels}
    assert texts["100 %"] == places["real"]
    assert texts["0 %"] == places["shaped_noise"]
    assert "log scale" in texts
    assert texts["← better"] == PLOT_LEFT
    assert [mark.name for mark in drawing.marks] == ["generated", *ANCHORS]


def test_near_zero_and_hundred_percent_stack() -> None:
    drawing = lay_out(anchored("fad", 100.0, (1.0, 1.0, 1.0, 2.0, 90.0), 0.01))
    assert drawing is not None
    guides = [label for label in drawing.labels if label.kind == "guide-label"]
    assert [label.text for label in guides] == ["100 %", "0 %"]
    higher = lay_out(anchored("coverage", 0.5, (0.51, 0.1, 0.1, 0.5, 0.0), 0.001))
    assert higher is not None
    high, low = [label for label in higher.labels if label.kind == "guide-label"]
    assert low.y > high.y
    assert_readable(higher)
    assert {"better →"} <= {label.text for label in higher.labels}


def test_no_percentages_where_the_measure_does_not_discriminate() -> None:
    drawing = lay_out(anchored("stoi", 0.02, (0.02, 0.1, 0.02, 0.02, 0.01), 0.02))
    assert drawing is not None
    assert not [label for label in drawing.labels if label.kind == "guide-label"]


def test_the_memorisation_ratio_has_its_one_on_the_axis() -> None:
    drawing = lay_out(Score(bounded("memorisation", 0.2)))
    assert drawing is not None
    assert [guide.x for guide in drawing.guides] == [drawing.axis.x(1.0)]
    assert "best near 1" in {label.text for label in drawing.labels}


def test_the_svg_holds_every_label_and_mark_and_is_told_in_words() -> None:
    score = anchored("firing_rate", 0.3, (0.1, 0.05, 1.2, 1.5, 1.6), 0.02)
    drawing = lay_out(score)
    assert drawing is not None
    root = ET.fromstring(drawing_svg(drawing, describe(score)))
    assert [text.text for text in root.iter("text")] == [label.text for label in drawing.labels]
    assert root.get("aria-label") == describe(score)
    assert "generated: 0.3 (95 % interval 0.28 to 0.32)" in describe(score)
    assert len([shape for shape in root.iter() if "mark" in (shape.get("class") or "").split()]) == 5
    assert len([line for line in root.iter("line") if "cross" in (line.get("class") or "")]) == 2


@pytest.mark.parametrize("position", [-40.0, -0.1, 0.0, 0.5, 1.0, 1.1, 30.0])
def test_the_bar_of_positions_stays_inside(position: float) -> None:
    root = ET.fromstring(position_bar(position, "50 %"))
    width = float((root.get("viewBox") or "").split()[2])
    for shape in root.iter("polygon"):
        xs = [float(point.split(",")[0]) for point in (shape.get("points") or "").split()]
        assert min(xs) >= -1
        assert max(xs) <= width + 1
        assert (position > 0.5) == (sum(xs) / len(xs) > width / 2 + 1e-6)
