import numpy as np
import pytest
from scipy.linalg import sqrtm

from tests.support.embeddings import embeddings
from wavegan_src.dsp.arrays import Floats
from wavegan_src.evaluation.measures import fad as frechet


def exactly(mean: Floats, covariance: Floats, count: int, rng: np.random.Generator) -> Floats:
    """Points whose sample mean and covariance are exactly the given ones."""
    raw = rng.standard_normal((count, len(mean)))
    raw -= raw.mean(axis=0)
    whitened = raw @ np.linalg.inv(np.linalg.cholesky(np.cov(raw.T))).T
    return np.asarray(whitened @ np.linalg.cholesky(covariance).T + mean)


def test_equals_the_closed_form_for_gaussians() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, 6, 6))
    covariances = a @ a.T + np.eye(6), b @ b.T + np.eye(6)
    means = rng.standard_normal((2, 6))
    x, y = (exactly(mean, covariance, 40, rng) for mean, covariance in zip(means, covariances, strict=True))
    expected = np.sum((means[0] - means[1]) ** 2) + np.trace(
        covariances[0] + covariances[1] - 2 * np.real(sqrtm(covariances[0] @ covariances[1]))
    )
    assert frechet.frechet_distance(x, y) == pytest.approx(expected, rel=1e-9)
    assert frechet.frechet_distance(y, x) == pytest.approx(expected, rel=1e-9)


def test_spheres_one_dimension_at_a_time() -> None:
    rng = np.random.default_rng(1)
    x, y = exactly(np.zeros(3), 4 * np.eye(3), 10, rng), exactly(np.ones(3), 9 * np.eye(3), 10, rng)
    assert frechet.frechet_distance(x, y) == pytest.approx(3 * 1 + 3 * (3 - 2) ** 2)


@pytest.mark.parametrize("count", [5, 200])  # fewer and more points than dimensions
def test_is_zero_on_itself_and_on_another_order(count: int) -> None:
    points = np.random.default_rng(2).standard_normal((count, 32))
    assert frechet.frechet_distance(points, points) == pytest.approx(0, abs=1e-9)
    assert frechet.frechet_distance(points, points[::-1]) == pytest.approx(0, abs=1e-9)


def test_singular_covariances_need_no_care() -> None:
    rng = np.random.default_rng(3)
    same = np.tile(rng.standard_normal(64), (20, 1))
    cloud = rng.standard_normal((20, 64))
    flat_cloud = cloud * (np.arange(64) < 3)
    assert frechet.frechet_distance(same, same) == pytest.approx(0, abs=1e-12)
    expected = np.sum((same[0] - cloud.mean(axis=0)) ** 2) + np.trace(np.cov(cloud.T))
    assert frechet.frechet_distance(same, cloud) == pytest.approx(expected)
    assert np.isfinite(frechet.frechet_distance(flat_cloud, cloud))


def test_the_root_is_symmetric_and_a_root() -> None:
    low_rank = np.random.default_rng(4).standard_normal((8, 3))
    covariance = low_rank @ low_rank.T
    root = frechet.symmetric_root(covariance)
    np.testing.assert_allclose(root, root.T, atol=1e-12)
    np.testing.assert_allclose(root @ root, covariance, atol=1e-12)


def test_weights_are_repetitions() -> None:
    rng = np.random.default_rng(5)
    x, y = rng.standard_normal((12, 4)), rng.standard_normal((9, 4)) + 1
    counts = np.array([0, 3, 1, 1, 0, 2, 1, 1, 1, 1, 0, 1])
    assert frechet.frechet_distance(x, y, counts) == pytest.approx(
        frechet.frechet_distance(np.repeat(x, counts, axis=0), y)
    )


def test_extrapolation_recovers_the_limit() -> None:
    rng = np.random.default_rng(6)
    size, shift = 24, 0.5
    limit = size * shift**2
    plain, extrapolated = [], []
    for _ in range(10):  # one draw of 200 clips is 0.5 off by chance
        x = embeddings(rng.standard_normal((200, size)))
        y = embeddings(rng.standard_normal((200, size)) + shift)
        plain.append(frechet.fad(x, y).value or 0.0)
        extrapolated.append(frechet.fad_infinity(x, y, seed=0).value or 0.0)
    assert np.mean(plain) > 1.05 * limit
    assert np.mean(extrapolated) == pytest.approx(limit, rel=0.05)
    assert frechet.fad_infinity(x, y, seed=0).value == extrapolated[-1]


def test_too_few_clips_are_told() -> None:
    one, many = embeddings(np.zeros((1, 4))), embeddings(np.random.default_rng(7).standard_normal((15, 4)))
    taken = frechet.fad(one, many)
    assert taken.value is None
    assert "1 generated and 15 reference" in str(taken.reason)
    assert "at least 16" in str(frechet.fad_infinity(many, many, 0).reason)
    with pytest.raises(ValueError, match="two points"):
        frechet.frechet_distance(one.clip_means, many.clip_means)
