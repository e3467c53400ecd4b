"""A classifier of features: kernel ridge regression, in closed form, so that it needs no luck and hardly any time."""

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from wavegan_src.dsp.arrays import Floats

RIDGE = 0.1
WIDTH = 0.5  # of the kernel, in mean squared distances between training clips
_FARTHEST = 5.0  # deviations from the mean: an outlier beyond counts as one there
_SPREAD = 1e-3  # added to deviations, so that what hardly varies is not blown up


def kernel_ridge_scores(generated: Floats, real: Floats, held_out: Floats) -> Floats:
    """Scores of held-out clips, (k,), higher for those that look generated, from features (n, d), (m, d) and (k, d).

    Columns are standardised by the training clips. The kernel is Gaussian. Targets are 1 and -1, and both sides weigh
    the same, however many clips they have (Saunders, Gammerman and Vovk 1998).
    """
    known = np.concatenate([generated, real])
    centre, spread = known.mean(axis=0), known.std(axis=0) + _SPREAD
    known, asked = (np.clip((rows - centre) / spread, -_FARTHEST, _FARTHEST) for rows in (known, held_out))
    squares = _squares(known, known)
    width = WIDTH * max(float(squares.mean()), _SPREAD)
    targets = np.concatenate([np.ones(len(generated)), -np.ones(len(real))])
    weights = np.where(targets > 0, len(known) / (2 * len(generated)), len(known) / (2 * len(real)))
    kernel = np.exp(-squares / width)
    kernel[np.diag_indices_from(kernel)] += RIDGE / weights
    weighed = cho_solve(cho_factor(kernel, lower=True), targets)
    return np.asarray(np.exp(-_squares(asked, known) / width) @ weighed)


def _squares(rows: Floats, others: Floats) -> Floats:
    """Squared distances, (rows, others), by one product of matrices."""
    norms = np.square(rows).sum(axis=1)[:, None] + np.square(others).sum(axis=1)
    return np.asarray(np.maximum(norms - 2 * rows @ others.T, 0.0))
