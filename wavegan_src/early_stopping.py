"""When a run ends before its last epoch: long overfitting, diverging or level, and not getting better by any measure.

A decision is a function of the rows of `checkpoint_metrics.csv` and `epoch_statistics.csv` alone. A checkpoint vouches
for these, so a resumed run stops where an uninterrupted one does.
"""

import math
from itertools import islice

from wavegan_src.convergence_detector import State, Verdict, backwards, blown_up, far_worse, judge, latest
from wavegan_src.convergence_thresholds import LEAST_GAIN, SIGNIFICANCE
from wavegan_src.recorded_series import History
from wavegan_src.trends import FEWEST, trend

STOPPING = frozenset({State.OVERFITTING, State.DIVERGING, State.CONVERGED})
# A generator that a blown-up critic has wrecked does not come back, and hours of it are hours lost.
WRECKED_SHARE = 1 / 3
# Going on wrongly costs time, stopping wrongly costs the model: a fall that is chance one time in five is enough.
DOUBT = 0.2


def stopping_verdict(history: History, patience: int) -> Verdict | None:
    """The verdict that ends a run now, or None.

    A run ends when each of its last `patience` checkpoints was overfitting, diverging or converged, none of them was a
    new best, and neither measure of quality falls over them or over twice as many. Where the critic has blown up and
    the quality is far worse than it was, a third of them is enough.

    Args:
        history: the run so far.
        patience: in checkpoints.
    """
    if not len(history) or judge(history, len(history) - 1).state not in STOPPING:
        return None
    current = latest(history)
    assert current is not None
    wrecked = blown_up(current.view) and far_worse(current.view)
    needed = max(2, math.ceil(WRECKED_SHARE * patience)) if wrecked else patience
    recent = list(islice(backwards(history), needed))
    long_enough = len(recent) == needed and all(verdict.state in STOPPING for verdict in recent)
    if not long_enough or current.view.since_best < needed:
        return None
    windows = (patience,) if wrecked else (patience, 2 * patience)
    return None if any(may_improve(history, window) for window in windows) else current


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
