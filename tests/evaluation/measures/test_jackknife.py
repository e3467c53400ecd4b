"""Against closed forms: of a mean, the jackknife's interval is Student's."""

import numpy as np
import pytest
from scipy import stats

from tests.support.embeddings import embeddings
from wavegan_src.dsp.arrays import Floats
from wavegan_src.evaluation.measures import jackknife as j
from wavegan_src.evaluation.measures.kad import kad

RNG = np.random.default_rng(0)


def mean_difference(x: Floats, y: Floats) -> j.Statistic:
    return lambda x_counts, y_counts: float(x_counts @ x / x_counts.sum() - y_counts @ y / y_counts.sum())


@pytest.mark.parametrize("recordings", [3, 5, 12])
def test_of_a_mean_over_recordings_it_is_students_interval(recordings: int) -> None:
    y = RNG.normal(size=recordings)
    still = np.zeros(recordings)
    found = j.leave_out(mean_difference(still, y), range(recordings), range(recordings))
    assert found is not None
    expected = stats.t.interval(0.95, recordings - 1, -y.mean(), stats.sem(y))
    assert found.interval == pytest.approx(expected)


def test_both_sides_add_to_the_variance_and_the_smaller_one_gives_the_quantile() -> None:
    x, y = RNG.normal(size=9), RNG.normal(size=4)
    found = j.leave_out(mean_difference(x, y), range(9), range(4))
    assert found is not None
    half = stats.t.ppf(0.975, 3) * np.hypot(stats.sem(x), stats.sem(y))
    assert found.interval == pytest.approx((x.mean() - y.mean() - half, x.mean() - y.mean() + half))


def test_windows_of_a_recording_are_left_out_together() -> None:
    y = RNG.normal(size=4)
    recordings = [name for name in "dabc" for _ in range(3)]
    found = j.leave_out(mean_difference(np.zeros(6), np.repeat(y, 3)), range(6), recordings)
    assert found is not None
    assert found.interval == pytest.approx(stats.t.interval(0.95, 3, -y.mean(), stats.sem(y)))


@pytest.mark.parametrize("recordings", [["a"] * 6, ["a", "a", "b", "b"], [], ["a"] * 9 + ["b"]])
def test_one_or_two_recordings_have_no_interval(recordings: list[str]) -> None:
    assert j.leave_out(lambda x, y: 1.0, range(9), recordings) is None
    assert j.leave_out(lambda x, y: 1.0, recordings, range(9)) is None


def test_nothing_is_left_without_two_clips() -> None:
    assert j.leave_out(lambda x, y: 1.0, range(3), ["a", "b", "c"]) is not None
    assert j.leave_out(lambda x, y: 1.0, range(2), ["a", "b", "c"]) is None


def test_many_recordings_share_sixteen_groups() -> None:
    found = j.leave_out(lambda x, y: float(y.sum()), range(3), range(64))
    assert found is not None
    assert found.without_reference == (60.0,) * 16


def test_a_difference_is_surer_than_its_scores_where_the_recordings_are_the_cause() -> None:
    hard = np.array([0.0, 5.0, 50.0, 80.0])  # what each recording adds to both scores
    still = np.zeros(8)

    def scored(offset: float) -> j.Jackknife:
        noise = 0.01 * RNG.normal(size=4)
        found = j.leave_out(mean_difference(still, -(hard + offset + noise)), range(8), range(4))
        assert found is not None
        return found

    lowest, above = scored(10.0), scored(11.0)
    assert above.interval[0] < lowest.value
    assert j.clearly_worse(above, lowest)
    assert not j.clearly_worse(lowest, lowest)
    assert not j.clearly_worse(lowest, above)


def test_scores_of_other_groups_are_compared_by_value() -> None:
    one, other = j.Jackknife(2.0, (1.0,) * 3, (1.0,) * 3), j.Jackknife(1.0, (9.0,) * 4, (9.0,) * 3)
    assert j.clearly_worse(one, other)
    assert not j.clearly_worse(other, one)


def test_kad_without_a_recording_is_kad_of_the_others() -> None:
    generated, reference = RNG.normal(size=(6, 4)), RNG.normal(size=(8, 4))
    recordings = ["a", "a", "b", "b", "c", "c", "d", "d"]
    found = j.kad_left_out(embeddings(generated), embeddings(reference), range(6), recordings)
    assert found is not None
    assert found.value == pytest.approx(kad(embeddings(generated), embeddings(reference)).value)
    assert (len(found.without_generated), len(found.without_reference)) == (6, 4)
    same = np.ones((8, 4))
    assert j.kad_left_out(embeddings(generated), embeddings(same), range(6), recordings) is None


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    """A difference of means, where recordings differ more than the clips of one."""
    held = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        lift = rng.normal(size=(6, 1))  # six recordings of four clips each
        y = np.repeat(lift, 4, axis=0) + 0.1 * rng.normal(size=(24, 1))
        x = 3 + rng.normal(size=(24, 1))
        found = j.leave_out(mean_difference(x[:, 0], y[:, 0]), range(24), [n for n in range(6) for _ in range(4)])
        assert found is not None
        low, high = found.interval
        held += low <= 3 <= high
    assert held >= 54
