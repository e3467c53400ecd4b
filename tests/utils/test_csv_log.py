import csv
import math
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from wavegan_src.utils.csv_log import Cells, CsvLog, format_value, read_cells, read_columns, to_count, to_csv, to_number
from wavegan_src.utils.errors import UserError

COLUMNS = ("epoch", "loss", "gpu")


@pytest.fixture
def log(tmp_path: Path) -> CsvLog:
    return CsvLog(tmp_path / "new" / "log.csv", COLUMNS)


def fill(log: CsvLog, last: int) -> None:
    for epoch in range(1, last + 1):
        log.append({"epoch": epoch, "loss": 0.5 * epoch, "gpu": None})


def test_one_header_and_a_row_as_it_happens(log: CsvLog) -> None:
    fill(log, 1)
    assert log.path.read_text() == "epoch,loss,gpu\n1,0.5,\n"
    fill(log, 1)
    assert log.path.read_text().count("epoch") == 1


def test_order_of_a_rows_keys_does_not_matter_but_their_names_do(log: CsvLog) -> None:
    log.append({"gpu": 3, "epoch": 1, "loss": -1.0})
    assert log.path.read_text().splitlines()[1] == "1,-1,3"
    with pytest.raises(ValueError, match="columns"):
        log.append({"epoch": 2, "loss": 1.0})


def test_later_rows_are_dropped_on_resume(log: CsvLog) -> None:
    fill(log, 5)
    log.truncate_after("epoch", 3)
    assert [row["epoch"] for row in log.read()] == ["1", "2", "3"]
    log.append({"epoch": 4, "loss": 1.0, "gpu": None})
    assert [row["epoch"] for row in log.read()] == ["1", "2", "3", "4"]


@pytest.mark.parametrize("torn", ["4", "4,2.", "4,2.0,", "4,2.0,7"])
def test_a_row_torn_by_a_kill_is_dropped(log: CsvLog, torn: str) -> None:
    fill(log, 3)
    with log.path.open("a") as file:
        file.write(torn)
    log.truncate_after("epoch", 9)
    assert log.path.read_text().endswith("3,1.5,\n")


def test_keeping_nothing_leaves_the_header(log: CsvLog) -> None:
    fill(log, 2)
    log.truncate_after("epoch", 0)
    assert log.path.read_text() == "epoch,loss,gpu\n"
    fill(log, 1)
    assert log.path.read_text() == "epoch,loss,gpu\n1,0.5,\n"


def test_a_torn_header_is_written_anew(log: CsvLog) -> None:
    log.path.parent.mkdir()
    log.path.write_text("epo")
    log.truncate_after("epoch", 3)
    fill(log, 1)
    assert log.path.read_text() == "epoch,loss,gpu\n1,0.5,\n"


def test_another_versions_columns_are_an_error(log: CsvLog) -> None:
    log.path.parent.mkdir()
    log.path.write_text("epoch,accuracy\n1,2\n")
    with pytest.raises(UserError, match="--fresh"):
        log.truncate_after("epoch", 1)


def test_a_table_of_a_version_with_fewer_columns_gets_the_others_empty(log: CsvLog) -> None:
    log.path.parent.mkdir()
    log.path.write_text("epoch,loss\n1,0.25\n2,0.5\n")
    assert log.read()[0] == {"epoch": "1", "loss": "0.25", "gpu": ""}
    log.truncate_after("epoch", 2)  # nothing to drop
    fill(log, 1)
    assert log.path.read_text() == "epoch,loss,gpu\n1,0.25,\n2,0.5,\n1,0.5,\n"


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_float32_survives_the_round_trip(value: float) -> None:
    assert torch.tensor(float(format_value(value))) == torch.tensor(value)


def test_cells() -> None:
    assert [format_value(value) for value in (None, True, False, 3, 0.25, "x")] == [
        "",
        "true",
        "false",
        "3",
        "0.25",
        "x",
    ]


def test_unmeasured_cells_are_read_as_nan(log: CsvLog) -> None:
    fill(log, 2)
    columns = read_columns(log.path)
    assert columns["loss"] == [0.5, 1.0]
    assert all(math.isnan(value) for value in columns["gpu"])
    assert read_columns(log.path.with_name("none.csv")) == {}


def test_written_table_is_read_by_any_csv_reader(log: CsvLog) -> None:
    fill(log, 3)
    with log.path.open(newline="") as file:
        assert [row["loss"] for row in csv.DictReader(file)] == ["0.5", "1", "1.5"]


def test_a_reader_that_follows_the_file_sees_every_row_also_after_a_resumption(tmp_path: Path) -> None:
    table = CsvLog(tmp_path / "t.csv", ("epoch", "loss"))
    table.append({"epoch": 1, "loss": 0.5})
    with table.path.open() as follower:  # as `tail -f` holds it
        assert follower.read() == "epoch,loss\n1,0.5\n"
        table.append({"epoch": 2, "loss": 0.25})
        assert follower.read() == "2,0.25\n"
        again = CsvLog(table.path, ("epoch", "loss"))
        again.truncate_after("epoch", 2)  # resumed where it was stopped: nothing to drop
        again.append({"epoch": 3, "loss": 0.125})
        assert follower.read() == "3,0.125\n"


def test_a_number_that_was_cut_short_is_no_number(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("epoch,loss\n1,0.5\n2,0.12")  # it was 0.125
    assert read_columns(tmp_path / "t.csv") == {"epoch": [1.0], "loss": [0.5]}


@pytest.mark.parametrize(
    "tail", [b"\0" * 4096, b"4,2.0,\n\0\0\xff\xfe\n\x00", bytes(range(256)) * 9, b'4,"' + b"x" * 200_000]
)
def test_what_a_dying_machine_leaves_at_the_end_is_dropped(log: CsvLog, tail: bytes) -> None:
    fill(log, 3)
    log.path.write_bytes(log.path.read_bytes() + tail)
    assert read_columns(log.path)["epoch"][:3] == [1, 2, 3]
    log.truncate_after("epoch", 3)
    assert log.path.read_text() == "epoch,loss,gpu\n1,0.5,\n2,1,\n3,1.5,\n"


def test_lines_that_are_no_rows_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b'epoch,loss\n1,0.5\n2\n3,"' + b"x" * 200_000 + b'"\n4,1\n5,')
    assert read_cells(path) == Cells(["epoch", "loss"], [["1", "0.5"], ["4", "1"]], damaged=2, torn=True)
    assert read_cells(tmp_path / "none.csv") == Cells([], [])


@pytest.mark.parametrize("text", ["=1+1", "+49 30 1", "-a.wav", "@SUM(A1)", "\t=1", "\uff1dA1", "'=1", "''-x", "-3,2"])
def test_texts_that_spreadsheets_compute_are_mended_and_read_back(tmp_path: Path, text: str) -> None:
    (tmp_path / "t.csv").write_text(to_csv([["name", "n"], [text, "1"]]), encoding="utf-8", newline="")
    with (tmp_path / "t.csv").open(newline="", encoding="utf-8") as file:
        shown = list(csv.reader(file))[1][0]
    assert shown == f"'{text}"
    assert read_cells(tmp_path / "t.csv").rows == [[text, "1"]]


@pytest.mark.parametrize("cell", ["-3.2", "+4", "-inf", "1e-5", "a=b", "'quoted'", "", "it's"])
def test_numbers_and_harmless_texts_stay(cell: str) -> None:
    assert next(csv.reader([to_csv([[cell, "x"]])])) == [cell, "x"]


@given(st.lists(st.text(st.sampled_from("'=+-@,\"\n a1")), min_size=2, max_size=2))
def test_any_text_is_read_back(tmp_path_factory: pytest.TempPathFactory, cells: list[str]) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_text(to_csv([["a", "b"], cells]), encoding="utf-8", newline="")
    assert read_cells(path).rows == [cells]


def test_a_table_is_not_written_through_a_link(log: CsvLog, tmp_path: Path) -> None:
    fill(log, 1)
    (tmp_path / "others").write_text("mine")
    log.path.unlink()
    log.path.symlink_to(tmp_path / "others")
    with pytest.raises(OSError, match="symbolic link"):
        fill(log, 1)
    log.path.parent.rename(tmp_path / "moved")
    log.path.parent.symlink_to(tmp_path / "moved")
    with pytest.raises(UserError, match="is a link"):
        fill(log, 1)
    assert (tmp_path / "others").read_text() == "mine"


@pytest.mark.parametrize(
    ("cell", "count"),
    [
        ("3", 3),
        ("0", 0),
        ("2.7", 2),
        ("", None),
        ("x", None),
        ("inf", None),
        ("1e300", None),
        ("9" * 400, None),
        ("-1", None),
    ],
)
def test_what_counts_something_is_a_whole_number(cell: str, count: int | None) -> None:
    assert to_count(to_number(cell)) == count
