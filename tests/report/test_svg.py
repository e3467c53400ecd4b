"""Axes keep the order of values and have round ticks; shapes become SVG elements."""

from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wavegan_src.report.svg import Canvas, make_axis, ticks

figures = st.one_of(st.floats(-1e4, 1e4), st.floats(0, 1), st.floats(1e-3, 1e3), st.sampled_from([0.0, 1.0, 1e-17]))


def test_shapes_are_elements_with_their_class_in_groups_with_a_title() -> None:
    canvas = Canvas.of_size(100, 50.5, "a drawing")
    canvas.line((0, 0.25), (10, 0), "axis")
    group = canvas.group("mark best", "the <best> epoch")
    group.path([(1, 2), (3, 4.06)], "line c0")
    group.text("★", 5, 6, "middle", "label")
    root = ET.fromstring(canvas.to_svg())
    assert root.attrib == {"viewBox": "0 0 100 50.5", "role": "img", "aria-label": "a drawing"}
    assert root[0].attrib == {"x1": "0", "y1": "0.2", "x2": "10", "y2": "0", "class": "axis"}
    assert [element.tag for element in root[1]] == ["title", "path", "text"]
    assert root[1][0].text == "the <best> epoch"
    assert root[1][1].attrib == {"d": "M1 2L3 4.1", "class": "line c0"}
    assert (root[1][2].text, root[1][2].attrib["text-anchor"]) == ("★", "middle")


@settings(deadline=None)
@given(st.lists(figures, min_size=2, max_size=12))
def test_an_axis_keeps_the_order_of_values(values: list[float]) -> None:
    axis = make_axis(values, 10.0, 210.0)
    ordered = sorted(values)
    places = [axis.x(value) for value in ordered]
    assert all(10.0 - 1e-6 <= place <= 210.0 + 1e-6 for place in places)
    for (low, at_low), (high, at_high) in pairwise(zip(ordered, places, strict=True)):
        assert at_low <= at_high
        if high - low > 1e-6 * (axis.high - axis.low):
            assert at_low < at_high
    marks = ticks(axis)
    assert [value for value, _ in marks] == sorted(value for value, _ in marks)
    assert all(axis.low <= value <= axis.high + 1e-9 * abs(axis.high) for value, _ in marks)


@pytest.mark.parametrize(
    ("values", "log"),
    [
        ([1.0, 29.0], False),
        ([1.0, 31.0], True),
        ([0.0, 100.0], False),
        ([-1.0, 100.0], False),
        ([1e-15, 100.0], False),  # a zero with rounding errors
        ([5.0], False),
    ],
)
def test_the_axis_is_logarithmic_for_wide_spreads_of_positive_values(values: list[float], log: bool) -> None:
    assert make_axis(values, 0.0, 100.0).log is log


def test_equal_steps_are_equal_lengths() -> None:
    linear, log = make_axis([10.0, 20.0], 0.0, 100.0), make_axis([1.0, 100.0], 0.0, 100.0)
    assert linear.x(15.0) == pytest.approx((linear.x(10.0) + linear.x(20.0)) / 2)
    assert log.x(10.0) == pytest.approx((log.x(1.0) + log.x(100.0)) / 2)
    assert log.x(1.0) == pytest.approx(100 - log.x(100.0))


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([0.0, 15.0], ["0", "5", "10", "15"]),
        ([0.0, 0.2], ["0.0", "0.1", "0.2"]),
        ([-3.0, 3.0], ["−2", "0", "2"]),
        ([0.02, 5.0], ["0.02", "0.05", "0.1", "0.2", "0.5", "1", "2", "5"]),
        ([0.01, 5000.0], ["0.01", "1", "100"]),
    ],
)
def test_ticks_are_round(values: list[float], texts: list[str]) -> None:
    assert [text for _, text in ticks(make_axis(values, 0.0, 100.0))] == texts
