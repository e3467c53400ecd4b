"""The model in the box: a small engine model that comes with the program, to generate from and to start from.

`tools/pack_pretrained.py` makes the file out of a run's checkpoint.
"""

from pathlib import Path

NAME = "pretrained"
FILE = Path(__file__).parent / "pretrained_models" / "engine.tar"


def model_file(name: str) -> Path:
    """The file that a model's name means: `NAME` is the model in the box, all else a path.

    As with presets, the bare name wins over a file of that name in the working folder: write ./pretrained for that.
    """
    return FILE if name == NAME else Path(name).expanduser()


def model_name(path: Path) -> str:
    """How a model's file is told to the user; the inverse of `model_file`."""
    return NAME if path == FILE else str(path)
