"""Early stopping: end a run that has long been overfitting, diverging or level and improves by no measure.

The decision depends only on the rows of `checkpoint_metrics.csv` and `epoch_statistics.csv`. These are complete at
every checkpoint, so a resumed run stops where an uninterrupted one does.
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
# A generator learns nothing from a critic that has blown up. If it has also forgotten what it learned, or never learned
# anything, only chance could help, so the run waits for a third of the patience.
HOPELESS_SHARE = 1 / 3
# Continuing needlessly costs time, stopping too early costs the model: a fall that is chance one time in five counts.
DOUBT = 0.2


def decide(folder: RunFolder, config: Config, primary: str, epoch: int) -> Verdict | None:
    """The verdict that ends a run after `epoch`, before its last; None if it continues.

    Args:
        folder: the run's folder; the rows on the disk decide, as they would after resuming.
        config: the run's configuration.
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
    new best, and neither measure of quality falls over them or over twice as many. If a run is hopeless, a third of
    them is enough; if it never learned anything, a new best does not count.

    Args:
        history: the run so far.
        patience: number of checkpoints.
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
    worth_waiting = not hopeless or _learnt(history.quality, current.view.best)  # otherwise the best is chance
    if len(history) < FEWEST or (current.view.since_best < needed and worth_waiting):
        return None
    windows = (patience,) if hopeless else (patience, 2 * patience)
    return None if any(may_improve(history, window) for window in windows) else current


def as_if_untrained(history: History) -> bool:
    """Whether neither measure of quality is better now than at the first checkpoint."""
    levels = ((series, level(series[-RECENT:])) for series in (history.quality, history.second))
    return not any(_learnt(series, now) for series, now in levels)


def _learnt(series: Floats, value: float | None) -> bool:
    """Whether the value is better than the first of its series by more than a level series may vary."""
    known = series[np.isfinite(series)]
    return value is not None and bool(value < known[0] - LEVEL_QUALITY * abs(known[0]))


def may_improve(history: History, window: int) -> bool:
    """Whether either measure of quality falls over the last `window` checkpoints, even if not with certainty.

    The second measure does not count if the primary one is clearly getting worse.
    """
    start = max(0, len(history) - max(window, FEWEST))
    epochs = history.epochs[start:]
    first, second = trend(epochs, history.quality[start:]), trend(epochs, history.second[start:])
    if first is not None and first.rises(SIGNIFICANCE):
        return False
    return any(one is not None and one.falls(DOUBT) and one.change < -LEAST_GAIN for one in (first, second))
