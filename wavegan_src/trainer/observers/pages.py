"""Draw a run's plots and write its report.html during training, from the files in its folder."""

import contextlib

from wavegan_src.analytics import draw_plots
from wavegan_src.config_schema import Config
from wavegan_src.report.run_page import write_report
from wavegan_src.run.folder import RunFolder
from wavegan_src.trainer.observers.observer import CheckpointReport, EpochReport, RunEnd, TrainingObserver
from wavegan_src.utils.errors import UserError


class PagesObserver(TrainingObserver):
    """Redraws the plots at every checkpoint, and the page once the epoch's rows are written.

    Args:
        folder: the run's folder.
        config: the run's configuration.
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
        """Show on the page how the run ended; an error in writing it must not hide the error that ended the run."""
        with contextlib.suppress(OSError, UserError):
            write_report(self._folder)
