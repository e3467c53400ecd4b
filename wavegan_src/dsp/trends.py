"""Robust trend of a short, noisy series: Theil-Sen slope with its interval, and the Mann-Kendall test.

Both rest on the signs and medians of differences, so that one wild value in a window of ten decides nothing
(Mann, Econometrica 13, 1945; Sen, JASA 63, 1968). NumPy alone: the verb `status` has to answer at once.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# With five points the strictest ordering has a two-sided probability of 2/120; with four it is 2/24, and nothing that
# four points could do would be significant.
FEWEST = 5
_NORMAL_95 = 1.959964  # 97.5 % quantile of the normal distribution
_MAD_TO_SIGMA = 1.482602  # the median absolute deviation of normal noise is its standard deviation over this

_LEAST_SIZE = 1e-200  # of the largest value: changes are relative to the usual value, which may be zero


@dataclass(frozen=True)
class Trend:
    """The trend of a series.

    Attributes:
        change: from the window's beginning to its end along the fitted line, as a share of the window's typical size
            (the median of the absolute values): -0.5 is a fall by half of it. The unit of the series drops out.
        low: lower end of the 95 % interval of `change`.
        high: upper end.
        p: two-sided probability that a series without a trend looks like this.
        scatter: robust standard deviation around the line, in the unit of `change`.
        level: median of the window, in the series' own unit.
        start: median of the window's first third, in that unit: where it came from.
        end: median of its last third.
        count: values that were there.
    """

    change: float
    low: float
    high: float
    p: float
    scatter: float
    level: float
    start: float
    end: float
    count: int

    def falls(self, significance: float) -> bool:
        """Whether it goes down, at that two-sided significance."""
        return self.p < significance and self.change < 0

    def rises(self, significance: float) -> bool:
        """Whether it goes up."""
        return self.p < significance and self.change > 0


def trend(x: Floats, y: Floats) -> Trend | None:
    """The trend of `y` over `x`, both `(count,)`; None below five finite values.

    Values that are not finite are left out. `x` must increase. A constant series has a change of 0 with p = 1.
    """
    kept = np.isfinite(x) & np.isfinite(y)
    return trends(x[kept][np.newaxis], y[kept][np.newaxis])[0] if kept.sum() >= FEWEST else None


def trends(x: Floats, y: Floats) -> list[Trend]:
    """The trend of every row of `y` over the same row of `x`, both `(rows, count)`, finite, and of five values or more.

    A row's trend does not depend on the others: many at once only cost less than one after the other.
    """
    count = y.shape[1]
    later, earlier = _pairs(count)
    unit = np.abs(y).max(axis=1, keepdims=True)
    y = y / np.where(unit == 0, 1.0, unit)  # so that differences of huge values do not overflow
    steps = y[:, later] - y[:, earlier]
    slopes = np.sort(steps / (x[:, later] - x[:, earlier]), axis=1)
    slope = middle(slopes)
    residuals = y - slope[:, np.newaxis] * x
    centre = middle(np.sort(residuals, axis=1))[:, np.newaxis]
    scatter = _MAD_TO_SIGMA * middle(np.sort(np.abs(residuals - centre), axis=1))
    deviation = np.sqrt(_variance_of_score(y))
    reach, between = _NORMAL_95 * deviation / 2, (slopes.shape[1] - 1) / 2
    low, high = np.floor(between - reach).astype(int), np.ceil(between + reach).astype(int)
    rows, last = np.arange(len(y)), slopes.shape[1] - 1
    size = middle(np.sort(np.abs(y), axis=1))
    size = np.maximum(_LEAST_SIZE, np.where(size == 0, np.abs(y).mean(axis=1), size))
    third = max(1, count // 3)
    per_window = (x[:, -1] - x[:, 0]) / size
    scores = np.sign(steps).sum(axis=1)
    p = [_probability(*given) for given in zip(scores.tolist(), deviation.tolist(), strict=True)]
    changes = (slope, slopes[rows, np.maximum(0, low)], slopes[rows, np.minimum(last, high)])
    levels = (middle(np.sort(part, axis=1)) * unit[:, 0] for part in (y, y[:, :third], y[:, -third:]))
    columns = [(one * per_window).tolist() for one in changes] + [p, (scatter / size).tolist()]
    columns += [one.tolist() for one in levels]
    return [
        Trend(change, below, above, chance, spread, level, start, end, count)
        for change, below, above, chance, spread, level, start, end in zip(*columns, strict=True)
    ]


def kendall_tau(y: Floats) -> float:
    """Share of the pairs in rising order minus the share in falling order, of two or more values `(count,)`."""
    later, earlier = _pairs(len(y))
    return float(np.sign(y[later] - y[earlier]).mean())


def middle(ordered: Floats) -> Floats:
    """Median along the last axis of sorted values.

    Ten times faster than NumPy's for short axes, which loads masked arrays first.
    """
    count = ordered.shape[-1]
    found: Floats = ordered[..., (count - 1) // 2] / 2 + ordered[..., count // 2] / 2  # their sum may overflow
    return found


@lru_cache(maxsize=128)
def _pairs(count: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Positions of the later and the earlier value of every pair."""
    return np.tril_indices(count, -1)


def _variance_of_score(y: Floats) -> Floats:
    """Variance of Kendall's S under no trend, with ties, of each row (Kendall, Rank Correlation Methods, eq. 4.3)."""
    n = y.shape[1]
    position = np.arange(n)
    ordered = np.sort(y, axis=1)
    first = np.zeros(y.shape, dtype=np.int64)  # position of the first of the values that are equal
    first[:, 1:] = np.where(ordered[:, 1:] > ordered[:, :-1], position[1:], 0)
    before = position - np.maximum.accumulate(first, axis=1)
    tied = (_score_pairs(before + 1) - _score_pairs(before)).sum(axis=1)  # per group of ties all but the last cancel
    found: Floats = (_score_pairs(np.int64(n)) - tied) / 18
    return found


def _score_pairs(ties: NDArray[np.int64] | np.int64) -> NDArray[np.int64]:
    """The formula's n (n - 1) (2 n + 5), of all values or of those that are tied."""
    return np.asarray(ties * (ties - 1) * (2 * ties + 5))


def _probability(score: float, deviation: float) -> float:
    """Two-sided p of Kendall's S by the normal approximation with its continuity correction."""
    if deviation == 0 or score == 0:
        return 1.0
    return math.erfc((abs(score) - 1) / deviation / math.sqrt(2))


def running_median(values: Floats, width: int) -> Floats:
    """Median over a centred window of `width` values (made odd), NaN ignored, shortened at the ends."""
    half = max(1, width // 2)
    padded = np.pad(values, half, constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1)
    empty = np.isnan(windows).all(axis=1)
    result = np.full(len(values), np.nan)
    result[~empty] = np.nanmedian(windows[~empty], axis=1)
    return result
