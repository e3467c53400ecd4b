"""The included model: a small engine model that comes with the program, to generate from or to start training from.

`tools/pack_pretrained.py` makes the file from a run's checkpoint.
"""

from pathlib import Path

NAME = "pretrained"
FILE = Path(__file__).parent / "pretrained_models" / "engine.tar"


def model_file(name: str) -> Path:
    """The file that a model's name stands for: `NAME` is the included model, anything else a path.

    As with presets, the bare name takes precedence over a file of that name in the working folder: write ./pretrained
    for the file.
    """
    return FILE if name == NAME else Path(name).expanduser()


def model_name(path: Path) -> str:
    """The name of a model's file in messages; the inverse of `model_file`."""
    return NAME if path == FILE else str(path)
