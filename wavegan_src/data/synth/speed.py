"""How fast the engine turns and how hard it works: curves of rpm and load over a clip."""

import itertools
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import uniform_filter1d
from scipy.signal import lfilter

from wavegan_src.data.synth.engines import EngineClass
from wavegan_src.data.synth.grid import LEAD_SECONDS, SIMULATION_RATE, Array, Grid

CONTROL_RATE = 200  # Hz; speed cannot change faster than a flywheel allows


@dataclass(frozen=True)
class Operation:
    """Curves on the grid's time axis, shape (samples,): rpm, load (0 idle to 1 full), and cycles turned so far."""

    rpm: Array
    load: Array
    cycles: Array


def draw_operation(rng: np.random.Generator, engine: EngineClass, state: str, grid: Grid) -> Operation:
    """Draw the curves for a state: a wandering idle, a steady cruise, or blips of the throttle (rev)."""
    draw = {"idle": _idle, "cruise": _cruise, "rev": _rev}[state]
    rpm, load = draw(rng, engine, grid)
    cycles = np.cumsum(engine.cycles_per_second(1.0) * rpm) / SIMULATION_RATE + rng.random()
    return Operation(rpm, load, cycles)


def wander(rng: np.random.Generator, grid: Grid, time_constant: float) -> Array:
    """Ornstein-Uhlenbeck noise: unit variance, correlation time in s, shape (samples,)."""
    count = int(grid.samples / SIMULATION_RATE * CONTROL_RATE) + 3
    decay = np.exp(-1 / (time_constant * CONTROL_RATE))
    steps = rng.standard_normal(count) * np.sqrt(1 - decay**2)
    values = lfilter([1.0], [1.0, -decay], steps, zi=[decay * rng.standard_normal()])[0]
    return np.interp(grid.times, np.arange(count) / CONTROL_RATE, values)


def _idle(rng: np.random.Generator, engine: EngineClass, grid: Grid) -> tuple[Array, Array]:
    base = rng.uniform(*engine.idle_rpm)
    phase = 2 * np.pi * (rng.uniform(0.6, 1.8) * grid.times + rng.random())
    hunting = rng.uniform(0, 0.012) * np.sin(phase)  # of the idle controller
    rpm = base * (1 + rng.uniform(0.002, 0.009) * wander(rng, grid, 0.35) + hunting)
    return rpm, np.full(grid.samples, rng.uniform(0.08, 0.2))


def _cruise(rng: np.random.Generator, engine: EngineClass, grid: Grid) -> tuple[Array, Array]:
    base = rng.uniform(*engine.cruise_rpm)
    drift = rng.uniform(-0.06, 0.06) * (grid.times / grid.times[-1] - 0.5)
    rpm = base * (1 + drift + rng.uniform(0.001, 0.005) * wander(rng, grid, 0.5))
    load = rng.uniform(0.25, 0.8) + 0.05 * wander(rng, grid, 0.5)
    return rpm, np.clip(load, 0.05, 1.0)


def _rev(rng: np.random.Generator, engine: EngineClass, grid: Grid) -> tuple[Array, Array]:
    low = rng.uniform(*engine.idle_rpm) * rng.uniform(1, 1.5)
    high = rng.uniform(*engine.rev_rpm)
    rise, fall = rng.uniform(0.12, 0.45), rng.uniform(0.35, 0.9)  # s; the free engine falls slower than it rises
    switches = _throttle_switches(rng, grid.times[-1])
    rpm = np.full(grid.samples, low)
    throttle = np.zeros(grid.samples)
    speed = low if switches[0] > 0 else low + (high - low) * rng.uniform(0.2, 0.7)
    edges = [0.0, *(time for time in switches if time > 0), np.inf]
    is_open = switches[0] <= 0  # each segment approaches its target as a first-order lag
    for start, end in itertools.pairwise(edges):
        chosen = slice(*np.searchsorted(grid.times, [start, end]))
        target, lag = (1.05 * high, rise) if is_open else (low, fall)
        rpm[chosen] = target + (speed - target) * np.exp(-(grid.times[chosen] - start) / lag)
        throttle[chosen] = is_open
        if np.isfinite(end):
            speed = target + (speed - target) * np.exp(-(end - start) / lag)
        is_open = not is_open
    load = 0.06 + 0.9 * uniform_filter1d(throttle, int(0.05 * SIMULATION_RATE))
    return rpm * (1 + 0.003 * wander(rng, grid, 0.2)), load


def _throttle_switches(rng: np.random.Generator, end: float) -> list[float]:
    """Times in s at which the throttle opens, closes, opens ...; only the first may lie before zero."""
    switches = [LEAD_SECONDS / 2 + rng.uniform(-0.3, 0.5)]
    while switches[-1] < end:
        held = rng.uniform(0.35, 1.4)
        closed = rng.uniform(0.3, 0.6) if rng.random() < 0.35 else rng.uniform(1.2, 2.5)
        switches += [max(switches[-1], 0.0) + held, max(switches[-1], 0.0) + held + closed]
    return switches
