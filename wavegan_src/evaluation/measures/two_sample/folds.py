"""Folds of clips for cross-validation: all clips of a recording are in one, on whichever side they are."""

from collections.abc import Hashable, Sequence

import numpy as np

from wavegan_src.dsp.arrays import Indices

FOLDS = 4


def split_folds(
    generated: Sequence[Hashable], real: Sequence[Hashable], folds: int = FOLDS, *, seed: int
) -> tuple[Indices, Indices]:
    """The fold of each clip, (n,) and (m,), from the recording of each.

    The largest recordings are placed first, each in the fold that has the fewest clips of its side; equally large ones
    in random order.
    """
    count: dict[Hashable, list[int]] = {}
    for side, labels in enumerate((generated, real)):
        for label in labels:
            count.setdefault(label, [0, 0])[side] += 1
    names = list(count)
    order = np.random.default_rng(seed).permutation(len(names))
    loads = np.zeros((folds, 2))
    placed: dict[Hashable, int] = {}
    for index in sorted(order, key=lambda index: -sum(count[names[index]])):
        clips = np.array(count[names[index]])
        fold = int(np.argmin(loads @ clips))
        loads[fold] += clips
        placed[names[index]] = fold
    return (
        np.array([placed[label] for label in generated], dtype=np.int64),
        np.array([placed[label] for label in real], dtype=np.int64),
    )
