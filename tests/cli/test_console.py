import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest

from wavegan_src.cli.console import SteadyConsole, exit_with_status, say
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.processes.signals import Interrupted
from wavegan_src.utils.processes.torchrun import SaidElsewhereError


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
        (raising(SaidElsewhereError(130)), 130, ""),
        (raising(OSError(errno.ENOSPC, "No space left", "/a/b")), 2, "The disk is full while writing /a/b."),
        (raising(PermissionError(errno.EACCES, "Permission denied", "/a/b")), 2, "Permission denied: /a/b."),
        (raising(RuntimeError("can't start new thread")), 2, "no more threads"),
        (raising(OSError(errno.EBADF, "Bad file descriptor", "/a/b")), 1, "please report it"),
        (raising(ZeroDivisionError()), 1, "ZeroDivisionError"),
    ],
)
def test_how_a_command_ends(
    work: Callable[[], object], status: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as leaving:
        exit_with_status(work)
    told = capsys.readouterr()
    assert (leaving.value.code, told.out) == (status, "")
    assert words in told.err
    assert words or not told.err
    assert ("Traceback" in told.err) == (status == 1)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_a_library_makes_of_an_interruption(number: signal.Signals, capsys: pytest.CaptureFixture[str]) -> None:
    def work() -> None:
        try:
            signal.raise_signal(number)
        except KeyboardInterrupt:
            raise AttributeError("module 'numpy' has no attribute 'subtract'") from None

    before = signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    try:
        with pytest.raises(SystemExit) as leaving:
            exit_with_status(work)
    finally:
        signal.signal(number, before)
    assert leaving.value.code == 128 + number
    assert capsys.readouterr().err.startswith("Interrupted.")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_one_of_several_processes_ends_by_sigterm_without_a_word() -> None:
    """torchrun ends the others once one has failed: they wait for that one's message, and may wait in a library."""
    code = (
        "import os, threading, signal\n"
        "from wavegan_src.cli.console import exit_with_status\n"
        "from wavegan_src.utils.errors import UserError\n"
        "def work():\n"
        "    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGTERM)).start()\n"
        "    raise UserError('No such thing.')\n"
        "exit_with_status(work)\n"
    )
    others = os.environ | {"WORLD_SIZE": "2", "RANK": "1"}
    ended = subprocess.run([sys.executable, "-c", code], env=others, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (-signal.SIGTERM, "", "")


def test_text_is_printed_unchanged(capsys: pytest.CaptureFixture[str]) -> None:
    text = f"/a/[b]bold[/b]/:car:/{'long ' * 60}end\nsecond line"
    say(SteadyConsole(), text)
    assert capsys.readouterr().out == text + "\n"


@pytest.mark.parametrize("stderr", [False, True])
def test_a_closed_pipe_does_not_end_the_work(stderr: bool) -> None:
    code = (
        "import sys; from wavegan_src.cli.console import SteadyConsole, say\n"
        "sys.stdin.readline()\n"
        f"for _ in range(3): say(SteadyConsole(stderr={stderr}), 'x' * 100_000)\n"
        f"print('done', file=sys.{'stdout' if stderr else 'stderr'}, flush=True)\n"
    )
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", code], stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        closed, other = (process.stderr, process.stdout) if stderr else (process.stdout, process.stderr)
        assert closed is not None
        assert other is not None
        assert process.stdin is not None
        closed.close()
        process.stdin.write("\n")
        process.stdin.flush()
        assert other.read() == "done\n"
    assert process.returncode == 0
