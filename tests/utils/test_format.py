import pytest

from wavegan_src.utils.format import (
    format_clock,
    format_count,
    format_counts,
    format_duration,
    format_mebibytes,
    format_number,
    format_rough_duration,
    format_score,
    format_size,
    printable,
)


def test_figures_have_four_digits() -> None:
    values = (None, 0.123456, 12436.7, 3, 1e12)
    assert [format_number(value) for value in values] == ["-", "0.1235", "12,437", "3", "1e+12"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (0.0, "0"),
        (-0.0, "0"),
        (1.0, "1"),
        (1.25, "1.25"),
        (32.0, "32"),
        (123.4, "123"),
        (1234.5, "1230"),
        (-0.012345, "−0.0123"),
        (0.00012, "0.00012"),
        (0.00001234, "1.23e−5"),
        (2e7, "2e7"),
    ],
)
def test_scores_have_three_digits(value: float | None, text: str) -> None:
    assert format_score(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00:00"), (59.6, "0:01:00"), (3723, "1:02:03"), (172800 + 60, "2 d 0:01:00")]
)
def test_clock(seconds: float, text: str) -> None:
    assert format_clock(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0023, "2.3 ms"), (1.234, "1.23 s"), (245, "4 min 05 s"), (59.9999, "60 s"), (11220, "3 h 07 min")],
)
def test_measured_durations(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "1 min"), (500, "8 min"), (3599, "1 h 00 min"), (11220, "3 h 07 min"), (5 * 86400, "5 days")],
)
def test_estimated_durations(seconds: float, text: str) -> None:
    assert format_rough_duration(seconds) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (1023, "1023 bytes"),
        (100_000, "98 KiB"),
        (2**20 - 1, "1 MiB"),
        (640 * 2**20, "640 MiB"),
        (2**30, "1.0 GiB"),
        (5000 * 2**30, "4.9 TiB"),
    ],
)
def test_sizes(size: int, text: str) -> None:
    assert format_size(size) == text
    assert format_mebibytes(size / 2**20) == text


def test_counts() -> None:
    assert (format_count(1, "clip"), format_count(0, "clip")) == ("1 clip", "0 clips")
    assert format_counts({"silent": 3, "damaged": 1}) == "1 damaged, 3 silent"
    assert format_counts({}) == "none"


def test_names_that_are_not_unicode_can_be_printed() -> None:
    assert printable("a\udcffż").encode() == "a?ż".encode()
