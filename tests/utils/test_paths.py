import os
from pathlib import Path

import pytest

from wavegan_src.utils.errors import UserError
from wavegan_src.utils.paths import expand_home, shown, user_path


def test_a_path_needs_no_file(tmp_path: Path) -> None:
    assert user_path(str(tmp_path / "none" / "x")) == tmp_path / "none" / "x"
    assert user_path(tmp_path) == tmp_path


def test_the_home_folder_is_put_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert user_path("~/clips") == tmp_path / "clips"
    assert expand_home("a~b") == Path("a~b")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "An empty path"),
        ("a\0b", "zero byte"),
        ("~nosuchuser/x", "no user nosuchuser here: write the whole path"),
        ("~nosuchuser", "write ./~nosuchuser for a folder of that name"),
        ("x" * 300, "too long"),
        ("a\udcffb", "not UTF-8.* rename it"),
        ("x/" * 4000, "too long"),
        ("loop", "a link that leads back to itself"),
        ("loop/below", "a link that leads back to itself"),
    ],
)
def test_what_no_file_can_be_called_is_refused(
    text: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(UserError, match=words) as caught:
        user_path(text)
    assert len(str(caught.value)) < 200


def test_a_user_without_a_home_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    with pytest.raises(UserError, match="no home folder: write the whole path"):
        expand_home("~/clips")


def test_odd_letters_of_a_path_are_replaced_in_messages() -> None:
    assert shown("a\nb\x1b[31m") == "a?b?[31m"
