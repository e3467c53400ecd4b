"""The area under the ROC curve by pairs of clips, and its interval over recordings."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wavegan_src.dsp.arrays import Floats, Indices
from wavegan_src.evaluation.measures.bootstrap import Counts, Sides, bootstrap
from wavegan_src.evaluation.measures.measurement import Interval


@dataclass(frozen=True)
class Pairs:
    """Which of two clips a classifier takes for the generated one, in all pairs that it was not trained on.

    Attributes:
        won: 1 where the generated clip scores higher, ½ where both score alike, else 0; (generated, real).
        counted: whether one classifier scored both, and had seen neither; (generated, real).
    """

    won: Floats
    counted: NDArray[np.bool_]

    @property
    def auc(self) -> float:
        """The share of pairs in which the generated clip is recognised: 0.5 is chance, 1 always."""
        return float(self.won[self.counted].mean())


def compare_scores(generated: Floats, real: Floats, generated_folds: Indices, real_folds: Indices) -> Pairs:
    """All pairs within a fold, from the scores of held-out clips, (n,) and (m,), and the folds that held them out.

    Scores of different folds come from different classifiers and are not compared.
    """
    higher = (generated[:, None] > real[None]) + 0.5 * (generated[:, None] == real[None])
    return Pairs(higher, generated_folds[:, None] == real_folds[None])


def auc_interval(pairs: Pairs, sides: Sides, *, seed: int) -> Interval | None:
    """The bootstrap interval of `pairs.auc` over recordings, or None where there are too few of them.

    The classifiers stay as they are: it is about other clips to try them on, not about other clips to train them on.
    """
    won, counted = pairs.won * pairs.counted, pairs.counted.astype(np.float64)

    def drawn(generated: Counts, real: Counts) -> float:
        total = float(generated @ counted @ real)
        return float(generated @ won @ real) / total if total else float("nan")

    return bootstrap(drawn, pairs.auc, sides.generated, sides.reference, seed=seed, least=0.0, most=1.0)
