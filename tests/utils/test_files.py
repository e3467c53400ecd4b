import errno
import os
from pathlib import Path
from typing import BinaryIO

import pytest

from wavegan_src.utils.files import (
    duplicate_atomically,
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
