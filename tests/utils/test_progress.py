"""Progress bars."""

import pytest

from wavegan_src.utils.progress import ignore, no_progress, rich_progress


def test_bars_write_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    with rich_progress("Reading recordings", 2.0) as advance:
        advance(1.0)
    out, err = capsys.readouterr()
    assert not out
    assert "Reading recordings" in err
    assert "100%" in err


def test_nothing_is_shown_where_nothing_is_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    with no_progress("Reading recordings", 0.0) as advance:
        advance(1.0)
    ignore("a notice")
    assert capsys.readouterr() == ("", "")
