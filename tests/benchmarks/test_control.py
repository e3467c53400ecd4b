import numpy as np

from benchmarks.control import RAMP, curves


def test_the_curves_are_those_that_are_promised() -> None:
    found = curves()
    ramp, _ = found["ramps"]
    assert np.abs(np.diff(ramp.rpm) / np.diff(ramp.times)).tolist() == [RAMP, RAMP]
    for curve, corners in found.values():
        assert curve.rpm.min() >= 700
        assert curve.rpm.max() <= 6500
        jumps = np.abs(np.diff(curve.rpm) / np.diff(curve.times)) > 10 * RAMP
        assert {curve.times[0], curve.times[-1]} <= set(corners)
        assert set(curve.times[1:][jumps]) <= set(corners)
