import numpy as np

from benchmarks.control import RAMP, curves


def test_the_curves_are_those_that_are_promised() -> None:
    found = curves()
    ramp, _ = found["ramps"]
    assert np.abs(np.diff(ramp.rpm) / np.diff(ramp.times)).tolist() == [RAMP, RAMP]
    for curve, steps in found.values():
        assert curve.rpm.min() >= 700
        assert curve.rpm.max() <= 6500
        jumps = np.abs(np.diff(curve.rpm) / np.diff(curve.times)) > 10 * RAMP
        assert int(jumps.sum()) == (len(steps) if len(steps) > 1 else 0)
