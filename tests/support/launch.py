"""`python -m tests.support.launch ...` is `python WaveGAN.py ...` whose pictures are blank, for tests that stop it."""

import sys
from unittest import mock

from tests.support.paths import REPOSITORY
from tests.support.pictures import DRAW_PLOTS, draw_blank
from wavegan_src.cli.app import main

if __name__ == "__main__":
    sys.argv[0] = str(REPOSITORY / "WaveGAN.py")
    with mock.patch(DRAW_PLOTS, draw_blank):
        main()
