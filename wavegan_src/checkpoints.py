"""The checkpoint store: atomic, rolling, and forgiving of a damaged newest file.

A checkpoint is one PyTorch archive that loads with `weights_only=True`: tensors and plain values, no code.
"""

import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch

from wavegan_src.atomic_files import PARTIAL_SUFFIX, duplicate_atomically, write_atomically
from wavegan_src.errors import UserError

KEPT_CHECKPOINTS = 2
BEST_NAME = "best_model.tar"
FINAL_NAME = "final_model.tar"
_ROLLING_NAME = re.compile(r"checkpoint_epoch_(\d+)\.tar")

State = dict[str, Any]


class CheckpointStore:
    """Reads and writes the `.tar` files of one run."""

    def __init__(self, folder: Path):
        self.folder = folder

    def save(self, state: State, epoch: int) -> Path:
        """Write `checkpoint_epoch_N.tar` and delete all but the newest two of its kind."""
        path = self.folder / f"checkpoint_epoch_{epoch}.tar"
        write_atomically(path, lambda file: torch.save(state, file))
        for old in self.rolling()[KEPT_CHECKPOINTS:]:
            old.unlink()
        return path

    def publish(self, checkpoint: Path, name: str) -> Path:
        """Give a checkpoint the second name `BEST_NAME` or `FINAL_NAME`, which outlives the rolling ones."""
        path = self.folder / name
        duplicate_atomically(checkpoint, path)
        return path

    def rolling(self) -> list[Path]:
        """The `checkpoint_epoch_N.tar` files, newest first."""
        numbered = [
            (int(match[1]), path) for path in self.folder.glob("*.tar") if (match := _ROLLING_NAME.fullmatch(path.name))
        ]
        return [path for _, path in sorted(numbered, reverse=True)]

    def remove_partial_files(self) -> None:
        """Delete what an interrupted write left."""
        for path in self.folder.glob(f"*.tar{PARTIAL_SUFFIX}"):
            path.unlink()

    def load_newest(self, warn: Callable[[str], None]) -> tuple[Path, State] | None:
        """The newest checkpoint that is whole, for resuming; None if there is none at all.

        Raises:
            UserError: there are checkpoints, and every one is damaged.
        """
        damaged = []
        for path in self._resumable():
            try:
                state = read_checkpoint(path)
            except UserError as error:
                damaged.append(path)
                warn(f"{error} Falling back to the checkpoint before it.")
                continue
            return path, state
        if damaged:
            names = ", ".join(path.name for path in damaged)
            raise UserError(
                f"All checkpoints in {self.folder} are damaged ({names}). "
                "Start over with --fresh; the old run is kept aside."
            )
        return None

    def find_model(self) -> Path:
        """The file to generate from: best, else final, else the newest checkpoint."""
        candidates = [self.folder / BEST_NAME, self.folder / FINAL_NAME, *self.rolling()]
        for path in candidates:
            if path.is_file():
                return path
        raise UserError(
            f"There is no trained model in {self.folder}. Train one first (python WaveGAN.py), "
            "or name a file with --checkpoint FILE."
        )

    def _resumable(self) -> Iterator[Path]:
        yield from self.rolling()
        for name in (FINAL_NAME, BEST_NAME):  # older than the rolling ones, better than starting over
            if (self.folder / name).is_file():
                yield self.folder / name


def read_checkpoint(path: Path) -> State:
    """Load a checkpoint onto the CPU, its check sums verified.

    Raises:
        UserError: no such file, damaged, or not one of ours.
    """
    if not path.is_file():
        raise UserError(f"There is no checkpoint {path}.")
    try:
        with zipfile.ZipFile(path) as archive:  # torch.load does not compare the archive's check sums
            if archive.testzip() is not None:
                raise zipfile.BadZipFile("a check sum is wrong")
        state = torch.load(path, map_location="cpu", weights_only=True)
    except PermissionError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.") from error
    except Exception as error:  # whatever a truncated or foreign file makes the readers raise
        raise UserError(f"{path} is damaged or no checkpoint ({type(error).__name__}: {error}).") from error
    if not isinstance(state, dict) or "generator_ema" not in state or "config" not in state:
        raise UserError(f"{path} is no WaveGAN checkpoint.")
    return state
