"""Curves: ranges, tables, and what is said of bad ones."""

import os
import re
from pathlib import Path

import numpy as np
import pytest

from wavegan_src.generation.driving.curve import DriveCurve, parse_range, read_curve, sweep
from wavegan_src.utils.errors import UserError


def test_a_sweep_goes_in_straight_lines_through_its_values() -> None:
    curve = sweep([800, 6000, 3000], [0, 1], 8)
    rpm, load = curve.at(np.array([0.0, 2, 4, 6, 8]))
    assert rpm.tolist() == [800, 3400, 6000, 4500, 3000]
    assert load is not None
    assert load.tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert curve.seconds == 8


def test_many_values_of_both_need_no_common_spacing() -> None:
    curve = sweep(np.linspace(800, 6000, 10_007).tolist(), np.linspace(0, 1, 9_973).tolist(), 8)
    assert len(curve.times) < 20_000
    rpm, load = curve.at(np.array([2.0, 4.0]))
    assert load is not None
    np.testing.assert_allclose(rpm, [2100, 3400])
    np.testing.assert_allclose(load, [0.25, 0.5])


def test_a_single_value_stays() -> None:
    curve = sweep(3000, 0.5, 0.25)
    rpm, load = curve.at(np.array([0.0, 0.1, 0.25]))
    assert set(rpm) == {3000}
    assert load is not None
    assert set(load) == {0.5}
    assert sweep(3000, None, 1).load is None


@pytest.mark.parametrize(("text", "values"), [("3000", (3000,)), ("800:6000", (800, 6000)), (" .5:1e0 ", (0.5, 1))])
def test_ranges_are_one_or_two_numbers(text: str, values: tuple[float, ...]) -> None:
    assert parse_range("--rpm", text) == values


@pytest.mark.parametrize("text", ["", ":", "1:", ":2", "1:2:3", "fast", "nan", "1:inf", "1,2"])
def test_other_ranges_are_told(text: str) -> None:
    with pytest.raises(UserError, match=rf"^--rpm {re.escape(text)}: give a number, or two with a colon"):
        parse_range("--rpm", text)


def test_a_table_may_have_other_columns_and_order(tmp_path: Path) -> None:
    found = read_curve(_table(tmp_path, "load,gear,time_s,rpm\n0.5,1,0,900\n1,1,1.5,2000\n"))
    assert (found.times.tolist(), found.rpm.tolist()) == ([0, 1.5], [900, 2000])
    assert found.load is not None
    assert found.load.tolist() == [0.5, 1]
    assert read_curve(_table(tmp_path, "time_s,rpm\n0,900\n1,2000\n")).load is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "has no column time_s"),
        ("time_s,rpm,load\n", "empty|no rows"),
        ("seconds,speed\n0,900\n1,900\n", r"has no column time_s \(its columns are seconds, speed\)"),
        ("time_s,load\n0,0\n1,1\n", "has no column rpm"),
        ("time_s,rpm\n0,900\n2,900\n1,900\n", r"does not grow at row 3 \(1 s\): sort the rows"),
        ("time_s,rpm\n0,900\n0,900\n", "does not grow at row 2"),
        ("time_s,rpm\n-1,900\n1,900\n", "negative or no number"),
        ("time_s,rpm\nnan,900\n1,900\n", "negative or no number"),
        ("time_s,rpm\n0,900\n1,\n", "row 2: rpm is '', which is no number"),
        ("time_s,rpm\n0,900\n1,fast\n", "row 2: rpm is 'fast', which is no number"),
        ("time_s,rpm\n0,900\n1,nan\n", "The rpm is nan: give 60 to 20000"),
        ("time_s,rpm\n0,900\n1e-6,900\n", r"lasts 1e-06 s: give 0\.1 to 36000 s"),
        ("time_s,rpm\n0,-900\n1,900\n", "The rpm is -900: give 60 to 20000"),
        ("time_s,rpm\n0,13\n1,100\n", "up to 100 only, which looks like turns per second"),
        ("time_s,rpm\n0,0\n1,900\n", "The rpm is 0: give 60 to 20000; a standing engine makes no sound"),
        ("time_s,rpm\n0,0\n1,0\n", "The rpm is 0: give 60 to 20000"),
        ("time_s,rpm\n0,900\n1,100000\n", "The rpm is 100000: give 60 to 20000"),
        ("time_s,rpm\n0,900\n1,inf\n", "The rpm is (inf|nan): give 60 to 20000"),
        ("time_s,rpm\n0,900\n36001,900\n", "lasts 36001 s: give 0.1 to 36000 s"),
        ("time_s,rpm\n0,900\n", "lasts 0 s"),
        ("time_s,rpm,load\n0,900,0\n1,900,1.01\n", r"The load is 1\.01: give 0 \(no throttle\) to 1"),
        ("time_s,rpm,load\n0,900,-0.5\n1,900,1\n", r"The load is -0\.5"),
        ("time_s,rpm,load\n0,900,\n1,900,1\n", "row 1: load is '', which is no number"),
        ("time_s,rpm,load\n0,900,nan\n1,900,1\n", "The load is nan"),
    ],
)
def test_bad_tables_are_told_in_a_sentence(tmp_path: Path, text: str, words: str) -> None:
    path = _table(tmp_path, text)
    with pytest.raises(UserError, match=words) as caught:
        read_curve(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_what_is_no_table_is_told(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "noise.csv").write_bytes(bytes(range(256)))
    for path in (tmp_path, tmp_path / "pipe.csv", tmp_path / "missing.csv"):
        with pytest.raises(UserError, match="cannot be read"):
            read_curve(path)
    with pytest.raises(UserError, match=r"noise\.csv"):
        read_curve(tmp_path / "noise.csv")


@pytest.mark.parametrize(
    ("rpm", "load", "seconds", "words"),
    [
        (3000, None, 0, r"^0 s: give a length from 0\.1"),
        (3000, None, 1e-6, "^1e-06 s: give a length from"),
        (3000, None, float("nan"), "nan s"),
        (3000, None, 36000.5, "to 36000 s"),
        ([], None, 1, "Give one rpm and one load"),
        ([[1000, 2000]], None, 1, "Give one rpm and one load"),
        (3000, [], 1, "Give one rpm and one load"),
        ([0, 3000], None, 1, "The rpm is 0"),
        (50, None, 1, "turns per second"),
        (float("inf"), None, 1, "The rpm is inf"),
        (3000, 2, 1, "The load is 2"),
    ],
)
def test_bad_sweeps_are_told(rpm: object, load: object, seconds: float, words: str) -> None:
    with pytest.raises(UserError, match=words):
        sweep(rpm, load, seconds)  # type: ignore[arg-type]


def test_an_empty_curve_is_told() -> None:
    with pytest.raises(UserError, match="The curve is empty"):
        DriveCurve(np.empty(0), np.empty(0))


def _table(folder: Path, text: str) -> Path:
    path = folder / "curve.csv"
    path.write_text(text, encoding="utf-8")
    return path
