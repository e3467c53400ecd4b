import numpy as np
import pytest

from tests.support.driving import RATE
from wavegan_src.generation.driving.driver import Driver
from wavegan_src.generation.game_audio.bank.limiter import BOUNCES, DEPTH, limiter_curve, make_limiter


def test_the_speed_bounces_below_the_limit_and_the_ignition_with_it() -> None:
    swing, load = (curve.numpy() for curve in limiter_curve())
    speed = np.exp2(swing)
    assert speed.max() <= 1
    assert speed.min() == pytest.approx(1 - DEPTH, abs=1e-6)
    assert np.abs(np.diff(np.append(speed, speed[0]))).max() < DEPTH / 10, "no jump, also over the seam"
    assert np.sum(np.diff(np.append(load, load[0])) > 0) == BOUNCES
    rises = np.diff(np.append(speed, speed[0])) > 0
    assert np.mean(rises == (load > 0)) > 0.95


def test_its_mean_speed_is_whole_cycles_below_the_limit(driver: Driver) -> None:
    loop = make_limiter(driver, 3600.0, 17, RATE)
    assert loop.rpm == pytest.approx(loop.plan.cycles * 120 / (len(loop.samples) / RATE))
    assert 3600 * (1 - DEPTH) < loop.rpm <= 3600 * (1 - DEPTH / 2) + 1
    assert np.sqrt(np.mean(loop.samples**2)) <= 0.1001
