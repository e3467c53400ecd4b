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


@dataclass(frozen=True)
class Trend:
    """Where a series goes.

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
    x, y = x[kept], y[kept]
    if len(y) < FEWEST:
        return None
    later, earlier = _pairs(len(y))
    unit = float(np.abs(y).max())  # so that differences of huge values do not overflow
    if unit == 0:
        return Trend(0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, len(y))
    y = y / unit
    steps = y[later] - y[earlier]
    slopes = np.sort(steps / (x[later] - x[earlier]))
    slope = float(np.median(slopes))
    residuals = y - slope * x
    scatter = _MAD_TO_SIGMA * float(np.median(np.abs(residuals - np.median(residuals))))
    deviation = math.sqrt(_variance_of_score(y))
    reach = _NORMAL_95 * deviation / 2
    middle = (len(slopes) - 1) / 2
    low = slopes[max(0, math.floor(middle - reach))]
    high = slopes[min(len(slopes) - 1, math.ceil(middle + reach))]
    size = float(np.median(np.abs(y))) or float(np.abs(y).mean())
    third = max(1, len(y) // 3)
    per_window = float(x[-1] - x[0]) / size
    return Trend(
        change=slope * per_window,
        low=float(low) * per_window,
        high=float(high) * per_window,
        p=_probability(float(np.sign(steps).sum()), deviation),
        scatter=scatter / size,
        level=float(np.median(y)) * unit,
        start=float(np.median(y[:third])) * unit,
        end=float(np.median(y[-third:])) * unit,
        count=len(y),
    )


@lru_cache(maxsize=128)
def _pairs(count: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Positions of the later and the earlier of every two values."""
    return np.tril_indices(count, -1)


def _variance_of_score(y: Floats) -> float:
    """Variance of Kendall's S under no trend, with ties (Kendall, Rank Correlation Methods, 4th ed., eq. 4.3)."""
    n = len(y)
    ties = np.unique(y, return_counts=True)[1]
    return float(n * (n - 1) * (2 * n + 5) - (ties * (ties - 1) * (2 * ties + 5)).sum()) / 18


def _probability(score: float, deviation: float) -> float:
    """Two-sided p of Kendall's S by the normal approximation with its continuity correction."""
    if deviation == 0 or score == 0:
        return 1.0
    return math.erfc((abs(score) - 1) / deviation / math.sqrt(2))
