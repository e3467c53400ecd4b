"""Tables that people write: read as a spreadsheet would, and refused where they cannot be."""

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wavegan_src.data.speed.table import LOAD, RPM, TIME, columns_of, read_table
from wavegan_src.utils.errors import UserError

NEEDED, OPTIONAL = (TIME, RPM), (LOAD,)


def _file(folder: Path, content: str | bytes) -> Path:
    path = folder / "a.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    "content",
    [
        "time_s,rpm\n0,800\n2,1000\n",
        "time_s,rpm\n0,800\n2,1000",  # editors leave the last line without an end
        "time_s,rpm\r\n0,800\r\n\r\n2,1000\r\n",
        "\ufefftime_s,rpm\n0,800\n2,1000\n",  # as spreadsheets save it
        " Time_s , RPM\n 0, 800\n2 ,1000\n",
        "time_s,rpm,load\n0,800,\n2,1000, \n",  # a load that nobody knows
        "gear,time_s,note,rpm\n1,0,idle,800\n2,2,,1000\n",
    ],
)
def test_what_a_table_says(tmp_path: Path, content: str) -> None:
    found = read_table(_file(tmp_path, content), NEEDED, OPTIONAL)
    assert {name: column.tolist() for name, column in found.items()} == {TIME: [0, 2], RPM: [800, 1000]}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("time_s,rpm,load\n0,800,1\n5,3000\n", "row 2 has 2 cells where the header has 3"),
        ("time_s,rpm\n0,800\n1,900,0,5\n2,900\n", "row 2 has 4 cells where the header has 2"),
        ("time_s,rpm\n0,5,800\n", "row 1 has 3 cells .* decimals with a point"),
        ("time_s,rpm\n0,true\n", "row 1: rpm is 'true', which is no number"),
        ("time_s,rpm,load\n0,800,0\n1,900,\n", "row 2: load is '', which is no number"),
        ("time_s;rpm\n0,5;800\n", "has no commas between its columns"),
        ("Time_s\trpm\n0\t800\n", "has no commas between its columns"),
        ("time_s,rpm,rpm\n0,800,900\n", "has the column rpm twice"),
        (b"\xff\xfet\x00i\x00", "is no table of text"),
    ],
)
def test_tables_that_cannot_be_read_as_they_seem_are_refused(tmp_path: Path, content: str | bytes, says: str) -> None:
    with pytest.raises(UserError, match=says) as caught:
        read_table(_file(tmp_path, content), NEEDED, OPTIONAL)
    assert str(caught.value).startswith(str(tmp_path / "a.csv"))


def test_other_tables_have_none_of_the_columns(tmp_path: Path) -> None:
    assert read_table(_file(tmp_path, "name,colour\nx\ny,red,1\n"), NEEDED, OPTIONAL) == {}
    assert read_table(_file(tmp_path, ""), NEEDED, OPTIONAL) == {}
    assert read_table(_file(tmp_path, "time_s,load\n0,heavy\n"), NEEDED, OPTIONAL) == {}
    assert columns_of(_file(tmp_path, "na\x1bme,colour\n")) == ["na\\x1bme", "colour"]


def test_what_is_no_file_cannot_be_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    for path in (tmp_path, tmp_path / "pipe.csv", tmp_path / "missing.csv"):
        with pytest.raises(UserError, match="cannot be read"):
            read_table(path, NEEDED, OPTIONAL)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(*[st.floats(allow_nan=False)] * 2), min_size=1), st.sampled_from(["\n", "\r\n"]), st.booleans()
)
def test_numbers_come_back(tmp_path: Path, rows: list[tuple[float, float]], end: str, last: bool) -> None:
    text = end.join(["rpm,time_s", *(f"{rpm!r},{time!r}" for time, rpm in rows)]) + end * last
    found = read_table(_file(tmp_path, text), NEEDED, OPTIONAL)
    np.testing.assert_array_equal(np.stack([found[TIME], found[RPM]], 1), np.array(rows))
