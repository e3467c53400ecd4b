"""Optional TensorBoard output (`--tensorboard`, extra `tensorboard`): scalars, audio and spectrograms.

The CSV files contain the same figures and more.
"""

import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import colormaps

from wavegan_src.dsp.spectrogram import DYNAMIC_RANGE_DB, spectrogram_db
from wavegan_src.run.folder import RunFolder
from wavegan_src.run.sample_files import read_sample
from wavegan_src.trainer.observers.observer import EpochReport, RunEnd, RunStart, TrainingObserver
from wavegan_src.utils.csv_log import Value
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.files import make_own_folder

# Columns that locate a row: they are the axis, not scalars.
_PLACES = ("epoch", "iteration", "generator_step", "best", "validation_recordings")
MOST_CLIPS = 4


class TensorBoardObserver(TrainingObserver):
    """Writes event files; the horizontal axis is the critic iteration.

    Args:
        folder: the run's folder; TensorBoard overlays the event files in it.
        iteration: iterations done; anything that an interrupted process wrote after them is hidden.

    Raises:
        UserError: the extra is not installed.
    """

    def __init__(self, folder: RunFolder, iteration: int = 0):
        self._folder = folder
        place = make_own_folder(folder.root, folder.tensorboard.name)
        self._writer = _writer_class()(str(place), purge_step=iteration + 1 if iteration else None)

    def on_start(self, start: RunStart) -> None:  # noqa: D102
        self._clips("data", self._folder.real_samples(), start.iteration)

    def on_epoch(self, epoch: EpochReport) -> None:  # noqa: D102
        self._scalars("epoch", epoch.row, epoch.iteration)
        if epoch.quality is not None:
            self._scalars("quality", epoch.quality, epoch.iteration)
            self._clips("generated", self._folder.newest_samples(), epoch.iteration)
        self._writer.flush()  # so that an open TensorBoard shows it now

    def on_end(self, end: RunEnd) -> None:  # noqa: D102
        self._writer.close()

    def _scalars(self, group: str, row: Mapping[str, Value], iteration: int) -> None:
        """Write the numbers of a row as "group/column"; missing values are left out."""
        for name, value in row.items():
            if name not in _PLACES and isinstance(value, int | float) and not isinstance(value, bool):
                self._writer.add_scalar(f"{group}/{name}", value, iteration)

    def _clips(self, group: str, paths: Sequence[Path], iteration: int) -> None:
        """Write WAV files as audio and as spectrograms, numbered from 1."""
        for number, path in enumerate(paths[:MOST_CLIPS], start=1):
            if (found := read_sample(path)) is None:
                continue
            clip, rate = found
            self._writer.add_audio(f"{group}/{number:02}", clip[None], iteration, sample_rate=rate)
            levels = spectrogram_db(clip)[::-1]  # low frequencies below
            colours = colormaps["magma"]((levels + DYNAMIC_RANGE_DB) / DYNAMIC_RANGE_DB)[..., :3]
            picture = (255 * colours).round().astype(np.uint8)
            self._writer.add_image(f"{group}_spectrogram/{number:02}", picture, iteration, dataformats="HWC")


def check_installed() -> None:
    """Check for the extra before training starts, rather than failing in the middle of it.

    Raises:
        UserError: it is not installed.
    """
    _writer_class()


def _writer_class() -> Any:
    try:
        importlib.import_module("tensorboard")
        return importlib.import_module("torch.utils.tensorboard").SummaryWriter
    except ImportError as error:
        raise UserError(
            "--tensorboard (output.tensorboard) needs TensorBoard, which is not installed: run "
            'pip install ".[tensorboard]", or leave the option out; report.html and the CSV files are written anyway.'
        ) from error
