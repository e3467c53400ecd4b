"""Draws a run's plots and writes its report.html as it goes, from the files in its folder."""

import contextlib

from wavegan_src.analytics import draw_plots
from wavegan_src.config_schema import Config
from wavegan_src.report.run_page import write_report
from wavegan_src.run.folder import RunFolder
from wavegan_src.trainer.observers.observer import CheckpointReport, EpochReport, RunEnd, TrainingObserver
from wavegan_src.utils.errors import UserError


class PagesObserver(TrainingObserver):
    """Redraws the plots at every checkpoint, and the page once the epoch's own rows are there.

    Args:
        folder: the run.
        config: what is trained.
    """

    def __init__(self, folder: RunFolder, config: Config):
        self._folder = folder
        self._config = config

    def on_checkpoint(self, checkpoint: CheckpointReport) -> None:  # noqa: D102
        draw_plots(self._folder, self._config)

    def on_epoch(self, epoch: EpochReport) -> None:  # noqa: D102
        if epoch.quality is not None:
            write_report(self._folder)

    def on_end(self, end: RunEnd) -> None:
        """However the run ended, its page says how; what ended it goes before a page that cannot be written."""
        with contextlib.suppress(OSError, UserError):
            write_report(self._folder)
