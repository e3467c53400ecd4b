import os
import signal
import subprocess
import sys

import pytest

from tests.support.paths import REPOSITORY

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
