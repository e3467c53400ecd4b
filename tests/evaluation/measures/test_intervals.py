import numpy as np

from tests.support.embeddings import embeddings
from wavegan_src.evaluation.measures import intervals as i
from wavegan_src.evaluation.measures.density import density_coverage, memorisation
from wavegan_src.evaluation.measures.fad import fad
from wavegan_src.evaluation.measures.kad import kad
from wavegan_src.evaluation.measures.measurement import Interval, Measurement


def holds(interval: Interval | None, taken: Measurement) -> bool:
    return interval is not None and taken.value is not None and interval.low < taken.value < interval.high


def test_every_interval_holds_its_value() -> None:
    rng = np.random.default_rng(0)
    x, y = embeddings(rng.standard_normal((40, 6)) + 0.4), embeddings(rng.standard_normal((40, 6)))
    assert holds(i.fad_interval(x, y, seed=0), fad(x, y))
    assert holds(i.kad_interval(x, y, seed=0), kad(x, y))
    density, coverage = density_coverage(x.clip_means, y.clip_means)
    assert holds(i.coverage_interval(x.clip_means, y.clip_means, seed=0), coverage)
    assert holds(i.interval_of_clips(density, seed=0), density)
    ratio, _ = memorisation(x.clip_means, y.clip_means, rng.standard_normal((30, 6)))
    assert holds(i.interval_of_clips(ratio, seed=0), ratio)


def test_what_has_no_value_has_no_interval() -> None:
    one, few = embeddings(np.zeros((1, 3))), embeddings(np.random.default_rng(1).standard_normal((4, 3)))
    assert i.fad_interval(one, few, seed=0) is None
    assert i.kad_interval(one, few, seed=0) is None
    assert i.coverage_interval(one.clip_means, few.clip_means, seed=0) is None
    assert i.interval_of_clips(Measurement.absent("stoi", "no clips"), seed=0) is None


def test_tiny_sets_give_an_interval_or_none_but_never_nan() -> None:
    x, y = embeddings(np.random.default_rng(2).standard_normal((2, 3))), embeddings(np.eye(3))
    interval = i.kad_interval(x, y, seed=0)
    assert interval is None or np.isfinite([interval.low, interval.high]).all()
