import errno
import os
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest

from wavegan_src.utils.errors import NotAFileError, UserError, explain_error, os_errors_as_user_errors


def os_error(number: int, path: Path | None = None) -> OSError:
    return OSError(number, os.strerror(number), *([] if path is None else [str(path)]))


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "disk is full while writing /a/b"),
        (errno.EDQUOT, "disk is full while writing /a/b"),
        (errno.EACCES, "Permission denied: /a/b"),
        (errno.ENOENT, "No such file or directory: /a/b"),
        (errno.EIO, "drive of /a/b reports an error"),
        (errno.EMFILE, "ulimit -n"),
        (errno.EFBIG, "ulimit -f"),
    ],
)
def test_what_the_user_can_fix_is_explained(number: int, words: str) -> None:
    assert words in (explain_error(os_error(number, Path("/a/b"))) or "")


def test_what_is_not_about_disk_or_access_is_not_explained() -> None:
    assert explain_error(os_error(errno.EBADF, Path("/a/b"))) is None
    assert explain_error(os_error(errno.EACCES)) is None
    assert explain_error(RuntimeError("a defect")) is None


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (RuntimeError("can't start new thread"), "no more threads"),
        (MemoryError(), "Out of memory"),
        (NotAFileError(errno.EINVAL, "Not a regular file", "/a/b"), "/a/b is a pipe or a device"),
        (RuntimeError(f"[enforce fail at x.cc:42] write failed: {os.strerror(errno.ENOSPC)}"), "The disk is full."),
        (ImportError(f"libm.so: cannot open shared object file: {os.strerror(errno.EMFILE)}"), "Too many files"),
    ],
)
def test_limits_that_a_library_ran_into_are_explained(error: Exception, words: str) -> None:
    assert words in (explain_error(error) or "")


@pytest.mark.parametrize("only_inside", [False, True])
def test_a_full_disk_names_the_place_the_need_and_the_cure(tmp_path: Path, only_inside: bool) -> None:
    turned = os_errors_as_user_errors(
        tmp_path, what="the cache", needs="clips need 3 MiB", cure="set x", only_inside=only_inside
    )
    with pytest.raises(UserError) as caught, turned:
        raise os_error(errno.ENOSPC)
    for words in (f"the cache {tmp_path} is full: clips need 3 MiB.", "Free some space", "set x."):
        assert words in str(caught.value)


@pytest.mark.parametrize("place", ["", "run", "run/below/file"])
def test_no_access_names_the_place_the_reason_and_the_cure(tmp_path: Path, place: str) -> None:
    turned = os_errors_as_user_errors(tmp_path / "run", what="the folder", cure="choose another", only_inside=True)
    with pytest.raises(UserError) as caught, turned:
        raise os_error(errno.EACCES, tmp_path / place)
    for words in (f"The folder {tmp_path / 'run'} cannot be written", "Permission denied", "Choose another."):
        assert words in str(caught.value)


@pytest.mark.parametrize(("number", "place"), [(errno.EIO, "run/file"), (errno.EACCES, "elsewhere")])
def test_other_errors_of_a_block_that_also_reads_pass(tmp_path: Path, number: int, place: str) -> None:
    turned = os_errors_as_user_errors(tmp_path / "run", cure="choose another", only_inside=True)
    with pytest.raises(OSError, match=os.strerror(number)), turned:
        raise os_error(number, tmp_path / place)


def test_every_error_of_a_block_that_only_writes_is_turned(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be written"), os_errors_as_user_errors(tmp_path, cure="choose another"):
        raise os_error(errno.EIO)


def test_a_helper_that_the_system_ended_is_explained() -> None:
    assert "A helper process was ended from outside" in str(explain_error(BrokenProcessPool("terminated abruptly")))


def test_a_limit_of_the_system_is_not_a_matter_of_the_folder(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="open files"), os_errors_as_user_errors(tmp_path, cure="choose another"):
        raise os_error(errno.EMFILE)
