"""Report how a run ends, whatever ends it: to its observers, and on its page."""

import contextlib
from collections.abc import Iterator
from typing import Any

from wavegan_src.report.run_page import write_report
from wavegan_src.run.folder import RunFolder
from wavegan_src.trainer.ending.interruptions import PausedError, UnstableError
from wavegan_src.trainer.observers.observer import RunEnd, TrainingObserver
from wavegan_src.trainer.state import TrainingRun
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.processes.signals import Interrupted


@contextlib.contextmanager
def end_reported(run: TrainingRun, observer: TrainingObserver) -> Iterator[None]:
    """Report to the observer how a started run ends, whatever ends it."""

    def report(kind: Any, text: str = "") -> None:
        observer.on_end(RunEnd(kind, text, run.epoch, run.gan.iteration))

    try:
        yield
    except (Interrupted, KeyboardInterrupt):
        report("stopped", "on request")
        raise
    except PausedError:
        report("paused", "the disk is nearly full")
        raise
    except UnstableError as error:
        report("failed", error.figure)
        raise
    except BaseException as error:
        report("failed", str(error) or type(error).__name__)
        raise
    if run.stopped is not None:
        report("stopped", run.stopped.sentence)
    else:
        report("finished")


@contextlib.contextmanager
def last_report(folder: RunFolder) -> Iterator[None]:
    """Write the page at the end, whatever ended the run; an error in writing must not hide the error that ended it."""
    try:
        yield
    finally:
        with contextlib.suppress(OSError, UserError):
            write_report(folder)
