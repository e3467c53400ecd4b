import numpy as np

from tests.support.embeddings import embeddings
from wavegan_src.evaluation.measures import intervals as i
from wavegan_src.evaluation.measures.bootstrap import Sides
from wavegan_src.evaluation.measures.density import density_coverage, memorisation_of_distances
from wavegan_src.evaluation.measures.embeddings import Embeddings
from wavegan_src.evaluation.measures.fad import fad, fad_infinity
from wavegan_src.evaluation.measures.kad import kad
from wavegan_src.evaluation.measures.measurement import Interval, Measurement


def holds(interval: Interval | None, taken: Measurement) -> bool:
    return interval is not None and taken.value is not None and interval.low < taken.value <= interval.high


def test_every_interval_holds_its_value() -> None:
    rng = np.random.default_rng(0)
    x, y = embeddings(rng.standard_normal((40, 6)) + 0.4), embeddings(rng.standard_normal((40, 6)))
    assert holds(i.fad_interval(x, y, seed=0), fad(x, y))
    assert holds(i.fad_infinity_interval(x, y, seed=0), fad_infinity(x, y, 0))
    assert holds(i.kad_interval(x, y, seed=0), kad(x, y))
    density, coverage = density_coverage(x.clip_means, y.clip_means)
    assert holds(i.density_interval(x.clip_means, y.clip_means, seed=0), density)
    assert holds(i.coverage_interval(x.clip_means, y.clip_means, seed=0), coverage)
    ours, theirs = rng.uniform(1, 2, 40), rng.uniform(1.01, 2, 40)
    ratio, copied = memorisation_of_distances(ours, theirs)
    assert holds(i.memorisation_interval(ours, theirs, seed=0), ratio)
    assert holds(i.copied_interval(ours, theirs, seed=0), copied)


def sets_of_recordings(rng: np.random.Generator) -> tuple[Embeddings, Embeddings, Sides]:
    """Two sets of clips from 10 recordings each, in which clips of one recording are all but copies."""
    recordings = np.repeat(np.arange(10), 6)
    x, y = (
        embeddings(rng.standard_normal((10, 4))[recordings] + 0.05 * rng.standard_normal((60, 4))) for _ in range(2)
    )
    return x, y, Sides(list(recordings), list(recordings))


def width(interval: Interval | None) -> float:
    assert interval is not None
    return interval.high - interval.low


def test_near_copies_do_not_make_intervals_narrow() -> None:
    x, y, sides = sets_of_recordings(np.random.default_rng(3))
    for interval in (i.fad_interval, i.kad_interval, i.fad_infinity_interval):
        assert width(interval(x, y, sides, seed=0)) > 1.3 * width(interval(x, y, seed=0)), interval
    for of_points in (i.density_interval, i.coverage_interval):
        by_recording, by_clip = (
            of_points(x.clip_means, y.clip_means, given, seed=0, neighbours=20) for given in (sides, None)
        )
        assert width(by_recording) > 1.3 * width(by_clip), of_points


def test_the_interval_over_recordings_is_as_wide_as_the_spread_of_new_recordings() -> None:
    rng = np.random.default_rng(4)
    scores = []
    for _ in range(60):
        x, y, _sides = sets_of_recordings(rng)
        scores.append(kad(x, y).value)
    x, y, sides = sets_of_recordings(rng)
    widths = [width(i.kad_interval(x, y, sides, seed=seed)) for seed in range(3)]
    assert 0.5 < np.mean(widths) / (3.92 * np.std(np.array(scores, dtype=np.float64))) < 2


def test_clips_without_a_value_leave_their_recordings_to_the_others() -> None:
    taken = Measurement.of_clips("stoi", [0.1, "silent", 0.3, 0.2, 0.4])
    by_recording = i.interval_of_clips(taken, ["a", "a", "b", "b", "c"], seed=0)
    assert by_recording is not None
    assert by_recording != i.interval_of_clips(taken, 5, seed=0)
    assert i.interval_of_clips(taken, ["a"] * 5, seed=0) == i.interval_of_clips(taken, seed=0)


def test_what_has_no_value_has_no_interval() -> None:
    one, few = embeddings(np.zeros((1, 3))), embeddings(np.random.default_rng(1).standard_normal((4, 3)))
    assert i.fad_interval(one, few, seed=0) is None
    assert i.kad_interval(one, few, seed=0) is None
    assert i.fad_infinity_interval(few, few, seed=0) is None
    assert i.density_interval(one.clip_means, few.clip_means, seed=0) is None
    assert i.memorisation_interval(np.empty(0), np.ones(2), seed=0) is None
    assert i.copied_interval(np.ones(2), np.empty(0), seed=0) is None
    assert i.coverage_interval(one.clip_means, few.clip_means, seed=0) is None
    assert i.interval_of_clips(Measurement.absent("stoi", "no clips"), seed=0) is None


def test_tiny_sets_give_an_interval_or_none_but_never_nan() -> None:
    x, y = embeddings(np.random.default_rng(2).standard_normal((2, 3))), embeddings(np.eye(3))
    interval = i.kad_interval(x, y, seed=0)
    assert interval is None or np.isfinite([interval.low, interval.high]).all()
