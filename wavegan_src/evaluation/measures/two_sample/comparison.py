"""The whole two-sample test: classifiers learn on some recordings, and are tried on the others."""

import itertools
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from wavegan_src.dsp.arrays import F32, Floats, Indices
from wavegan_src.evaluation.measures.bootstrap import Sides
from wavegan_src.evaluation.measures.measurement import Interval, Measurement
from wavegan_src.evaluation.measures.two_sample.auc import Pairs, auc_interval, compare_scores
from wavegan_src.evaluation.measures.two_sample.features import FEATURES, Described
from wavegan_src.evaluation.measures.two_sample.folds import FOLDS, split_folds
from wavegan_src.evaluation.measures.two_sample.kernel_ridge import kernel_ridge_scores
from wavegan_src.evaluation.measures.two_sample.network import network_scores

PREFIX = "two_sample"
NETWORKS = ("mel_network", "fine_network")
FAMILIES = (*FEATURES, *NETWORKS)
MIN_CLIPS = 20  # on each side; with fewer nothing can be learnt
CHANCE = 0.5  # the AUC of a classifier that guesses
_LEAST_WEIGHT = 0.01
MIN_RECORDINGS = FOLDS  # on each side, so that every fold has one


@dataclass(frozen=True)
class Verdict:
    """How well one classifier tells the clips apart.

    Attributes:
        measurement: the AUC, of key `two_sample` for all families of features together, else `two_sample_FAMILY`; its
            `values` are the scores of the generated clips, higher where a clip looks generated.
        real: the scores of the real clips, (m,).
        pairs: what the AUC counts; None where it has no value.
        sides: the recordings of both.
    """

    measurement: Measurement
    sides: Sides
    real: Floats = field(default_factory=lambda: np.empty(0))
    pairs: Pairs | None = None

    def interval(self, seed: int) -> Interval | None:
        """The interval of the AUC over recordings; None where there is no value."""
        return None if self.pairs is None else auc_interval(self.pairs, self.sides, seed=seed)


@dataclass(frozen=True)
class Folded:
    """Both sets with the fold of each clip, (n,) and (m,)."""

    generated: Described
    real: Described
    generated_folds: Indices
    real_folds: Indices


def compare(
    generated: Callable[[], Described],
    real: Callable[[], Described],
    generated_recordings: Sequence[Hashable],
    real_recordings: Sequence[Hashable],
    *,
    seed: int,
    keys: Sequence[str] | None = None,
    progress: Callable[[str], None] = lambda key: None,
) -> dict[str, Verdict]:
    """Tell two sets of clips apart by each family, and by all families of features together.

    Each of four classifiers of a family is trained on three folds and scores the clips of the fourth, so that no clip
    is scored by a classifier that has heard its recording. The AUC is the share of pairs of a generated and a real clip
    of one fold in which the generated clip has the higher score. All families of features together are the mean of
    their scores, weighed by how well each does in the other folds.

    Args:
        generated: gives n clips as `features.describe` describes them; called only where they can be told apart.
        real: the same for m clips.
        generated_recordings: the recording of each clip, or where each is its own, its number; (n,).
        real_recordings: the same, (m,). A recording that is on both sides is in one fold.
        seed: of the folds and the networks.
        keys: `two_sample`, or `two_sample_FAMILY`; None for all.
        progress: is called with each family that is done.

    Returns:
        A verdict for each key.
    """
    keys = all_keys() if keys is None else keys
    sides = Sides(list(generated_recordings), list(real_recordings))
    reason = why_not(generated_recordings, real_recordings)
    if reason:
        counts = len(generated_recordings), len(real_recordings)
        return {key: Verdict(Measurement.absent(key, reason, *counts), sides) for key in keys}
    folded = Folded(generated(), real(), *split_folds(generated_recordings, real_recordings, seed=seed))
    wanted = [
        family for family in FAMILIES if f"{PREFIX}_{family}" in keys or (PREFIX in keys and family not in NETWORKS)
    ]
    scores: dict[str, tuple[Floats, Floats]] = {}
    for family in wanted:
        scores[f"{PREFIX}_{family}"] = score(family, folded, seed)
        progress(family)
    if PREFIX in keys:
        scores[PREFIX] = together({family: scores[f"{PREFIX}_{family}"] for family in FEATURES}, folded)
    return {key: _verdict(key, *scores[key], folded, sides) for key in keys}


def all_keys() -> tuple[str, ...]:
    """All keys of the test, all families together first."""
    return (PREFIX, *(f"{PREFIX}_{family}" for family in FAMILIES))


def why_not(generated_recordings: Sequence[Hashable], real_recordings: Sequence[Hashable]) -> str:
    """Why two sets cannot be told apart by this test; empty if they can."""
    for kind, labels in (("generated", generated_recordings), ("real", real_recordings)):
        if len(labels) < MIN_CLIPS:
            return f"needs {MIN_CLIPS} clips on each side, better 100, and there are {len(labels)} {kind} ones"
        if (count := len(set(labels))) < MIN_RECORDINGS:
            return f"needs {MIN_RECORDINGS} recordings on each side, better 20, and the {kind} clips come from {count}"
    return ""


def score(family: str, folded: Folded, seed: int) -> tuple[Floats, Floats]:
    """Scores of all clips, (n,) and (m,), by classifiers that have not heard them."""
    x, y = _given(folded.generated, family), _given(folded.real, family)
    ours, theirs = np.empty(len(x)), np.empty(len(y))
    for fold in range(FOLDS):
        out, out_real = folded.generated_folds == fold, folded.real_folds == fold
        held_out = np.concatenate([x[out], y[out_real]])
        if family in NETWORKS:
            found = network_scores(x[~out], y[~out_real], held_out, seed=seed)
        else:
            found = kernel_ridge_scores(x[~out], y[~out_real], held_out)
        ours[out], theirs[out_real] = np.split(found, [np.count_nonzero(out)])
    return ours, theirs


def together(scores: Mapping[str, tuple[Floats, Floats]], folded: Folded) -> tuple[Floats, Floats]:
    """Scores of all clips by several families of features, weighed by (AUC - ½)², found without the clip's own fold."""
    weights = np.array([np.maximum(inner_aucs(family, folded) - CHANCE, _LEAST_WEIGHT) ** 2 for family in scores])
    weights /= weights.sum(axis=0)
    ours, theirs = (np.array(side) for side in zip(*scores.values(), strict=True))
    return (
        (weights[:, folded.generated_folds] * ours).sum(axis=0),
        (weights[:, folded.real_folds] * theirs).sum(axis=0),
    )


def inner_aucs(family: str, folded: Folded) -> Floats:
    """For each fold, how well a family tells the other folds' clips apart by classifiers that have not heard that fold.

    A classifier that is trained on two folds says of the third what it is worth for the fourth, and the reverse.
    """
    x, y = folded.generated.families[family], folded.real.families[family]
    found = np.zeros(FOLDS)
    for pair in itertools.combinations(range(FOLDS), 2):
        out, out_real = (np.isin(folds, pair) for folds in (folded.generated_folds, folded.real_folds))
        scored = kernel_ridge_scores(x[~out], y[~out_real], np.concatenate([x[out], y[out_real]]))
        ours, theirs = np.split(scored, [np.count_nonzero(out)])
        our_folds, their_folds = folded.generated_folds[out], folded.real_folds[out_real]
        for fold, other in (pair, pair[::-1]):
            kept = our_folds == other, their_folds == other
            pairs = compare_scores(ours[kept[0]], theirs[kept[1]], our_folds[kept[0]], their_folds[kept[1]])
            found[fold] += pairs.auc / (FOLDS - 1)
    return found


def _given(described: Described, family: str) -> F32 | Floats:
    """What the classifiers of a family are given, (clips, ...)."""
    by_network: Mapping[str, F32] = {"mel_network": described.log_mel, "fine_network": described.fine}
    return by_network[family] if family in by_network else described.families[family]


def _verdict(key: str, ours: Floats, theirs: Floats, folded: Folded, sides: Sides) -> Verdict:
    pairs = compare_scores(ours, theirs, folded.generated_folds, folded.real_folds)
    indices = np.arange(len(ours), dtype=np.int64)
    measurement = Measurement(key, pairs.auc, len(ours), len(theirs), values=ours, indices=indices)
    return Verdict(measurement, sides, theirs, pairs)
