"""The included model: a small drive model that comes with the program, to generate from or to start training from.

`tools/pack_pretrained.py` makes the file from a run's checkpoint.
"""

from pathlib import Path

NAME = "pretrained"
FILE = Path(__file__).parent / "pretrained_models" / "drive.tar"
