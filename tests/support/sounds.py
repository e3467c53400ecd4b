"""Sounds with known properties for the tests of the measures."""

import numpy as np
from numpy.typing import NDArray

Clips = NDArray[np.float32]
RATE = 22050

# Cylinders and firing rates in Hz of steady engines, by kind.
KINDS: dict[str, tuple[tuple[int, ...], tuple[float, float]]] = {
    "single": ((1,), (9.0, 45.0)),
    "four": ((4,), (22.0, 110.0)),
    "six": ((6,), (26.0, 200.0)),
    "two-stroke": ((1, 2), (25.0, 180.0)),
}


def pulse_engine(
    firing_rate: float,
    rng: np.random.Generator,
    *,
    cylinders: int = 4,
    rate: int = RATE,
    seconds: float = 2.0,
    noise: float = 0.05,
) -> NDArray[np.float32]:
    """A steady engine: a train of decaying pulses, uneven by cylinder, through two resonances, with hiss."""
    length = round(seconds * rate)
    count = int(firing_rate * seconds) + 2
    gains = 1 + 0.08 * rng.standard_normal(cylinders)
    times = (np.arange(count) + rng.random() + 0.01 * rng.standard_normal(count)) / firing_rate
    train = np.zeros(length)
    for index, time in enumerate(times):
        at = round(time * rate)
        if at < length:
            train[at] += gains[index % cylinders] * (1 + 0.05 * rng.standard_normal())
    t = np.arange(round(0.05 * rate)) / rate
    low, high = rng.uniform(60, 250), rng.uniform(600, 2500)
    response = np.exp(-t / 0.006) * np.sin(2 * np.pi * low * t) + 0.3 * np.exp(-t / 0.002) * np.sin(
        2 * np.pi * high * t
    )
    clip = np.convolve(train, response)[:length]
    clip = clip / clip.std() + noise * rng.standard_normal(length)
    return np.asarray(0.1 * clip / clip.std(), dtype=np.float32)


def engines(count: int, seed: int, low: float = 20.0, high: float = 120.0, seconds: float = 2.0) -> Clips:
    """Steady engines with firing rates between `low` and `high` Hz: (count, time)."""
    rng = np.random.default_rng(seed)
    return np.stack([pulse_engine(rng.uniform(low, high), rng, seconds=seconds) for _ in range(count)])


def white(count: int, seed: int, seconds: float = 2.0, rate: int = RATE) -> Clips:
    """White noise at an RMS of 0.1: (count, time)."""
    rng = np.random.default_rng(seed)
    return (0.1 * rng.standard_normal((count, round(seconds * rate)))).astype(np.float32)


def with_noise(clips: Clips, decibels: float, seed: int) -> Clips:
    """Clips with white noise at a signal-to-noise ratio in dB."""
    rng = np.random.default_rng(seed)
    levels = np.sqrt(np.mean(np.square(clips), axis=1, keepdims=True))
    return np.asarray(clips + levels * 10 ** (-decibels / 20) * rng.standard_normal(clips.shape), dtype=np.float32)


def engine_take(seconds: float, rate: int, seed: int, firing_rate: float = 30.0) -> NDArray[np.float32]:
    """A take `(time,)` of one engine at one speed: takes of different seeds differ in what no engine repeats."""
    rng = np.random.default_rng(seed)
    length = round(seconds * rate)
    train = np.zeros(length)
    times = (np.arange(int(firing_rate * seconds) + 2) + 0.02 * rng.standard_normal()) / firing_rate
    times += 0.003 / firing_rate * rng.standard_normal(len(times)).cumsum()
    gains = 1 + 0.1 * np.sin(np.arange(len(times)) * np.pi / 2) + 0.1 * rng.standard_normal(len(times))
    inside = (times >= 0) & (times < seconds)
    np.add.at(train, (times[inside] * rate).astype(int), gains[inside])
    decay = np.arange(round(0.05 * rate)) / rate
    response = np.zeros(len(decay))
    for hertz, damping in ((90, 60), (310, 90), (1100, 200)):
        response += np.exp(-damping * decay) * np.sin(2 * np.pi * hertz * decay)
    sound = np.convolve(train, response)[:length] + 0.05 * rng.standard_normal(length)
    return np.asarray(sound / np.abs(sound).max() * 0.5, np.float32)
