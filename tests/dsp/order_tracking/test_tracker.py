import numpy as np
import pytest

from tests.support.pulse_trains import RATE, evenly, pulse_train, ramp, steady
from wavegan_src.dsp.arrays import Floats
from wavegan_src.dsp.order_tracking.engine import EngineLayout
from wavegan_src.dsp.order_tracking.tracker import SpeedTrack, track
from wavegan_src.utils.errors import UserError

FOUR_UNEQUAL = (1.0, 0.6, 0.8, 0.7)
CROSS_PLANE = (1.0, 0.5, 0.9, 0.7, 0.6, 1.0, 0.4, 0.8)


def errors(found: SpeedTrack, rpm: Floats) -> Floats:
    return np.abs(found.rpm / np.interp(found.times, np.arange(len(rpm)) / RATE, rpm) - 1)


@pytest.mark.parametrize(
    ("rpm", "layout", "firing", "levels"),
    [
        pytest.param(850.0, EngineLayout(4), evenly(4), FOUR_UNEQUAL, id="four"),
        pytest.param(850.0, EngineLayout(4), evenly(4), None, id="four-alike-no-half-orders"),
        pytest.param(1900.0, EngineLayout(8), evenly(8), CROSS_PLANE, id="v8"),
        pytest.param(2000.0, EngineLayout(6), evenly(6), None, id="six-alike"),
        pytest.param(4000.0, EngineLayout(1, 2), (0.0,), None, id="two-stroke"),
        pytest.param(1100.0, EngineLayout(2, 4, (315, 405)), (0.0, 315 / 720), None, id="v-twin"),
        pytest.param(620.0, EngineLayout(1), (0.0,), None, id="slow-single"),
    ],
)
def test_a_steady_engine(
    rpm: float, layout: EngineLayout, firing: tuple[float, ...], levels: tuple[float, ...] | None
) -> None:
    curve = steady(rpm)
    found = track(pulse_train(curve, firing, levels, strokes=layout.strokes), RATE, layout)
    assert np.median(errors(found, curve)) < 0.005
    assert (errors(found, curve) < 0.03).mean() > 0.9
    assert found.confident.mean() > 0.5


def test_a_ramp() -> None:
    curve = ramp(1000, 5000)
    found = track(pulse_train(curve, evenly(4), FOUR_UNEQUAL), RATE, EngineLayout(4))
    assert (errors(found, curve) < 0.03).mean() > 0.9
    assert np.median(errors(found, curve)) < 0.01


def test_noise_alone_gives_no_confidence() -> None:
    for seed in range(3):
        noise = np.random.default_rng(seed).standard_normal(2 * RATE)
        assert not track(noise, RATE).confident.any()


def test_silence_gives_no_confidence() -> None:
    assert not track(np.zeros(RATE), RATE, EngineLayout(4)).confident.any()


def test_an_unknown_engine_has_its_speed_among_the_likely_ones() -> None:
    curve = steady(900)
    found = track(pulse_train(curve, evenly(6)), RATE)
    likely = [np.median(each.rpm_per_hertz * found.spacing) for each in (found.readings[0], *found.alternatives)]
    assert min(abs(rpm / 900 - 1) for rpm in likely) < 0.01
    assert found.alternatives
    assert sum(each.probability for each in found.readings) == pytest.approx(1)


def test_level_and_rate_do_not_matter() -> None:
    sound = pulse_train(steady(1500, 1.0), evenly(4), FOUR_UNEQUAL)
    one, other = track(sound, RATE, EngineLayout(4)), track(1e-3 * sound, RATE, EngineLayout(4))
    np.testing.assert_allclose(one.rpm, other.rpm, rtol=1e-3)


@pytest.mark.parametrize(("sound", "says"), [(np.zeros(100), "needs 0.5 s"), (np.full(2 * RATE, np.nan), "not finite")])
def test_what_cannot_be_tracked_is_refused(sound: Floats, says: str) -> None:
    with pytest.raises(UserError, match=says):
        track(sound, RATE)
