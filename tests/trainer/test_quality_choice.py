"""Which checkpoint is the best: the newest that the held-out recordings cannot tell from the lowest."""

from dataclasses import replace

import pytest

from tests.support.quality import quality
from wavegan_src.evaluation.measures.jackknife import Jackknife
from wavegan_src.run.state import Best, Lowest
from wavegan_src.trainer.quality import CheckpointQuality, choose, lowest_of, why_best


def measured(value: float | None, scatter: float | None = 1.0) -> CheckpointQuality:
    """A checkpoint; each of six recordings moves its measure by up to `scatter`, in its own way if None is given."""
    found = None
    if value is not None and scatter is not None:
        found = Jackknife(value, (value,) * 6, tuple(value + scatter * sign for sign in (1, -1, 1, -1, 1, -1)))
    return replace(quality(), measures={"kad": value}, primary="kad", left_out=found)


def run(*checkpoints: CheckpointQuality, lowest: Lowest | None = None) -> list[bool]:
    """Which checkpoints became the best, one after the other."""
    became = []
    for epoch, checkpoint in enumerate(checkpoints, 1):
        found = choose(epoch, checkpoint, lowest)
        became.append(found is not None)
        if found is not None and (lowest is None or found.value < lowest.value):
            lowest = lowest_of(found, checkpoint)
    return became


def test_a_lower_one_is_always_the_best() -> None:
    assert run(measured(5.0, 3.0), measured(4.9, 3.0), measured(4.8, None)) == [True] * 3


def test_a_later_one_is_the_best_unless_it_is_worse_beyond_doubt() -> None:
    first, near, far = measured(2.0, 0.0), measured(3.0, 1.0), measured(9.0, 1.0)
    assert run(first, near) == [True, True]
    assert run(first, far) == [True, False]


def test_the_lowest_stays_the_yardstick_however_slowly_it_gets_worse() -> None:
    creeping = [measured(2.0 + step, 0.5) for step in range(8)]
    became = run(measured(2.0, 0.0), *creeping)
    assert became[:3] == [True] * 3
    assert became[-3:] == [False] * 3


def test_without_an_interval_the_newest_is_the_best() -> None:
    assert run(measured(2.0, None), measured(60.0, None)) == [True, True]


def test_what_was_not_measured_is_not_the_best() -> None:
    assert run(measured(None), measured(3.0), measured(None)) == [False, True, False]


def test_a_run_from_before_intervals_is_compared_by_value_until_it_has_a_lower_one() -> None:
    before = Lowest(epoch=7, value=2.0)
    assert run(measured(2.1, 1.0), measured(1.9, 1.0), measured(2.1, 3.0), lowest=before) == [False, True, True]


def test_the_lowest_survives_its_checkpoint() -> None:
    best = Best(epoch=3, measure="kad", value=2.0)
    kept = lowest_of(best, measured(2.0))
    assert Lowest.model_validate(kept.model_dump()) == kept
    assert lowest_of(best, measured(2.0, None)) == Lowest(epoch=3, value=2.0)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (1.5, "lowest kad so far 1.5, from 2 in epoch 4"),
        (2.5, "kad 2.5, which validation cannot tell from the lowest, 2 in epoch 4"),
    ],
)
def test_why_it_is_the_best(value: float, words: str) -> None:
    best = Best(epoch=9, measure="kad", value=value)
    assert why_best(best, Lowest(epoch=4, value=2.0)) == words
    assert why_best(best, None) == f"lowest kad so far {value:g}"


def test_the_row_has_the_interval_of_the_primary_measure() -> None:
    row = measured(2.0).as_row()
    low, high = row["primary_low"], row["primary_high"]
    assert low is not None
    assert high is not None
    assert low < 2 < high
    assert high - 2 == pytest.approx(2 - low)
    assert measured(2.0, None).as_row()["primary_low"] is None
