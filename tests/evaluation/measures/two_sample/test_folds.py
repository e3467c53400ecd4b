from hypothesis import given
from hypothesis import strategies as st

from wavegan_src.evaluation.measures.two_sample.folds import FOLDS, split_folds

LABELS = st.lists(st.integers(0, 12).map(str), min_size=1, max_size=60)


@given(LABELS, LABELS, st.integers(0, 5))
def test_a_recording_is_never_in_two_folds_on_whichever_side(ours: list[str], theirs: list[str], seed: int) -> None:
    our_folds, their_folds = split_folds(ours, theirs, seed=seed)
    where: dict[str, set[int]] = {}
    for labels, folds in ((ours, our_folds), (theirs, their_folds)):
        assert len(labels) == len(folds)
        for label, fold in zip(labels, folds, strict=True):
            where.setdefault(label, set()).add(int(fold))
    assert all(len(folds) == 1 for folds in where.values())


def test_both_sides_are_spread_evenly() -> None:
    ours, theirs = [f"clip {index}" for index in range(42)], [f"recording {index // 3}" for index in range(36)]
    our_folds, their_folds = split_folds(ours, theirs, seed=0)
    assert sorted((our_folds == fold).sum() for fold in range(FOLDS)) == [10, 10, 11, 11]
    assert [(their_folds == fold).sum() for fold in range(FOLDS)] == [9, 9, 9, 9]


def test_every_fold_has_a_recording_however_unequal_they_are() -> None:
    labels = ["long"] * 50 + ["a", "b", "c"]
    assert set(split_folds(range(20), labels, seed=3)[1]) == set(range(FOLDS))


def test_is_seeded() -> None:
    one, same, other = (split_folds(range(30), list("abcdefghij"), seed=seed)[1].tolist() for seed in (1, 1, 2))
    assert one == same != other
