"""The state of a run (learning, converged, overfitting, …) at every checkpoint, decided from its recorded figures.

Pure functions over columns of `epoch_statistics.csv` and `checkpoint_metrics.csv`, so that any run can be replayed.
Nothing here depends on the critic's scale, which is arbitrary: figures are compared with earlier figures of the same
run, with those of the data, or with what the loss itself prescribes. docs/convergence.md explains how each threshold
was chosen and what verdicts recorded runs get.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from wavegan_src.architectures.table import DEFAULT, spec_of
from wavegan_src.convergence import wording as words
from wavegan_src.convergence.advice import advice
from wavegan_src.convergence.history import Columns, History, line_up
from wavegan_src.convergence.judging import can_choose
from wavegan_src.convergence.outlook import Outlook, outlook_at, outlooks
from wavegan_src.convergence.thresholds import (
    COLLAPSE_FALL,
    COLLAPSED_DIVERSITY,
    COPYING_RATIO,
    ESTIMATE_LIMIT,
    LEARNT_SCATTERS,
    LEAST_GAIN,
    LEVEL_QUALITY,
    LEVEL_WASSERSTEIN,
    LONG_TREND_WINDOW,
    MEMORISING_GAP,
    PENALTY_LIMIT,
    POOR_DIVERSITY,
    SCORE_LIMIT,
    SIGNIFICANCE,
    SWINGING_QUALITY,
    SWINGING_WASSERSTEIN,
    USUALLY,
    WINDOW,
    WORSE_FACTOR,
)
from wavegan_src.dsp.trends import FEWEST, Trend
from wavegan_src.run.record import Phase

AHEAD_FACTOR, MOST_AHEAD = 4, 1024  # most runs changed their state recently; for others, batches of verdicts grow


class State(StrEnum):
    """What a run is doing."""

    WARMING_UP = "warming up"
    LEARNING = "learning"
    CONVERGED = "converged"
    PLATEAU = "plateau"
    OSCILLATING = "oscillating"
    MODE_COLLAPSE = "mode collapse"
    OVERFITTING = "overfitting"
    MIXED = "mixed"
    DIVERGING = "diverging"


@dataclass(frozen=True)
class Verdict:
    """The state of a run at a checkpoint.

    Attributes:
        epoch: the checkpoint's epoch.
        state: what the run is doing.
        since: first epoch of the unbroken series of checkpoints in this state.
        reason: the figures that support it, in words.
        advice: what to do, in words, while the run is still training; `after` gives advice for later.
        view: all figures that were considered.
    """

    epoch: int
    state: State
    since: int
    reason: str
    advice: str
    view: Outlook

    @property
    def best_epoch(self) -> int | None:
        """Epoch of the best model so far; None if no quality was measured."""
        return self.view.best_epoch

    def after(self, phase: Phase) -> "Verdict":
        """The same verdict with advice for a run in that phase."""
        return replace(self, advice=advice(self.state.name, phase, self.view.architecture))

    @property
    def sentence(self) -> str:
        """The whole verdict in one line."""
        since = f" since epoch {self.since}" if self.since != self.epoch else ""
        best = f"; best model is epoch {self.best_epoch}" if self.best_epoch is not None else ""
        return f"{self.state}{since}: {self.reason}{best}; {self.advice}"


def replay(epochs: Columns, checkpoints: Columns, primary: str = "kad", architecture: str = DEFAULT) -> list[Verdict]:
    """The verdict at every checkpoint of a run, as of when it was written; empty for a run without rows.

    Args:
        epochs: columns of `epoch_statistics.csv`.
        checkpoints: columns of `checkpoint_metrics.csv`; if there are none, every epoch counts as a checkpoint.
        primary: the measure that chooses the best model.
        architecture: `model.architecture` of the run.
    """
    history = line_up(epochs, checkpoints, primary, architecture)
    found: list[Verdict] = []
    for view in outlooks(history, 0, len(history)):
        verdict = _verdict(view)
        if found and found[-1].state == verdict.state:
            verdict = replace(verdict, since=found[-1].since)
        found.append(verdict)
    return found


def latest(history: History) -> Verdict | None:
    """The last verdict of `replay`, without computing verdicts that do not affect it; None for an empty history."""
    verdict: Verdict | None = None
    since = 0
    for earlier in backwards(history):
        verdict = verdict or earlier
        if earlier.state != verdict.state:
            break
        since = earlier.epoch
    return replace(verdict, since=since) if verdict is not None else None


def backwards(history: History) -> Iterator[Verdict]:
    """Every checkpoint's own verdict, the latest first; computed ahead in batches of growing size."""
    stop, ahead = len(history), 1
    while stop > 0:
        start = max(0, stop - ahead)
        yield from (_verdict(view) for view in reversed(outlooks(history, start, stop)))
        stop, ahead = start, min(MOST_AHEAD, AHEAD_FACTOR * ahead)


def verdict_at(history: History, index: int) -> Verdict:
    """The state at checkpoint number `index`, from that checkpoint and those before it; `since` is its own epoch."""
    return _verdict(outlook_at(history, index))


def _verdict(view: Outlook) -> Verdict:
    state, reason = _decide(view)
    return Verdict(view.epoch, state, view.epoch, reason, advice(state.name, Phase.RUNNING, view.architecture), view)


def _decide(view: Outlook) -> tuple[State, str]:
    """The first state whose rule holds; rules for ruined runs come before those for slow ones."""
    rules = (
        (blown_up, State.DIVERGING, words.blown_up),
        (lambda view: view.measured < FEWEST, State.WARMING_UP, words.too_early),
        (collapsed, State.MODE_COLLAPSE, words.collapse),
        (overfits, State.OVERFITTING, words.overfitting),
        (mixed, State.MIXED, words.mixed),
        (improves, State.LEARNING, words.progress),
        (lambda view: view.measured < WINDOW, State.WARMING_UP, words.too_early),
        (got_worse, State.DIVERGING, words.worse),
        (swings, State.OSCILLATING, words.swings),
        (improves_slowly, State.LEARNING, words.progress),
        (is_level, State.CONVERGED, words.level),
    )
    for holds, state, describe in rules:
        if holds(view):
            return state, describe(view)
    return State.PLATEAU, words.stuck(view)


def blown_up(view: Outlook) -> bool:
    """Whether the critic's figures no longer mean anything.

    If the loss demands a certain slope of the critic, limits on the penalty and the estimate follow from it.
    """
    if not spec_of(view.architecture).estimates_distance:
        return view.broken or (view.score is not None and view.score > SCORE_LIMIT)
    limits = ((view.estimate, ESTIMATE_LIMIT), (view.score, SCORE_LIMIT), (view.penalty, PENALTY_LIMIT))
    return view.broken or any(value is not None and abs(value) > limit for value, limit in limits)


def collapsed(view: Outlook) -> bool:
    """Whether the generator makes little more than one sound and its diversity is not recovering."""
    if view.diversity is None or view.diversity_trend is None or view.diversity_peak is None:
        return False
    if view.diversity_trend.rises(SIGNIFICANCE):
        return False
    lost = view.diversity < COLLAPSE_FALL * min(1.0, view.diversity_peak)  # diversity above the data's does not count
    if view.diversity < COLLAPSED_DIVERSITY:  # a network that starts with one sound may still be learning
        return lost or not improves(view)
    return lost and view.diversity < POOR_DIVERSITY


def memorises(view: Outlook) -> bool:
    """Whether the critic distinguishes training clips from unseen ones, now and most of the time."""
    if view.gap is None or view.gap_positive is None:
        return False
    return view.gap > MEMORISING_GAP and view.gap_positive >= USUALLY


def overfits(view: Outlook) -> bool:
    """Whether the critic memorises or the generator copies, while the match with unseen clips does not improve.

    One or two held-out recordings that are unlike the others look the same.
    """
    if view.quality is None or _falls(view.quality) or not can_choose(view.judges):
        return False
    copies = view.memorisation is not None and view.memorisation < COPYING_RATIO
    past_best = view.since_best >= WINDOW or view.quality.rises(SIGNIFICANCE)
    return past_best and (copies or memorises(view))


def mixed(view: Outlook) -> bool:
    """Whether the second measure improves while the primary one gets worse: the one does not outweigh the other."""
    worse = view.quality is not None and view.quality.rises(SIGNIFICANCE) and view.quality.change > LEAST_GAIN
    return worse and _falls(view.second)


def improves(view: Outlook) -> bool:
    """Whether the distance to unseen clips falls by either measure; if none was measured, whether the estimate does."""
    if view.measure is None:
        return _falls(view.wasserstein) and (view.estimate or 0) > 0
    return _falls(view.quality) or _falls(view.second)


def improves_slowly(view: Outlook) -> bool:
    """Whether the distance falls over the long window and the best checkpoint lies within the short one."""
    return _falls(view.quality_long) and view.since_best < WINDOW


def got_worse(view: Outlook) -> bool:
    """Whether the distance is rising and already far above its best, beyond doubt: the best model is an earlier one."""
    rising = view.quality is not None and view.quality.rises(SIGNIFICANCE)
    return rising and view.since_chosen > 0 and far_worse(view)


def far_worse(view: Outlook) -> bool:
    """Whether the present quality is far from the best, or unknown."""
    if view.level is None or view.best is None:
        return True
    return view.level > WORSE_FACTOR * max(view.best, 0.0)


def swings(view: Outlook) -> bool:
    """Whether the figures swing by far more than the error with which they are measured.

    A relativistic critic in balance distinguishes nothing: shares of a difference near 0 mean nothing.
    """
    quality = view.quality is not None and view.quality.scatter > SWINGING_QUALITY
    if not spec_of(view.architecture).estimates_distance:
        return quality
    return quality or (view.wasserstein is not None and view.wasserstein.scatter > SWINGING_WASSERSTEIN)


def is_level(view: Outlook) -> bool:
    """Whether distance and estimate are shown to be level, over a long time, after the model has learned something."""
    quality, estimate = view.quality_long, view.wasserstein_long
    if quality is None or estimate is None or min(quality.count, estimate.count) < LONG_TREND_WINDOW:
        return False
    if view.first is None or view.level is None:
        return False
    gained = max(LEARNT_SCATTERS * quality.scatter * abs(quality.level), LEVEL_QUALITY * abs(view.first))
    return view.first - view.level > gained and _within(quality, LEVEL_QUALITY) and _within(estimate, LEVEL_WASSERSTEIN)


def _falls(found: Trend | None) -> bool:
    return found is not None and found.falls(SIGNIFICANCE) and found.change < -LEAST_GAIN


def _within(found: Trend, limit: float) -> bool:
    return -limit < found.low and found.high < limit
