"""The control of the two-sample test: what it makes of real clips against other real clips."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence

import numpy as np

from wavegan_src.dsp.arrays import Indices
from wavegan_src.evaluation.measures.measurement import Interval, Measurement
from wavegan_src.evaluation.measures.two_sample.comparison import NETWORKS, PREFIX, Verdict, all_keys, compare
from wavegan_src.evaluation.measures.two_sample.features import Described

SPLITS = 5  # one split's halves may differ by accident; networks, which take long, have one
BY_NETWORKS = tuple(f"{PREFIX}_{network}" for network in NETWORKS)


def control(
    real: Callable[[], Described],
    recordings: Sequence[Hashable],
    *,
    seed: int,
    keys: Sequence[str] | None = None,
    progress: Callable[[str], None] = lambda key: None,
) -> dict[str, tuple[Measurement, Interval | None]]:
    """Half of the real recordings against the other half: AUC and interval by key, the means of several random splits.

    Args:
        real: gives m clips as `features.describe` describes them.
        recordings: the recording of each, (m,).
        seed: of splits, folds and networks.
        keys: as `comparison.compare` takes them.
        progress: is called with each family that is done, once for each split.
    """
    keys = all_keys() if keys is None else keys
    found: dict[str, list[Verdict]] = defaultdict(list)
    for split in range(SPLITS):
        wanted = keys if split == 0 else [key for key in keys if key not in BY_NETWORKS]
        ours, theirs = halves(recordings, seed + split)
        verdicts = compare(
            lambda chosen=ours: real().take(chosen),  # type: ignore[misc]
            lambda chosen=theirs: real().take(chosen),  # type: ignore[misc]
            [recordings[index] for index in ours],
            [recordings[index] for index in theirs],
            seed=seed + split,
            keys=wanted,
            progress=progress,
        )
        for key, verdict in verdicts.items():
            found[key].append(verdict)
    return {key: _mean(found[key], seed) for key in keys}


def halves(recordings: Sequence[Hashable], seed: int) -> tuple[Indices, Indices]:
    """The positions of the clips of one half of the recordings, drawn at random, and of the others."""
    names = list(dict.fromkeys(recordings))
    order = np.random.default_rng(seed).permutation(len(names))
    chosen = {names[index] for index in order[: len(names) // 2]}
    inside = np.array([label in chosen for label in recordings], dtype=np.bool_)
    return np.flatnonzero(inside), np.flatnonzero(~inside)


def _mean(verdicts: Sequence[Verdict], seed: int) -> tuple[Measurement, Interval | None]:
    """The mean AUC of some splits, with the mean ends of their intervals; without a value if one has none."""
    first = verdicts[0].measurement
    values = [verdict.measurement.value for verdict in verdicts]
    if any(value is None for value in values):
        return next(verdict.measurement for verdict in verdicts if verdict.measurement.value is None), None
    taken = Measurement(first.measure, float(np.mean([value or 0.0 for value in values])), first.n, first.n_reference)
    intervals = [interval for verdict in verdicts if (interval := verdict.interval(seed)) is not None]
    if len(intervals) < len(verdicts):
        return taken, None
    low, high = (float(np.mean([getattr(one, end) for one in intervals])) for end in ("low", "high"))
    return taken, Interval(low, high, sum(one.replicates for one in intervals))
