"""Interrupt a run: on a signal, a nearly full disk, NaN or infinite figures, or lack of memory."""

import contextlib
import math
from collections.abc import Iterator
from pathlib import Path

import torch

from wavegan_src.config_schema import Config, TrainingConfig
from wavegan_src.models.estimates import Estimate
from wavegan_src.trainer.state import TrainingRun
from wavegan_src.utils.errors import FULL_DISK, UserError
from wavegan_src.utils.format import format_size
from wavegan_src.utils.processes.signals import Interrupted
from wavegan_src.utils.program import program


class PausedError(UserError):
    """The disk is nearly full; the run is saved."""


class UnstableError(UserError):
    """A loss or gradient is NaN or infinite; the last checkpoint was written before that.

    Attributes:
        figure: the figure and its value, in words.
    """

    def __init__(self, message: str, figure: str):
        super().__init__(message)
        self.figure = figure


def leave_if_asked(run: TrainingRun, signal_number: int | None) -> None:
    """Save the epoch in progress and exit if a signal arrived or the disk is nearly full.

    Raises:
        Interrupted: a signal arrived.
        PausedError: the disk is nearly full.
    """
    if signal_number is not None:
        path = save_in_progress(run)
        raise Interrupted(
            f"Stopped in {_position(run)}; saved {path}. The same command resumes from here.", signal_number
        )
    if run.watch.disk_is_short():
        state = f"The run is paused in {_position(run)}; {_save_in_last_room(run)}. "
        raise PausedError(run.watch.disk_refusal(state))


def save_in_progress(run: TrainingRun) -> Path:
    """Write a checkpoint of the present state, if all figures are finite."""
    check_finite(run)
    return run.save()


def check_finite(run: TrainingRun) -> None:
    """Stop before NaN or infinity gets into a checkpoint.

    Raises:
        UnstableError: a figure of the latest steps is NaN or infinite.
    """
    figures = run.log.latest(run.gan)
    broken = [name for name, value in figures.items() if value is not None and not math.isfinite(value)]
    if not broken:
        return
    figure = f"{broken[0].replace('_', ' ')} is {figures[broken[0]]}"
    kept = run.store.rolling()
    raise UnstableError(
        f"Training became unstable: {figure} at iteration {run.gan.iteration} (epoch {run.epoch + 1}). "
        + (f"The last good checkpoint is {kept[0]}. " if kept else "There is no checkpoint yet. ")
        + "Restart with a lower --learning-rate (try half) or a higher training.gp_weight, and --fresh.",
        figure,
    )


@contextlib.contextmanager
def memory_advice(config: Config, planned: Estimate) -> Iterator[None]:
    """Turn "out of memory" into a `UserError` with the cure."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:  # the latter includes torch.OutOfMemoryError
        if not is_out_of_memory(error):
            raise
        raise UserError(
            f"Out of memory: batch_size {config.training.batch_size} with model_dim {config.model.model_dim} needs "
            f"about {format_size(planned.memory_bytes)}. Try smaller batches and fewer workers, such as "
            f"{program()} --batch-size {smaller_batch(config.training)} --num-workers 2, or a smaller model.model_dim, "
            "or keep the batch size and set training.micro_batch_size (--dry-run shows the estimate beforehand)."
        ) from error


def smaller_batch(training: TrainingConfig) -> int:
    """The batch size to recommend: 32, or half of the present one if that is less."""
    return min(32, max(1, training.batch_size // 2))


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an exception means that memory ran out, on the CPU (a plain RuntimeError in PyTorch) or on a GPU."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return "DefaultCPUAllocator" in str(error) or "out of memory" in str(error).lower()


def _save_in_last_room(run: TrainingRun) -> str:
    """Save the epoch in progress in the room that is left; returns a clause about what was saved."""
    try:
        return f"saved {save_in_progress(run)}"
    except OSError as error:
        if error.errno not in FULL_DISK:
            raise
        newest = run.store.rolling()  # another process filled the rest of the disk in the meantime
        return f"the last checkpoint is {newest[0]}" if newest else "there is no checkpoint yet"


def _position(run: TrainingRun) -> str:
    return f"epoch {run.epoch + (not run.at_epoch_end)} at iteration {run.gan.iteration}"
