"""Which file a model's name stands for: the included model, a checkpoint, or the best one of a run's folder."""

import re
from collections.abc import Iterator
from pathlib import Path

from wavegan_src.run.folder import RunFolder
from wavegan_src.run.pretrained import FILE, NAME
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.paths import user_path
from wavegan_src.utils.program import program

BEST_NAME = "best_model.tar"
FINAL_NAME = "final_model.tar"
_ROLLING_NAME = re.compile(r"checkpoint_epoch_(\d{1,18})\.tar", re.ASCII)


def model_file(name: str | Path) -> Path:
    """The file that a model's name stands for: `NAME` is the included model, a folder is a run, all else is a file.

    As with presets, the bare name takes precedence over a file of that name in the working folder: write ./pretrained
    for the file. A `Path` is always a path.

    Raises:
        UserError: a folder without a trained model.
    """
    if name == NAME:
        return FILE
    path = user_path(name)
    if not path.is_dir():
        return path
    checkpoints = RunFolder(path).checkpoints
    return find_model(path if path.name == checkpoints.name and not checkpoints.exists() else checkpoints)


def model_name(path: Path) -> str:
    """The name of a model's file in messages; the inverse of `model_file`."""
    return NAME if path == FILE else str(path)


def find_model(checkpoints: Path) -> Path:
    """The file to generate from in a run's folder of checkpoints: best, else final, else the newest checkpoint.

    Raises:
        UserError: there is none.
    """
    for path in (checkpoints / BEST_NAME, checkpoints / FINAL_NAME, *rolling(checkpoints)):
        if path.is_file():
            return path
    raise UserError(
        f"There is no trained model in {checkpoints}. Train one first ({program()}), name another run "
        f"or a .tar file with --checkpoint, or take the included one with --checkpoint {NAME}."
    )


def is_checkpoint_name(name: str) -> bool:
    """Whether a run writes a checkpoint under this name."""
    return name in (BEST_NAME, FINAL_NAME) or _ROLLING_NAME.fullmatch(name) is not None


def rolling(checkpoints: Path) -> list[Path]:
    """The `checkpoint_epoch_N.tar` files, newest first."""
    return [path for _, path in sorted(_numbered(checkpoints), reverse=True)]


def _numbered(checkpoints: Path) -> Iterator[tuple[int, Path]]:
    for path in checkpoints.glob("*.tar"):
        if (match := _ROLLING_NAME.fullmatch(path.name)) and path.is_file():
            yield int(match[1]), path
