"""Points in place of what a network says of clips."""

import numpy as np

from wavegan_src.dsp.arrays import Floats
from wavegan_src.evaluation.measures.embeddings import Embeddings


def embeddings(points: Floats) -> Embeddings:
    """Points (clips, dimensions) as if a network had described clips by them."""
    return Embeddings(points.astype(np.float32)[:, None, :], np.empty((len(points), 0), dtype=np.float32), "test")
