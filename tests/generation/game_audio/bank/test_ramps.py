import numpy as np
import pytest

from tests.support.driving import RATE
from wavegan_src.generation.game_audio.bank.contents import Bank
from wavegan_src.generation.game_audio.bank.ramps import ramp_curve


def test_ramps_go_up_with_load_and_down_without(bank: Bank) -> None:
    up, down = bank.ramps
    assert (up.name, down.name) == ("v8_ext_on_ramp", "v8_ext_off_ramp")
    assert up.curve.rpm.tolist() == [1200, 6000]
    assert down.curve.rpm.tolist() == [6000, 1200]
    assert up.curve.load is not None
    assert up.curve.load.tolist() == [1, 1]
    for ramp in bank.ramps:
        assert len(ramp.samples) == round(ramp.curve.seconds * RATE)
        assert ramp.extrapolated
    peak = max(np.abs(ramp.samples).max() for ramp in bank.ramps)
    assert 20 * np.log10(peak) == pytest.approx(-1, abs=0.1)
    assert up.gain_db == down.gain_db, "the levels of one belong to those of the other"


def test_a_curve_is_what_it_says() -> None:
    assert ramp_curve(800, 4000, 1.0).at(np.array([0.0, 5.0]))[0].tolist() == [800, 2400]
    assert ramp_curve(800, 4000, 0.0).at(np.array([0.0, 4.0]))[0].tolist() == [4000, 2400]
