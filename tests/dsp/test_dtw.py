import numpy as np
import pytest
from scipy.spatial.distance import cdist

from wavegan_src.dsp.arrays import Floats
from wavegan_src.dsp.dtw import accumulated, warping_path


def recursive(distances: Floats, i: int, j: int) -> float:
    """The textbook recursion, from the end."""
    if i == j == 0:
        return float(distances[0, 0])
    steps = [(i - 1, j), (i, j - 1), (i - 1, j - 1)]
    return float(distances[i, j]) + min(recursive(distances, *step) for step in steps if min(step) >= 0)


@pytest.mark.parametrize(("n", "m"), [(1, 1), (1, 4), (5, 1), (5, 5), (6, 4)])
def test_equals_the_recursion(n: int, m: int) -> None:
    rng = np.random.default_rng(n * 10 + m)
    x, y = rng.standard_normal((n, 3)), rng.standard_normal((m, 3))
    distances = np.asarray(cdist(x, y))
    best = recursive(distances, n - 1, m - 1)
    assert accumulated(distances)[-1, -1] == pytest.approx(best)
    path = warping_path(x, y)
    assert path[0].tolist() == [0, 0]
    assert path[-1].tolist() == [n - 1, m - 1]
    assert set(map(tuple, np.diff(path, axis=0))) <= {(0, 1), (1, 0), (1, 1)}
    assert distances[path[:, 0], path[:, 1]].sum() == pytest.approx(best)


def test_stretched_time_costs_nothing() -> None:
    x = np.random.default_rng(0).standard_normal((20, 4))
    path = warping_path(x, np.repeat(x, 3, axis=0))
    assert np.abs(x[path[:, 0]] - np.repeat(x, 3, axis=0)[path[:, 1]]).max() == 0
