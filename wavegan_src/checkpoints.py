"""Checkpoint files: written atomically, only the newest kept, and an older one used if the newest is damaged.

A checkpoint is one PyTorch archive that loads with `weights_only=True`: tensors and plain values, no code. Its content
is defined in `run/state.py`.
"""

import hashlib
import os
import pickle
import pickletools
import re
import zipfile
from collections.abc import Callable, Iterator
from io import BufferedReader
from pathlib import Path
from typing import Any

import torch

from wavegan_src.run.model_files import BEST_NAME, FINAL_NAME, find_model, is_checkpoint_name, model_name, rolling
from wavegan_src.run.pretrained import NAME as PRETRAINED
from wavegan_src.run.state import ModelState, NewerStateError, OlderNetworksError, RunState, StateError, parse_state
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.files import duplicate_atomically, write_atomically

KEPT_CHECKPOINTS = 2
DAMAGED_SUFFIX = ".damaged"

MORE_THAN_ITS_SIZE = "it would take more memory than its size"
MOST_PICKLE_BYTES = 1 << 20  # of names and plain values; the largest networks need 20 KiB
_NAMES = re.compile(r"collections OrderedDict|torch\._utils _rebuild_tensor_v2|torch \w+Storage")

NETWORKS = frozenset({"generator_ema", "discriminator"})  # a packed model stores these in half precision


class DamagedCheckpointError(UserError):
    """A file is not a complete checkpoint."""


class CheckpointStore:
    """Reads and writes the `.tar` files of one run."""

    def __init__(self, folder: Path):
        self.folder = folder

    def save(self, state: ModelState, epoch: int) -> Path:
        """Write `checkpoint_epoch_N.tar` and delete all but the newest two of these files."""
        path = self.folder / f"checkpoint_epoch_{epoch}.tar"
        write_atomically(path, lambda file: torch.save(state.to_values(), file))
        others = [other for other in self.rolling() if other != path]
        for old in others[KEPT_CHECKPOINTS - 1 :]:
            old.unlink()
        return path

    def publish(self, checkpoint: Path, name: str) -> Path:
        """Give a checkpoint the second name `BEST_NAME` or `FINAL_NAME`, under which it is kept."""
        path = self.folder / name
        duplicate_atomically(checkpoint, path)
        return path

    def rolling(self) -> list[Path]:
        """The `checkpoint_epoch_N.tar` files, newest first."""
        return rolling(self.folder)

    def publish_due(self, checkpoint: Path, state: RunState, *, last: bool) -> None:
        """Publish a checkpoint as best or final model if it is; repeated on resuming, in case a process was killed.

        Args:
            checkpoint: the file of `state`.
            state: the best model if its own record says so; never in the middle of an epoch.
            last: whether it ends the run.
        """
        if state.epoch_complete and (state.best is None or state.best.epoch == state.epoch):
            self.publish(checkpoint, BEST_NAME)
        if last:
            self.publish(checkpoint, FINAL_NAME)

    def is_empty(self) -> bool:
        """Whether there is nothing, whole or damaged, to resume from."""
        return not any(self._resumable())

    def load_newest(self, warn: Callable[[str], None], *, set_aside: bool = True) -> tuple[Path, RunState] | None:
        """The newest intact checkpoint, for resuming; None if there are no checkpoints.

        Args:
            warn: called with a sentence about each damaged checkpoint.
            set_aside: rename damaged ones, so that they do not count among the newest two.

        Raises:
            UserError: all checkpoints are damaged, or a folder has the name of one.
        """
        self._check_names()
        damaged = []
        for path in self._resumable():
            try:
                return path, read_run_state(path)
            except DamagedCheckpointError as error:
                damaged.append(path.name)
                kept = ""
                if set_aside:
                    kept = f" It is kept as {path.rename(path.with_name(path.name + DAMAGED_SUFFIX)).name}."
                warn(f"{error}{kept} Falling back to the checkpoint before it.")
        if damaged:
            raise UserError(
                f"All checkpoints in {self.folder} are damaged ({', '.join(damaged)}). "
                "Start over with --fresh; the old run is kept."
            )
        return None

    def _check_names(self) -> None:
        """Refuse folders where checkpoints will be written, before a run is trained that cannot be saved."""
        for path in self.folder.glob("*.tar"):
            if path.is_dir() and is_checkpoint_name(path.name):
                raise UserError(f"{path} is a folder with the name of a checkpoint: rename it or move it away.")

    def find_model(self) -> Path:
        """The file to generate from: best, else final, else the newest checkpoint."""
        return find_model(self.folder)

    def _resumable(self) -> Iterator[Path]:
        yield from self.rolling()
        for name in (FINAL_NAME, BEST_NAME):  # older than the rolling ones, but better than starting over
            if (self.folder / name).is_file():
                yield self.folder / name


def read_checkpoint(path: Path) -> ModelState:
    """Load a checkpoint onto the CPU and verify its checksums; returns a `RunState` unless it is a packed model.

    Raises:
        UserError: the file is missing, damaged or not a WaveGAN checkpoint.
    """
    with _open(path) as file:
        return _read(path, file)


def read_run_state(path: Path) -> RunState:
    """Like `read_checkpoint`, for a file to resume from.

    Raises:
        UserError: as `read_checkpoint`, or the file is a packed model, which cannot be resumed.
    """
    state = read_checkpoint(path)
    if not isinstance(state, RunState):
        raise DamagedCheckpointError(f"{path} is a packed model and contains no run to resume.")
    return state


def read_checkpoint_and_hash(path: Path) -> tuple[ModelState, str]:
    """Like `read_checkpoint`, with the SHA-256 of the bytes read in hex, even if training replaces the file meanwhile.

    Raises:
        UserError: as `read_checkpoint`.
    """
    with _open(path) as file:
        state = _read(path, file)
        file.seek(0)
        return state, hashlib.file_digest(file, "sha256").hexdigest()


def _open(path: Path) -> BufferedReader:
    if not path.is_file():
        raise UserError(
            f"There is no checkpoint {model_name(path)}: give a run's folder, a .tar file that a training wrote, or "
            f"{PRETRAINED} for the included model."
        )
    try:
        return path.open("rb")
    except PermissionError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.") from error


def _read(path: Path, file: BufferedReader) -> ModelState:
    size = os.fstat(file.fileno()).st_size
    try:
        with zipfile.ZipFile(file) as archive:
            _check_archive(archive, size)
        file.seek(0)
        values = torch.load(file, map_location="cpu", weights_only=True)
        _check_tensors(values, size)
    except MemoryError:
        raise  # the file is not at fault
    except Exception as error:  # a truncated or foreign file makes the readers raise anything
        raise DamagedCheckpointError(f"{path} is damaged or not a checkpoint ({_reason(error)}).") from error
    if not isinstance(values, dict):
        raise DamagedCheckpointError(f"{path} is not a WaveGAN checkpoint.")
    for network in values.keys() & NETWORKS:
        values[network] = _widened(values[network])
    try:
        return parse_state(values)
    except NewerStateError as error:
        raise UserError(f"{path} was written by a newer version: {error}. Update the program to use it.") from error
    except OlderNetworksError as error:
        raise UserError(
            f"{path} holds weights that have a different meaning now: {error}. Use it with the version that wrote it "
            f"({values.get('code_version') or 'unknown'}), or train a new model."
        ) from error
    except StateError as error:
        raise DamagedCheckpointError(f"{path} is not a WaveGAN checkpoint ({error}).") from error


def _check_archive(archive: zipfile.ZipFile, size: int) -> None:
    """Refuse what is damaged, takes more memory than its own size, or holds more than tensors and plain values.

    `torch.save` compresses nothing, and needs three names for tensors. `torch.load` knows more, such as one that makes
    bytes of any number, and does not verify the archive's checksums.

    Raises:
        BadZipFile, UnpicklingError: with the reason.
    """
    members = archive.infolist()
    if any(m.compress_type != zipfile.ZIP_STORED for m in members) or sum(m.file_size for m in members) > size:
        raise zipfile.BadZipFile(MORE_THAN_ITS_SIZE)
    if archive.testzip() is not None:
        raise zipfile.BadZipFile("a checksum is wrong")
    for member in members:
        if member.filename.lower().endswith(".pkl"):
            if member.file_size > MOST_PICKLE_BYTES:
                raise zipfile.BadZipFile("its list of contents is too long")
            _check_pickle(archive.read(member))


def _check_pickle(content: bytes) -> None:
    for opcode, argument, _ in pickletools.genops(content):
        if opcode.name in ("STACK_GLOBAL", "INST") or (opcode.name == "GLOBAL" and not _NAMES.fullmatch(str(argument))):
            raise pickle.UnpicklingError


def _check_tensors(values: object, size: int) -> None:
    """Refuse tensors that repeat elements of the file: a few bytes could stand for any amount of memory."""
    waiting, seen, total = [values], set(), 0
    while waiting:
        value = waiting.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, torch.Tensor):
            total += value.numel() * value.element_size()
        elif isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, list | tuple):
            waiting += value
    if total > size:
        raise zipfile.BadZipFile(MORE_THAN_ITS_SIZE)


def _widened(weights: Any) -> Any:
    """Weights `{name: tensor}` with half-precision tensors converted to float32; anything else unchanged."""
    if not isinstance(weights, dict):
        return weights
    half = torch.float16
    return {
        name: value.float() if isinstance(value, torch.Tensor) and value.dtype == half else value
        for name, value in weights.items()
    }


def _reason(error: Exception) -> str:
    """The reason in a clause; the readers' own messages may be pages of advice to programmers."""
    if isinstance(error, pickle.UnpicklingError):
        return "it contains more than tensors and plain values"
    if isinstance(error, zipfile.BadZipFile):
        return "it is cut short or never was one" if "not a zip" in str(error) else str(error)
    return "its content is not a PyTorch archive"
