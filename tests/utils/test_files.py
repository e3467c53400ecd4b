import errno
import os
from pathlib import Path
from typing import BinaryIO

import pytest

from wavegan_src.utils.errors import UserError
from wavegan_src.utils.files import (
    check_free_space,
    duplicate_atomically,
    hold_lock,
    make_folder,
    write_atomically,
    write_bytes_atomically,
    write_text_atomically,
)


def test_replaces_the_old_content_in_one_step(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    def write(file: BinaryIO) -> None:
        file.write(b"new")
        assert path.read_text() == "old"

    write_atomically(path, write)
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    def write(file: BinaryIO) -> None:
        file.write(b"half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(OSError, match="No space"):
        write_atomically(path, write)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_text_is_utf8(tmp_path: Path) -> None:
    write_text_atomically(tmp_path / "ż.txt", "zażółć")
    assert (tmp_path / "ż.txt").read_bytes() == "zażółć".encode()


@pytest.mark.parametrize("links", [True, False])
def test_duplicate_outlives_its_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool) -> None:
    source, target = tmp_path / "a", tmp_path / "b"
    source.write_text("content")
    target.write_text("older")
    if not links:

        def refuse(self: Path, target: Path) -> None:
            raise OSError(errno.EPERM, "no hard links here")

        monkeypatch.setattr(Path, "hardlink_to", refuse)
    for _ in range(2):  # again when both are already the same file
        duplicate_atomically(source, target)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]
    assert target.samefile(source) == links
    source.unlink()
    assert target.read_text() == "content"


def test_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    write_bytes_atomically(path, b"old")

    def fail(self: Path, target: Path) -> None:
        raise OSError("no")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="no"):
        write_bytes_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_cannot_be_made_is_explained(tmp_path: Path) -> None:
    make_folder(tmp_path / "a" / "b", what="the folder", cure="choose another")
    make_folder(tmp_path / "a" / "b", what="the folder", cure="choose another")
    assert (tmp_path / "a" / "b").is_dir()
    (tmp_path / "file").touch()
    for path in (tmp_path / "file", tmp_path / "file" / "c"):
        with pytest.raises(UserError, match=rf"{path} .*Choose another\."):
            make_folder(path, what="the folder", cure="choose another")


def test_a_lock_holds_until_the_with_ends(tmp_path: Path) -> None:
    for _ in range(2):
        with hold_lock(tmp_path / ".lock", "busy"), pytest.raises(UserError, match="busy"):
            hold_lock(tmp_path / ".lock", "busy")


def test_free_space_is_checked(tmp_path: Path) -> None:
    check_free_space(tmp_path, 1)
    with pytest.raises(OSError, match="No space"):
        check_free_space(tmp_path, 2**60)
