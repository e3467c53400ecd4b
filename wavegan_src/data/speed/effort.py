"""How hard an engine works, from its level: how much louder than usual it is at its speed, within one recording.

Levels are averaged over about a cycle, as what differs from stroke to stroke is no effort; and a sound's ends, where
recorders leave silence and clicks, count as what is next to them.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import convolve1d

from wavegan_src.dsp.arrays import Floats, Indices

DB_PER_OCTAVE_RANGE = (0.0, 20.0)  # by which engines grow louder with speed; a fit beyond it is chance
FEWEST_POINTS = 20  # for a fit of the level over speed
LOUDEST_DB = 6.0  # above the usual, at which the effort is near 1
STEADYING_S = 0.15  # half the width of the triangle that levels are averaged by: about a cycle of an idling engine
FAINTEST_POWER = 1e-8  # of full scale, -80 dB, so that silence has a level
LEAST_SWING = 0.2  # octaves between slow and fast, below which a recording says nothing of level over speed


def levels_between(samples: NDArray[np.floating], starts: Indices, ends: Indices) -> Floats:
    """Levels in dB, (stretches,), of the stretches of a sound (time,) in full scale from `starts` up to `ends`."""
    energy = np.concatenate([[0.0], np.cumsum(samples.astype(np.float64) ** 2)])
    return np.asarray(10 * np.log10((energy[ends] - energy[starts]) / np.maximum(ends - starts, 1) + FAINTEST_POWER))


def efforts(levels: Floats, speeds: Floats, apart_s: float, ends: int) -> Floats:
    """Effort from 0 to 1 of one recording's sounds, (sounds, points); 0.5 is the usual level at that speed.

    Args:
        levels: dB at any reference, (sounds, points).
        speeds: log2 of the working cycles per second, (sounds, points).
        apart_s: seconds from point to point.
        ends: how many points at either end of a sound are left out, and get the effort of the nearest one inside.
    """
    inside = slice(ends, levels.shape[1] - ends)
    steady = steadied(levels[:, inside], apart_s), steadied(speeds[:, inside], apart_s)
    found = effort(steady[0].ravel(), steady[1].ravel()).reshape(steady[0].shape)
    return np.pad(found, ((0, 0), (ends, ends)), mode="edge")


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


def steadied(values: Floats, apart_s: float) -> Floats:
    """Values (…, points), `apart_s` seconds from point to point, averaged over about a cycle."""
    count = max(1, round(STEADYING_S / apart_s))
    weights = np.convolve(np.ones(count), np.ones(count)) / count**2
    found: Floats = convolve1d(values, weights, axis=-1, mode="mirror")
    return found
