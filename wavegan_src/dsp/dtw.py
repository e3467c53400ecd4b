"""Dynamic time warping, exact, in one pass over the anti-diagonals of the distance matrix."""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from wavegan_src.dsp.arrays import Floats, Indices


def warping_path(x: NDArray[np.floating], y: NDArray[np.floating]) -> Indices:
    """The path from (0, 0) to (n - 1, m - 1) with the least sum of Euclidean distances (Sakoe and Chiba 1978).

    Steps go by one in x, in y or in both, all of the same weight: `fastdtw` without a radius, some thirty times faster.

    Args:
        x: (n, size), n > 0.
        y: (m, size), m > 0.

    Returns:
        Pairs of positions, (length, 2).
    """
    totals = accumulated(np.asarray(cdist(x, y), dtype=np.float64))
    row, column = totals.shape[0] - 1, totals.shape[1] - 1
    path = [(row, column)]
    while row > 0 or column > 0:
        steps = [(row - 1, column), (row, column - 1), (row - 1, column - 1)]
        row, column = min((step for step in steps if min(step) >= 0), key=lambda step: totals[step])
        path.append((row, column))
    return np.array(path[::-1], dtype=np.int64)


def accumulated(distances: Floats) -> Floats:
    """The least sum of distances on a path from (0, 0) to each cell: (n, m) from (n, m)."""
    rows, columns = distances.shape
    # Cell (i, j) of the matrix is at [i + j, i + 1] here: a whole anti-diagonal depends only on the two before it.
    diagonals = np.full((rows + columns - 1, rows + 1), np.inf)
    i, j = np.indices(distances.shape)
    diagonals[i + j, i + 1] = distances
    for d in range(1, rows + columns - 1):
        before = diagonals[d - 1]
        best = np.minimum(before[1:], before[:-1])
        if d > 1:
            best = np.minimum(best, diagonals[d - 2, :-1])
        diagonals[d, 1:] += best
    return np.asarray(diagonals[i + j, i + 1])
