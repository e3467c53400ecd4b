"""How hard an engine works, from its level: how much louder than usual it is at its speed, within one recording."""

import numpy as np
from scipy.ndimage import convolve1d

from wavegan_src.dsp.arrays import Floats

DB_PER_OCTAVE_RANGE = (0.0, 20.0)  # by which engines grow louder with speed; a fit beyond it is chance
FEWEST_POINTS = 20  # for a fit of the level over speed
LOUDEST_DB = 6.0  # above the usual, at which the effort is near 1
STEADYING_S = 0.15  # half of the weights' reach: about a cycle of an idling engine
LEAST_SWING = 0.2  # octaves between slow and fast, below which a recording says nothing of level over speed


def effort(levels: Floats, speeds: Floats) -> Floats:
    """Effort from 0 to 1, (points,), of a recording's points; 0.5 is the usual level at that speed.

    Args:
        levels: dB, (points,), at any reference.
        speeds: log2 of the working cycles per second, (points,).
    """
    slope = 0.0
    if len(speeds) >= FEWEST_POINTS and np.ptp(speeds) > LEAST_SWING:
        spread = speeds - speeds.mean()
        slope = float(np.clip((spread * levels).sum() / (spread * spread).sum(), *DB_PER_OCTAVE_RANGE))
    above = levels - slope * speeds
    return np.asarray(0.5 + 0.5 * np.tanh((above - np.median(above)) / LOUDEST_DB))


def steadied(levels: Floats, apart_s: float) -> Floats:
    """Levels (…, points) that are `apart_s` seconds apart, without what differs from stroke to stroke: no effort."""
    count = max(1, round(STEADYING_S / apart_s))
    weights = np.convolve(np.ones(count), np.ones(count)) / count**2
    found: Floats = convolve1d(levels, weights, axis=-1, mode="nearest")
    return found
