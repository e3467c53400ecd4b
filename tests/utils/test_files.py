import errno
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import platformdirs
import pytest
import torch

from wavegan_src.utils.errors import UserError
from wavegan_src.utils.files import (
    cache_root,
    check_free_space,
    duplicate_atomically,
    hold_lock,
    is_plain_name,
    make_folder,
    make_own_folder,
    open_to_append,
    partial_of,
    remove_partials,
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


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files")
def test_a_full_disk_under_pytorch_is_told_as_such(tmp_path: Path) -> None:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        with pytest.raises(OSError, match=os.strerror(errno.EFBIG)):
            write_atomically(tmp_path / "a.tar", lambda file: torch.save({"weights": torch.zeros(10_000)}, file))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not list(tmp_path.iterdir())


def test_a_user_without_a_home_names_a_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def no_home(*_: object, **__: object) -> str:
        raise RuntimeError("could not determine the home directory")

    monkeypatch.setattr(platformdirs, "user_cache_dir", no_home)
    assert cache_root(str(tmp_path)) == tmp_path
    monkeypatch.delenv("WAVEGAN_CACHE")
    with pytest.raises(UserError, match="set the environment variable WAVEGAN_CACHE"):
        cache_root(None)


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


@pytest.mark.parametrize("kind", ["link", "loop", "folder"])
def test_a_lock_is_no_link_and_no_folder(tmp_path: Path, kind: str) -> None:
    lock, victim = tmp_path / ".lock", tmp_path / "letter.txt"
    victim.write_text("mine")
    if kind == "folder":
        lock.mkdir()
    else:
        lock.symlink_to(victim if kind == "link" else lock)
    with pytest.raises(UserError, match=r"\.lock is a link or a folder.* remove it"):
        hold_lock(lock, "busy")
    assert victim.read_text() == "mine"


def test_free_space_is_checked(tmp_path: Path) -> None:
    check_free_space(tmp_path, 1)
    with pytest.raises(OSError, match="No space"):
        check_free_space(tmp_path, 2**60)


WRITERS: dict[str, Callable[[Path], object]] = {
    "flushed": lambda path: write_text_atomically(path, "new"),
    "quick": lambda path: write_bytes_atomically(path, b"new"),
    "second name": lambda path: duplicate_atomically(write_source(path), path),
}


def write_source(path: Path) -> Path:
    source = path.with_name("source")
    source.write_text("new")
    return source


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
@pytest.mark.parametrize("links", [True, False])
def test_nothing_is_written_through_a_link(
    tmp_path: Path, write: Callable[[Path], object], links: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither where the file belongs, nor where it is made."""
    if not links:
        monkeypatch.setattr(Path, "hardlink_to", lambda self, target: os.link(target, target))
    others = tmp_path / "others"
    others.write_text("mine")
    folder = tmp_path / "folder"
    folder.mkdir()
    path = folder / "a.txt"
    path.symlink_to(others)
    partial_of(path).symlink_to(others)
    write(path)
    assert others.read_text() == "mine"
    assert (path.read_text(), path.is_symlink()) == ("new", False)
    assert not list(folder.glob("*.partial"))


def test_two_writers_of_one_file_do_not_meet(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"

    def while_another_writes(file: BinaryIO) -> None:
        file.write(b"fir")
        other = threading.Thread(target=write_text_atomically, args=(path, "second"))
        other.start()
        other.join()
        assert path.read_text() == "second"
        file.write(b"st")

    write_atomically(path, while_another_writes)
    assert path.read_text() == "first"


def test_a_link_is_not_added_to(tmp_path: Path) -> None:
    (tmp_path / "others").write_text("mine")
    (tmp_path / "log").symlink_to(tmp_path / "others")
    with pytest.raises(OSError, match="symbolic link"):
        open_to_append(tmp_path / "log")
    with open_to_append(tmp_path / "new") as file:
        file.write("1\n")
    assert (tmp_path / "new").read_bytes() == b"1\n"


def test_own_folders_are_made_below_a_root_that_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "root").symlink_to("disk")
    for _ in range(2):
        assert make_own_folder(tmp_path / "root", "a", "b").is_dir()
    for name in ("a", "disk"):
        (tmp_path / "disk" / "link").unlink(missing_ok=True)
        (tmp_path / "disk" / "link").symlink_to(tmp_path / name)  # to a folder, and to nothing
        with pytest.raises(UserError, match=r"root/link is a link.*Remove it"):
            make_own_folder(tmp_path / "root", "link", "b")
    assert not list((tmp_path / "disk").glob("*/b/*"))


@pytest.mark.parametrize("name", ["a.wav", "a b", "...", ".a", "ż"])
def test_plain_names(name: str) -> None:
    assert is_plain_name(name)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "../a", "/a", "a/", "a\0", None, 3])
def test_names_that_lead_elsewhere(name: object) -> None:
    assert not is_plain_name(name)


def test_partials_of_killed_writers_are_removed(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    old = tmp_path / f".old.{os.getpid()}-1.partial"
    living = partial_of(tmp_path / "a.txt")
    foreign = [tmp_path / name for name in ("download.partial", "of_0.1.0.partial", f".x.{'9' * 30}-1.partial")]
    for path in (tmp_path / f".a.txt.{dead.pid}-1.partial", old, living, *foreign):
        path.write_text("half")
    os.utime(old, (0, 0))
    (tmp_path / "folder.partial").mkdir()
    remove_partials(tmp_path, held=False)
    assert sorted(tmp_path.iterdir()) == sorted([living, *foreign, tmp_path / "folder.partial"])
    remove_partials(tmp_path, held=True)
    assert list(tmp_path.iterdir()) == [tmp_path / "folder.partial"]
