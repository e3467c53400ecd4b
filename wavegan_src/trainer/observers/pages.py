"""Draw a run's plots and write its report.html during training, from the files in its folder.

A drawing takes seconds, and shows nothing that is not in the files. So a run spends at most a twentieth of its time on
drawing: a checkpoint too soon after the last drawing is shown by the next one. The end of a run is always drawn.
"""

import contextlib
import time
from collections.abc import Callable, Iterator

from wavegan_src.analytics import draw_plots
from wavegan_src.config_schema import Config
from wavegan_src.report.run_page import write_report
from wavegan_src.run.folder import RunFolder
from wavegan_src.trainer.observers.observer import CheckpointReport, EpochReport, RunEnd, RunStart, TrainingObserver
from wavegan_src.utils.errors import UserError

LARGEST_SHARE = 0.05  # of a run's time, its last drawing included
FIRST_GUESS_S = {"plots": 1.5, "page": 1.0}  # until they have been timed


class DrawingBudget:
    """Decides when to draw, by what drawing has cost so far.

    Args:
        clock: seconds, monotonic.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._start = clock()
        self._spent_s = 0.0
        self._cost_s = dict(FIRST_GUESS_S)

    def allows(self) -> bool:
        """Whether there is room to draw everything now and once more at the end, if it costs as much as before."""
        return self._spent_s + 2 * sum(self._cost_s.values()) <= LARGEST_SHARE * (self._clock() - self._start)

    @contextlib.contextmanager
    def spend(self, what: str) -> Iterator[None]:
        """Time the block that follows, a drawing of the plots or of the page."""
        before = self._clock()
        yield
        self._cost_s[what] = self._clock() - before
        self._spent_s += self._cost_s[what]


class PagesObserver(TrainingObserver):
    """Redraws the plots at a checkpoint, and the page once the epoch's rows are written, within the budget.

    The page after the end of a run is written by whoever started it, once the run's record says how it ended.

    Args:
        folder: the run's folder.
        config: the run's configuration.
        clock: seconds, monotonic.
    """

    def __init__(self, folder: RunFolder, config: Config, clock: Callable[[], float] = time.monotonic):
        self._folder = folder
        self._config = config
        self._last_epoch = config.training.epochs
        self._clock = clock
        self._budget = DrawingBudget(clock)
        self._drawing = False
        self._has_page = folder.report.exists()

    def on_start(self, start: RunStart) -> None:  # noqa: D102
        self._budget = DrawingBudget(self._clock)

    def on_checkpoint(self, checkpoint: CheckpointReport) -> None:  # noqa: D102
        self._drawing = checkpoint.epoch < self._last_epoch and self._budget.allows()  # the end draws anyway
        if self._drawing:
            with self._budget.spend("plots"):
                draw_plots(self._folder, self._config)

    def on_epoch(self, epoch: EpochReport) -> None:
        """Write the page if the plots were drawn, and the first one in any case: people look for it."""
        first = not self._has_page and epoch.epoch < self._last_epoch
        if epoch.quality is not None and (self._drawing or first):
            with self._budget.spend("page"):
                write_report(self._folder)
            self._has_page = True

    def on_end(self, end: RunEnd) -> None:
        """Draw the plots, however the run ended; an error in drawing must not hide the error that ended the run."""
        with contextlib.suppress(OSError, UserError):
            draw_plots(self._folder, self._config)
