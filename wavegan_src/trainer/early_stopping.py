"""When a run ends before its last epoch: long overfitting, diverging or level, and not getting better by any measure.

A decision is a function of the rows of `checkpoint_metrics.csv` and `epoch_statistics.csv` alone. A checkpoint vouches
for these, so a resumed run stops where an uninterrupted one does.
"""

import math
from itertools import islice

import numpy as np

from wavegan_src.config_schema import Config
from wavegan_src.convergence.history import Floats, History, line_up, read_recorded
from wavegan_src.convergence.outlook import level
from wavegan_src.convergence.thresholds import LEAST_GAIN, LEVEL_QUALITY, RECENT, SIGNIFICANCE
from wavegan_src.convergence_detector import State, Verdict, backwards, blown_up, far_worse, latest, verdict_at
from wavegan_src.dsp.trends import FEWEST, trend
from wavegan_src.run.folder import RunFolder

STOPPING = frozenset({State.OVERFITTING, State.DIVERGING, State.CONVERGED})
# A blown-up critic teaches nothing: where its generator has lost what it knew, or never knew anything, there is nothing
# to wait for but chance, and hours of it are hours lost.
HOPELESS_SHARE = 1 / 3
# Going on wrongly costs time, stopping wrongly costs the model: a fall that is chance one time in five is enough.
DOUBT = 0.2


def decide(folder: RunFolder, config: Config, primary: str, epoch: int) -> Verdict | None:
    """Why a run ends after `epoch`, before its last; None where it goes on.

    Args:
        folder: the run, whose rows on the disk decide, as they would after a resumption.
        config: of the run.
        primary: the measure that chooses the best model.
        epoch: epochs completed.
    """
    training = config.training
    if not training.early_stopping or epoch >= training.epochs:
        return None
    epochs, checkpoints = read_recorded(folder.epoch_csv), read_recorded(folder.checkpoint_csv)
    history = line_up(epochs.columns, checkpoints.columns, primary, config.model.architecture)
    return stopping_verdict(history, training.early_stopping_patience)


def stopping_verdict(history: History, patience: int) -> Verdict | None:
    """The verdict that ends a run now, or None.

    A run ends when each of its last `patience` checkpoints was overfitting, diverging or converged, none of them was a
    new best, and neither measure of quality falls over them or over twice as many. Where a run is hopeless a third of
    them is enough, and where it never learnt anything there is no best to wait for.

    Args:
        history: the run so far.
        patience: in checkpoints.
    """
    if not len(history) or verdict_at(history, len(history) - 1).state not in STOPPING:
        return None
    current = latest(history)
    assert current is not None
    hopeless = blown_up(current.view) and (far_worse(current.view) or as_if_untrained(history))
    needed = max(2, math.ceil(HOPELESS_SHARE * patience)) if hopeless else patience
    recent = list(islice(backwards(history), needed))
    if len(recent) < needed or any(verdict.state not in STOPPING for verdict in recent):
        return None
    worth_waiting = not hopeless or _learnt(history.quality, current.view.best)  # else the best is the luckiest
    if len(history) < FEWEST or (current.view.since_best < needed and worth_waiting):
        return None
    windows = (patience,) if hopeless else (patience, 2 * patience)
    return None if any(may_improve(history, window) for window in windows) else current


def as_if_untrained(history: History) -> bool:
    """Whether neither measure of quality is at present better than at the first checkpoint."""
    levels = ((series, level(series[-RECENT:])) for series in (history.quality, history.second))
    return not any(_learnt(series, now) for series, now in levels)


def _learnt(series: Floats, value: float | None) -> bool:
    """Whether that value is better than the first of its series by more than what counts as level."""
    known = series[np.isfinite(series)]
    return value is not None and bool(value < known[0] - LEVEL_QUALITY * abs(known[0]))


def may_improve(history: History, window: int) -> bool:
    """Whether either measure of quality falls over the last `window` checkpoints, be it with some doubt.

    The second opinion does not count against the first: not where the primary measure gets worse beyond doubt.
    """
    start = max(0, len(history) - max(window, FEWEST))
    epochs = history.epochs[start:]
    first, second = trend(epochs, history.quality[start:]), trend(epochs, history.second[start:])
    if first is not None and first.rises(SIGNIFICANCE):
        return False
    return any(one is not None and one.falls(DOUBT) and one.change < -LEAST_GAIN for one in (first, second))
