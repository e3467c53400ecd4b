import numpy as np
import pytest
from scipy.signal import resample_poly
from scipy.stats import wasserstein_distance

from tests.support.sounds import RATE, engines
from wavegan_src.dsp.clips import rms
from wavegan_src.dsp.engine_features import EngineDescriptors, describe
from wavegan_src.evaluation.anchors import mean_power, shaped_noise, white_noise
from wavegan_src.evaluation.measures import engine as d


@pytest.fixture(scope="module")
def sets() -> dict[str, EngineDescriptors]:
    """A reference, and sets that are ever less like it."""
    rng = np.random.default_rng(0)
    reference, held_out = engines(12, seed=1), engines(12, seed=2)
    levels = rms(held_out)
    made = {
        "reference": reference,
        "held out": held_out,
        "shifted": np.roll(held_out, 4000, axis=1),
        "pitch x 1.25": resample_poly(np.tile(held_out, 2), 4, 5, axis=1)[:, : 2 * RATE].astype(np.float32),
        "shaped noise": shaped_noise(mean_power(reference), 2 * RATE, levels, rng),
        "white noise": white_noise(2 * RATE, levels, rng),
    }
    return {name: describe(clips, RATE, workers=1) for name, clips in made.items()}


@pytest.mark.parametrize("measure", ["order_spectrum", "modulation"])
def test_ranks_sets_by_their_likeness(measure: str, sets: dict[str, EngineDescriptors]) -> None:
    values = {
        name: d.engine_distance(measure, described, sets["reference"]).value or 0.0 for name, described in sets.items()
    }
    assert values["reference"] == 0
    assert values["held out"] > 0
    # A shift in time leaves the distributions as they are.
    assert values["shifted"] == pytest.approx(values["held out"], rel=0.15)
    # Orders go with the firing rate: another pitch hardly changes them.
    assert values["pitch x 1.25"] > 0.95 * max(values["held out"], values["shifted"])
    assert 1.5 * values["pitch x 1.25"] < min(values["shaped noise"], values["white noise"])


def test_firing_rate_is_in_octaves(sets: dict[str, EngineDescriptors]) -> None:
    pitched = d.engine_distance("firing_rate", sets["pitch x 1.25"], sets["held out"])
    assert pitched.value == pytest.approx(np.log2(1.25), abs=0.1)


def test_clips_in_which_the_speed_is_not_tracked_with_confidence_are_told(sets: dict[str, EngineDescriptors]) -> None:
    taken = d.engine_distance("firing_rate", sets["white noise"], sets["reference"])
    assert taken.doubts == {"generated": len(sets["white noise"].tracked)}
    assert taken.doubt == f"order tracking is not confident of the speed in {taken.n} generated clips"
    assert taken.n == len(sets["white noise"].tracked)  # measured all the same
    assert not d.engine_distance("firing_rate", sets["held out"], sets["reference"]).doubts
    assert not d.engine_distance("modulation", sets["white noise"], sets["reference"]).doubts  # needs no speed


def test_equals_scipy_column_by_column() -> None:
    rng = np.random.default_rng(3)
    x, y, z = rng.standard_normal((9, 4)), rng.standard_normal((9, 4)), rng.standard_normal((5, 4))
    for other in (y, z):
        expected = np.mean([wasserstein_distance(x[:, column], other[:, column]) for column in range(4)])
        assert d.mean_wasserstein(x, other) == pytest.approx(expected)
    counts = np.array([0, 2, 1, 1, 1, 0, 1, 2, 1])
    assert d.mean_wasserstein(x, z, counts, np.ones(5, int)) == pytest.approx(
        d.mean_wasserstein(np.repeat(x, counts, axis=0), z)
    )


@pytest.mark.parametrize("measure", d.ENGINE_MEASURES)
def test_the_interval_holds_the_value(measure: str, sets: dict[str, EngineDescriptors]) -> None:
    taken = d.engine_distance(measure, sets["held out"], sets["reference"])
    interval = d.engine_interval(measure, sets["held out"], sets["reference"], seed=0, replicates=40)
    assert interval is not None
    assert taken.value is not None
    assert interval.low < taken.value < interval.high
    assert interval == d.engine_interval(measure, sets["held out"], sets["reference"], seed=0, replicates=40)


def test_clips_without_rhythm_are_counted(sets: dict[str, EngineDescriptors]) -> None:
    click = np.zeros((3, 2 * RATE), dtype=np.float32)
    click[:, RATE] = 0.5
    described = describe(click, RATE)
    taken = d.engine_distance("order_spectrum", described, sets["reference"])
    assert taken.value is None
    assert taken.failures == {d.NO_RHYTHM: 3}
    assert "there are 0 generated" in str(taken.reason)
    assert d.engine_interval("order_spectrum", described, sets["reference"], seed=0) is None
    assert d.engine_distance("long_term_spectrum", described, sets["reference"]).value is not None
