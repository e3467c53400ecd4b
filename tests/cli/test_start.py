import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.paths import REPOSITORY
from wavegan_src.cli import app, start

INTERRUPTED_WHILE_LOADING = """
import os, signal, sys, types
from wavegan_src.cli.start import main

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "wavegan_src.cli.app":
            os.kill(os.getpid(), signal.SIGINT)

signal.signal(signal.SIGINT, signal.default_int_handler)
sys.meta_path.insert(0, Finder())
main()
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_ctrl_c_while_the_program_loads() -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_WHILE_LOADING],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (128 + signal.SIGINT, "", "Interrupted.\n")


@pytest.mark.parametrize(
    ("arguments", "plain"),
    [
        (["status"], (start.DEFAULT_RUN, False)),
        (["status", "my-run"], ("my-run", False)),
        (["status", "--json", "~/run"], None),  # the library replaces ~ on Windows
        (["status", "run", "--json"], ("run", True)),
        (["status", "one", "two"], None),
        (["status", "--help"], None),
        (["status", "--", "run"], None),
        (["status", "run", "--jso"], None),
        (["--json", "status"], None),
        (["report", "run"], None),
        ([], None),
    ],
)
def test_only_a_plain_status_is_answered_without_parsing(arguments: list[str], plain: tuple[str, bool] | None) -> None:
    assert start.plain_status(arguments) == plain


@pytest.mark.parametrize("arguments", [[], ["run"], ["--json", "run"], ["missing"], ["a\0b"], [""]])
def test_it_is_the_answer_of_the_whole_command_line(
    arguments: list[str],
    trained: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(trained)
    assert start.plain_status(["status", *arguments]) is not None
    monkeypatch.setattr(sys, "argv", ["WaveGAN.py", "status", *arguments])
    ends, answers = [], []
    for main in (start.main, app.main):
        with pytest.raises(SystemExit) as end:
            main()
        ends.append(end.value.code)
        answers.append(capsys.readouterr())
    assert ends[0] == ends[1]
    assert answers[0] == answers[1]
    assert any(answers[0])
