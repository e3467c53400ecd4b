import numpy as np
import pytest

from tests.support.embeddings import embeddings
from wavegan_src.evaluation.measures import kad as k


def brute_force(x: list[float], y: list[float], width: float) -> float:
    """Equation 3 of Gretton et al. 2012, term by term, for numbers."""

    def kernel(a: float, b: float) -> float:
        return float(np.exp(-((a - b) ** 2) / (2 * width**2)))

    n, m = len(x), len(y)
    within_x = sum(kernel(a, b) for i, a in enumerate(x) for j, b in enumerate(x) if i != j) / (n * (n - 1))
    within_y = sum(kernel(a, b) for i, a in enumerate(y) for j, b in enumerate(y) if i != j) / (m * (m - 1))
    return within_x + within_y - 2 * sum(kernel(a, b) for a in x for b in y) / (n * m)


def test_equals_its_definition() -> None:
    x, y = [0.0, 1.0, 2.5], [0.5, 4.0, -1.0, 2.0]
    taken = k.kad(embeddings(np.array(x)[:, None]), embeddings(np.array(y)[:, None]))
    width = float(np.median([3.5, 1.5, 1.5, 5.0, 2.0, 3.0]))  # between different reference points only
    assert taken.value == pytest.approx(100 * brute_force(x, y, width), rel=1e-5)


def test_is_unbiased_on_draws_from_one_distribution() -> None:
    rng = np.random.default_rng(0)
    scores = []
    for _ in range(300):
        taken = k.kad(embeddings(rng.standard_normal((10, 16))), embeddings(rng.standard_normal((14, 16))))
        assert taken.value is not None
        scores.append(taken.value)
    assert abs(np.mean(scores)) < 3 * np.std(scores) / np.sqrt(len(scores))
    assert np.min(scores) < 0 < np.max(scores)


def test_grows_with_the_distance() -> None:
    rng = np.random.default_rng(1)
    reference = embeddings(rng.standard_normal((50, 8)))
    values = [k.kad(embeddings(rng.standard_normal((50, 8)) + shift), reference).value for shift in (0.0, 0.5, 2.0)]
    assert values == sorted(values, key=lambda value: value or 0.0)


def test_weights_do_not_pair_a_point_with_its_copy() -> None:
    x, y = np.array([[0.0], [1.0], [3.0]]), np.array([[0.5], [2.0]])
    parts = k.kernels(x, y, 1.0)
    assert k.discrepancy(parts, np.ones(3, int), np.ones(2, int)) == pytest.approx(k.discrepancy(parts))
    doubled = k.discrepancy(parts, 2 * np.ones(3, int), 5 * np.ones(2, int))
    assert doubled == pytest.approx(k.discrepancy(parts))


def test_identical_clips() -> None:
    same, cloud = embeddings(np.ones((5, 4))), embeddings(np.random.default_rng(2).standard_normal((6, 4)))
    assert "same embedding" in str(k.kad(cloud, same).reason)
    collapsed = k.kad(same, cloud)
    assert collapsed.value is not None
    assert collapsed.value > 0
    assert "at least 2" in str(k.kad(embeddings(np.ones((1, 4))), cloud).reason)
