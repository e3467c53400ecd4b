"""The clips that a listener should hear first: the most and the least like real ones."""

import numpy as np
from scipy.spatial.distance import cdist

from wavegan_src.evaluation.balance import Balanced
from wavegan_src.evaluation.clip_set import ClipSet
from wavegan_src.evaluation.embeddings import embed_yamnet
from wavegan_src.evaluation.manifold import NEIGHBOURS, nearest
from wavegan_src.evaluation.measurement import Floats, Indices
from wavegan_src.evaluation.result import ClipView

VIEWED = 4


def best_and_worst(
    balanced: Balanced, generated: ClipSet, reference: ClipSet, known: ClipSet, viewed: int = VIEWED
) -> tuple[list[ClipView], list[ClipView]]:
    """The most and the least like real ones first, `viewed` of each; no clip is in both lists.

    Ranked by the mean YAMNet distance to the nearest reference clips. Beside each lies the training (or, without a
    training set, real) clip of which it would be a copy if it were one.
    """
    ranks = ranking(generated.embeddings.clip_means, reference.embeddings.clip_means)
    viewed = min(viewed, len(ranks) // 2)
    chosen = np.concatenate([ranks[:viewed], ranks[::-1][:viewed]])
    partners = nearest(generated.copy_profile[chosen], known.copy_profile).indices
    heard = embed_yamnet(known.clips[partners], known.rate).clip_means
    distances = np.linalg.norm(generated.embeddings.clip_means[chosen] - heard, axis=1)
    source = balanced.held_out if balanced.training is None else balanced.training
    views = [
        ClipView(
            balanced.generated.names[index],
            balanced.generated.clips[index],
            source.names[partner],
            source.clips[partner],
            float(distance),
        )
        for index, partner, distance in zip(chosen, partners, distances, strict=True)
    ]
    return views[:viewed], views[viewed:]


def ranking(generated: Floats, reference: Floats) -> Indices:
    """Positions of generated clips, (n,), those nearest to their nearest reference clips first."""
    neighbours = min(NEIGHBOURS, len(reference))
    near = np.sort(cdist(generated, reference), axis=1)[:, :neighbours].mean(axis=1)
    return np.argsort(near, kind="stable").astype(np.int64)
