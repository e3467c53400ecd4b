import numpy as np
import pytest

from wavegan_src.dsp.arrays import Floats
from wavegan_src.evaluation.measures.two_sample import kernel_ridge as k


def naive_scores(generated: Floats, real: Floats, held_out: Floats) -> Floats:
    """The minimum of the weighted squared error plus the ridge, by its normal equations, one entry at a time."""
    known = np.concatenate([generated, real])
    centre, spread = known.mean(0), known.std(0) + 1e-3
    known, asked = (known - centre) / spread, (held_out - centre) / spread
    width = k.WIDTH * np.mean([[((one - other) ** 2).sum() for other in known] for one in known])
    kernel = np.exp([[-((one - other) ** 2).sum() / width for other in known] for one in known])
    targets = np.r_[np.ones(len(generated)), -np.ones(len(real))]
    weights = np.r_[np.full(len(generated), 0.5 / len(generated)), np.full(len(real), 0.5 / len(real))] * len(known)
    # W (K a - y) + ridge a = 0
    a = np.linalg.solve(np.diag(weights) @ kernel + k.RIDGE * np.eye(len(known)), weights * targets)
    return np.array([[np.exp(-((one - other) ** 2).sum() / width) for other in known] for one in asked]) @ a


def test_is_the_minimum_of_what_it_minimises() -> None:
    rng = np.random.default_rng(0)
    ours, theirs, asked = rng.normal(0.5, 1, (12, 3)), rng.normal(0, 1, (9, 3)), rng.normal(0, 1, (7, 3))
    assert k.kernel_ridge_scores(ours, theirs, asked) == pytest.approx(naive_scores(ours, theirs, asked))


@pytest.mark.parametrize("difference", ["mean", "spread", "correlation"])
def test_finds_a_difference_of_any_kind(difference: str) -> None:
    rng = np.random.default_rng(1)
    ours, theirs = rng.standard_normal((2, 200, 4))
    if difference == "mean":
        ours[:, 1] += 2
    elif difference == "spread":
        ours[:, 1] *= 4
    else:
        ours[:, 1] = ours[:, 0] + 0.2 * ours[:, 1]
        theirs[:, 1] = -theirs[:, 0] + 0.2 * theirs[:, 1]
    scores = k.kernel_ridge_scores(ours[:100], theirs[:100], np.concatenate([ours[100:], theirs[100:]]))
    assert (scores[:100, None] > scores[100:]).mean() > 0.75


def test_features_that_never_change_and_outliers_do_no_harm() -> None:
    rng = np.random.default_rng(2)
    ours, theirs = rng.standard_normal((2, 50, 2))
    ours[:, 1] = theirs[:, 1] = 7.0
    ours[0, 0] = 1e12
    scores = k.kernel_ridge_scores(ours[:40], theirs[:40], np.concatenate([ours[40:], theirs[40:]]))
    assert np.isfinite(scores).all()
    same = k.kernel_ridge_scores(np.ones((5, 2)), np.ones((5, 2)), np.ones((3, 2)))
    assert same == pytest.approx(0)


def test_more_clips_of_one_side_do_not_shift_the_scores() -> None:
    rng = np.random.default_rng(3)
    ours, theirs = rng.normal(1, 1, (60, 2)), rng.normal(-1, 1, (15, 2))
    scores = k.kernel_ridge_scores(ours, theirs, np.zeros((1, 2)))
    assert abs(scores[0]) < 0.25
