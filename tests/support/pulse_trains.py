"""Engines in closed form: one short burst at each firing, at exactly known times."""

import numpy as np
from scipy.signal import fftconvolve

from wavegan_src.dsp.arrays import Floats

RATE = 12000


def pulse_train(
    rpm: Floats,
    firing: tuple[float, ...],
    levels: tuple[float, ...] | None = None,
    *,
    strokes: int = 4,
    noise: float = 0.02,
    seed: int = 0,
) -> Floats:
    """A burst of noise-free sound at each firing, and white noise: (time,) at `RATE`.

    rpm: of the crank at each sample, (time,); firing: when each cylinder fires, in cycles; levels: of its bursts.
    """
    rng = np.random.default_rng(seed)
    cycles = np.cumsum(rpm / (30 * strokes)) / RATE
    events = np.concatenate([np.arange(1, int(cycles[-1])) + phase for phase in firing])
    heights = np.repeat(levels or (1.0,) * len(firing), max(int(cycles[-1]) - 1, 0))
    places = np.interp(events, cycles, np.arange(len(rpm)))
    whole = np.minimum(places.astype(int), len(rpm) - 2)
    train = np.zeros(len(rpm))
    np.add.at(train, whole, heights * (1 - (places - whole)))
    np.add.at(train, whole + 1, heights * (places - whole))
    t = np.arange(int(0.04 * RATE)) / RATE
    burst = np.exp(-t / 0.004) * np.sin(2 * np.pi * 170 * t)
    sound = fftconvolve(train, burst)[: len(rpm)]
    return np.asarray(sound + noise * sound.std() * rng.standard_normal(len(rpm)))


def evenly(cylinders: int) -> tuple[float, ...]:
    """Even firing."""
    return tuple(np.arange(cylinders) / cylinders)


def steady(rpm: float, seconds: float = 2.0) -> Floats:
    """A constant speed, (time,)."""
    return np.full(int(seconds * RATE), rpm)


def ramp(low: float, high: float, seconds: float = 3.0) -> Floats:
    """A speed that rises by the same factor in equal times, (time,)."""
    return np.geomspace(low, high, int(seconds * RATE))
