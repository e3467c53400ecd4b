import errno
import signal
from collections.abc import Callable

import pytest

from wavegan_src.cli.console import exit_told
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.signals import Interrupted


def raising(error: BaseException) -> Callable[[], object]:
    def work() -> object:
        raise error

    return work


@pytest.mark.parametrize(
    ("work", "status", "words"),
    [
        (lambda: None, 0, ""),
        (lambda: 130, 130, "give the same command again to complete it"),
        (raising(UserError("No such thing.")), 2, "No such thing.\n"),
        (raising(Interrupted("Saved.", signal.SIGTERM)), 143, "Saved.\n"),
        (raising(OSError(errno.ENOSPC, "No space left", "/a/b")), 2, "The disk is full while writing /a/b."),
        (raising(PermissionError(errno.EACCES, "Permission denied", "/a/b")), 2, "Permission denied: /a/b."),
        (raising(OSError(errno.EIO, "Input/output error", "/a/b")), 1, "please report it"),
        (raising(ZeroDivisionError()), 1, "ZeroDivisionError"),
    ],
)
def test_how_a_command_ends(
    work: Callable[[], object], status: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as leaving:
        exit_told(work)
    told = capsys.readouterr()
    assert (leaving.value.code, told.out) == (status, "")
    assert words in told.err
    assert ("Traceback" in told.err) == (status == 1)
