"""`python -m tests.support.launch ...` is `python WaveGAN.py ...` whose pictures are blank, for tests that stop it."""

import sys
from unittest import mock

from tests.support.cli import cli_command
from tests.support.pictures import DRAW_PLOTS, draw_blank
from wavegan_src.cli.app import main


def run(*arguments: str) -> None:
    """Run the command line as a shell would, to its exit."""
    sys.argv = cli_command(*arguments)[1:]
    with mock.patch(DRAW_PLOTS, draw_blank):
        main()


if __name__ == "__main__":
    run(*sys.argv[1:])
