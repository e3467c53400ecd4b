"""What a run's figures look like from one checkpoint: trends over windows, present levels, and the best so far."""

import math
from dataclasses import dataclass

import numpy as np

from wavegan_src.convergence_thresholds import GAPS, LONG_SHARE, LONG_WINDOW, MOST_POINTS, RECENT, WINDOW
from wavegan_src.recorded_series import Floats, History
from wavegan_src.trends import Trend, trend


@dataclass(frozen=True)
class Outlook:
    """The view from one checkpoint, back over the run. Trends and levels are None where too little was measured."""

    epoch: int
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
    best: float | None
    best_epoch: int | None
    since_best: int  # checkpoints since the best
    gap: float | None  # of the last five measured, since it is a difference of two noisy means
    gap_positive: float | None  # share of the last `WINDOW` gaps above 0: chance alone gives a half
    gap_trend: Trend | None  # over the long window
    early_gap: float | None  # of the first five measured
    diversity: float | None
    diversity_trend: Trend | None
    diversity_peak: float | None  # its highest level so far
    memorisation: float | None
    penalty: float | None  # the lower of the last two
    estimate: float | None
    score: float | None
    gradient: float | None  # generator's gradient norm at present, over its median so far
    broken: bool


def look(history: History, index: int) -> Outlook:
    """The view from checkpoint number `index`; later ones are not looked at."""
    end = index + 1
    long = max(LONG_WINDOW, math.ceil(LONG_SHARE * end))

    def over(series: Floats, window: int) -> Trend | None:
        start = max(0, end - window)
        return trend(*_thinned(history.epochs[start:end], series[start:end]))

    quality = history.quality[:end]
    known = np.flatnonzero(np.isfinite(quality))
    best = int(known[quality[known].argmin()]) if len(known) else None
    main = quality if history.measure is not None else history.wasserstein[:end]
    diversity = _levels(history.diversity[:end], RECENT)
    gaps = _finite(history.gap[:end])
    recent_gaps = gaps[-WINDOW:]
    norms = history.generator_gradient[:end]
    usual = _level(norms, end)
    now = _level(norms, RECENT)
    return Outlook(
        epoch=int(history.epochs[index]),
        checkpoints=end,
        measured=int(np.isfinite(main).sum()),
        measure=history.measure,
        quality=over(history.quality, WINDOW),
        quality_long=over(history.quality, long),
        second=over(history.second, WINDOW),
        wasserstein=over(history.wasserstein, WINDOW),
        wasserstein_long=over(history.wasserstein, long),
        level=_level(quality, RECENT),
        first=float(quality[known[0]]) if len(known) else None,
        best=float(quality[best]) if best is not None else None,
        best_epoch=int(history.epochs[best]) if best is not None else None,
        since_best=index - best if best is not None else index,
        gap=_level(recent_gaps, GAPS),
        gap_positive=float((recent_gaps > 0).mean()) if len(recent_gaps) >= GAPS else None,
        gap_trend=over(history.gap, long),
        early_gap=_level(gaps[:GAPS], GAPS),
        diversity=_level(history.diversity[:end], RECENT),
        diversity_trend=over(history.diversity, WINDOW),
        diversity_peak=max(diversity, default=None),
        memorisation=_level(history.memorisation[:end], RECENT),
        penalty=_smallest(history.penalty[max(0, end - 2) : end]) if end > 1 else None,
        estimate=_number(history.wasserstein[index]),
        score=_number(history.score[index]),
        gradient=now / usual if now is not None and usual else None,
        broken=bool(history.broken[index]),
    )


def _thinned(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """At most `MOST_POINTS` points: medians of equal blocks of the finite values, the oldest ones left over dropped."""
    kept = np.isfinite(y)
    x, y = x[kept], y[kept]
    block = -(-len(y) // MOST_POINTS)
    if block <= 1:
        return x, y
    rest = len(y) % block
    return np.median(x[rest:].reshape(-1, block), axis=1), np.median(y[rest:].reshape(-1, block), axis=1)


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _finite(values: Floats) -> Floats:
    return values[np.isfinite(values)]


def _level(values: Floats, count: int) -> float | None:
    """Median of the last `count` values, of those that were measured."""
    finite = _finite(values[-count:])
    return float(np.median(finite)) if len(finite) else None


def _levels(values: Floats, count: int) -> list[float]:
    """The level at every checkpoint from the measured one number `count` on."""
    finite = _finite(values)
    if len(finite) < count:
        return []
    middle = np.median(np.lib.stride_tricks.sliding_window_view(finite, count), axis=1)
    return [float(value) for value in middle]


def _smallest(values: Floats) -> float | None:
    return float(values.min()) if len(values) and np.isfinite(values).all() else None
