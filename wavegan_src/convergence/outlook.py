"""A run as seen from one checkpoint: trends over windows, present levels, and the best so far."""

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
from numpy.typing import NDArray

from wavegan_src.convergence.history import Floats, History
from wavegan_src.convergence.thresholds import GAPS, LONG_SHARE, LONG_TREND_WINDOW, MOST_POINTS, RECENT, WINDOW
from wavegan_src.dsp.trends import FEWEST, Trend, middle, trends

Indices = NDArray[np.intp]


@dataclass(frozen=True)
class Outlook:
    """The view from one checkpoint, back over the run. Trends and levels are None where too little was measured."""

    epoch: int
    architecture: str  # `model.architecture`: what the critic's figures mean
    checkpoints: int  # so far
    measured: int  # of them with a quality, or with a Wasserstein estimate where no quality was ever measured
    measure: str | None
    quality: Trend | None  # over `WINDOW`
    quality_long: Trend | None  # over the long window
    second: Trend | None
    wasserstein: Trend | None
    wasserstein_long: Trend | None
    level: float | None  # of the quality at present
    first: float | None  # quality of the first checkpoint
    best: float | None  # the lowest quality
    best_epoch: int | None  # of the best model
    since_best: int  # checkpoints since the lowest quality
    since_chosen: int  # checkpoints since the best model: no later one could be told from the lowest
    judges: int | None  # recordings that quality is measured against; None where they were not counted
    gap: float | None  # of the last five measured, since it is a difference of two noisy means
    gap_positive: float | None  # share of the last `WINDOW` gaps above 0: chance alone gives a half
    early_gap: float | None  # of the first five measured
    diversity: float | None
    diversity_trend: Trend | None
    diversity_peak: float | None  # its highest level so far
    memorisation: float | None
    penalty: float | None  # the lower of the last two
    estimate: float | None
    score: float | None
    critic_gradient: float | None  # norms, reported and drawn; no rule needs them
    generator_gradient: float | None
    broken: bool


def outlook_at(history: History, index: int) -> Outlook:
    """The view from checkpoint number `index`; later ones are not looked at."""
    return outlooks(history, index, index + 1)[0]


def outlooks(history: History, start: int, stop: int) -> list[Outlook]:
    """The views from checkpoints number `start` to `stop` - 1: much faster than one by one."""
    ends = np.arange(start + 1, stop + 1)
    short = np.maximum(0, ends - WINDOW)
    long = np.maximum(0, ends - np.maximum(LONG_TREND_WINDOW, np.ceil(LONG_SHARE * ends).astype(np.intp)))
    windows = (
        (history.quality, short),
        (history.quality, long),
        (history.second, short),
        (history.wasserstein, short),
        (history.wasserstein, long),
        (history.diversity, short),
    )
    found = zip(*_trends_over(history.epochs, windows, ends), strict=True)
    so_far = _SoFar(history)
    return [_view(history, so_far, end, *moving) for end, moving in zip(ends.tolist(), found, strict=True)]


def _view(
    history: History,
    so_far: "_SoFar",
    end: int,
    quality: Trend | None,
    quality_long: Trend | None,
    second: Trend | None,
    wasserstein: Trend | None,
    wasserstein_long: Trend | None,
    diversity_trend: Trend | None,
) -> Outlook:
    """The view from checkpoint number `end` - 1."""
    index = end - 1
    best, chosen = so_far.best(end), so_far.chosen(end)
    gaps = so_far.gap.latest(end, WINDOW)
    return Outlook(
        epoch=int(history.epochs[index]),
        architecture=history.architecture,
        checkpoints=end,
        measured=so_far.main.count(end),
        measure=history.measure,
        quality=quality,
        quality_long=quality_long,
        second=second,
        wasserstein=wasserstein,
        wasserstein_long=wasserstein_long,
        level=level(history.quality[max(0, end - RECENT) : end]),
        first=so_far.quality.values[0] if so_far.quality.count(end) else None,
        best=float(history.quality[best]) if best is not None else None,
        best_epoch=int(history.epochs[chosen]) if chosen is not None else None,
        since_best=index - best if best is not None else index,
        since_chosen=index - chosen if chosen is not None else index,
        judges=history.judges,
        gap=median(gaps[-GAPS:]) if gaps else None,
        gap_positive=sum(gap > 0 for gap in gaps) / len(gaps) if len(gaps) >= GAPS else None,
        early_gap=median(so_far.gap.values[: min(GAPS, so_far.gap.count(end))]) if gaps else None,
        diversity=level(history.diversity[max(0, end - RECENT) : end]),
        diversity_trend=diversity_trend,
        diversity_peak=so_far.diversity_peak(end),
        memorisation=level(history.memorisation[max(0, end - RECENT) : end]),
        penalty=_smallest(history.penalty[end - 2 : end]) if end > 1 else None,
        estimate=_number(history.wasserstein[index]),
        score=_number(history.score[index]),
        critic_gradient=_number(history.critic_gradient[index]),
        generator_gradient=_number(history.generator_gradient[index]),
        broken=bool(history.broken[index]),
    )


class _Measured:
    """The measured values of a series."""

    def __init__(self, series: Floats):
        positions = np.flatnonzero(np.isfinite(series))
        self._positions: list[int] = positions.tolist()
        self.values: list[float] = series[positions].tolist()

    def count(self, end: int) -> int:
        """How many values there are before checkpoint number `end`."""
        return bisect_left(self._positions, end)

    def latest(self, end: int, count: int) -> list[float]:
        """The last `count` of them."""
        last = self.count(end)
        return self.values[max(0, last - count) : last]


class _SoFar:
    """What is known of a run up to each of its checkpoints."""

    def __init__(self, history: History):
        self.quality, self.gap = _Measured(history.quality), _Measured(history.gap)
        self.main = self.quality if history.measure is not None else _Measured(history.wasserstein)
        values = np.where(np.isfinite(history.quality), history.quality, np.inf)
        lowest = np.minimum.accumulate(values)
        new = np.isfinite(lowest) & (lowest < np.concatenate([[np.inf], lowest[:-1]]))
        self._best = np.maximum.accumulate(np.where(new, np.arange(len(values)), -1))
        self._chosen = np.maximum.accumulate(np.where(history.chosen, np.arange(len(values)), -1))
        self._diversity = _Measured(history.diversity)
        self._peaks = np.maximum.accumulate(_levels(np.asarray(self._diversity.values), RECENT))

    def best(self, end: int) -> int | None:
        """Number of the checkpoint with the lowest quality, the first one if several are equal."""
        return int(self._best[end - 1]) if self._best[end - 1] >= 0 else None

    def chosen(self, end: int) -> int | None:
        """Number of the checkpoint that is the best model."""
        return int(self._chosen[end - 1]) if self._chosen[end - 1] >= 0 else None

    def diversity_peak(self, end: int) -> float | None:
        """The highest level of the diversity."""
        levels = self._diversity.count(end) - RECENT + 1
        return float(self._peaks[levels - 1]) if levels > 0 else None


def _trends_over(x: Floats, windows: Sequence[tuple[Floats, Indices]], ends: Indices) -> list[list[Trend | None]]:
    """For each series and its starts, the trends from there up to each of `ends`; None where there are too few values.

    More than `MOST_POINTS` values are replaced by medians of equal blocks; the oldest left over are dropped.
    """
    found: list[list[Trend | None]] = [[None] * len(ends) for _ in windows]
    alike: dict[tuple[int, int], list[tuple[int, Indices, Floats, Floats]]] = {}  # of one size: computed together
    for number, (series, starts) in enumerate(windows):
        kept = np.flatnonzero(np.isfinite(x) & np.isfinite(series))
        axis, values = x[kept], series[kept]
        lasts = np.searchsorted(kept, ends)
        counts = lasts - np.searchsorted(kept, starts)
        blocks = np.maximum(1, -(-counts // MOST_POINTS))
        points = counts // blocks
        for block, count in set(zip(blocks.tolist(), points.tolist(), strict=True)):
            if count >= FEWEST:
                rows = np.flatnonzero((blocks == block) & (points == count))
                heads = lasts[rows][:, np.newaxis] - block * np.arange(count, 0, -1)
                one, other = _blocks(axis, heads, block), _blocks(values, heads, block)
                alike.setdefault((block, count), []).append((number, rows, one, other))
    for parts in alike.values():
        made = iter(trends(*(np.concatenate([part[side] for part in parts]) for side in (2, 3))))
        for number, rows, *_ in parts:
            for row in rows.tolist():
                found[number][row] = next(made)
    return found


def _blocks(values: Floats, heads: Indices, length: int) -> Floats:
    """Medians of the blocks of that length which begin at `heads`."""
    if length == 1:
        return values[heads]
    first, last = int(heads.min()), int(heads.max())
    windows = np.lib.stride_tricks.sliding_window_view(values[first : last + length], length)
    return middle(np.sort(windows, axis=1))[heads - first]


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def level(values: Floats) -> float | None:
    """Median of the measured values."""
    finite = [value for value in values.tolist() if math.isfinite(value)]
    return median(finite) if finite else None


def _levels(values: Floats, count: int) -> Floats:
    """The median of every `count` neighbours."""
    if len(values) < count:
        return np.empty(0)
    return middle(np.sort(np.lib.stride_tricks.sliding_window_view(values, count), axis=1))


def _smallest(values: Floats) -> float | None:
    return float(values.min()) if np.isfinite(values).all() else None
