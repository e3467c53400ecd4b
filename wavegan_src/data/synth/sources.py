"""What makes the sound: firing events drawn from the crank's motion, and the signals that follow from them.

Cycle-to-cycle variation follows Heywood, "Internal Combustion Engine Fundamentals", section 9.4: each cylinder's
cycles differ in strength and timing, neighbouring cycles are weakly related, and some do not burn at all.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

from wavegan_src.data.synth.engines import EngineClass, Layout
from wavegan_src.data.synth.grid import SIMULATION_RATE, Array, Grid
from wavegan_src.data.synth.pulses import (
    BLOW_DOWN_SPAN,
    ROUND_SWELL_SPAN,
    blow_down,
    round_swell,
    scatter_impulses,
    scatter_pulses,
)
from wavegan_src.data.synth.speed import Operation, wander

CYCLE_MEMORY = -0.25  # correlation of neighbouring cycles: a weak burn leaves charge for the next
INTAKE_SCALE = 0.0018  # s
RATTLE_SHARE = (0.27, 0.38)  # a swell's scale as a share of the time between firings
RATTLE_DEPTH = (0.65, 0.95)  # share of the rattle's amplitude that comes and goes with the burns

# Shares of a cycle, relative to the opening of the exhaust valve.
COMBUSTION_SHARE = {4: -0.30, 2: -0.35}
INTAKE_SHARE = 0.45
VALVE_SHARES = (0.02, 0.52)


@dataclass(frozen=True)
class Machine:
    """One engine at work: its class, layout and state ("idle", "cruise", "rev"), its motion, and the clip's axes."""

    engine: EngineClass
    layout: Layout
    state: str
    operation: Operation
    grid: Grid


@dataclass(frozen=True)
class Firing:
    """All cylinders' firings in and just around the clip; every array has shape (cylinders, cycles).

    phase: when the exhaust valve opens, in cycles of the crank; strength: of the burn, 1 on average over the cycles
    that burn, 0 for a misfire; time (s), load and rpm: the same instant on the clock, and the engine's state then.
    """

    phase: Array
    strength: Array
    time: Array
    load: Array
    rpm: Array


def draw_firing(rng: np.random.Generator, machine: Machine) -> Firing:
    """Draw the firings: a fixed unevenness of each cylinder, and variation from cycle to cycle."""
    engine, operation, grid = machine.engine, machine.operation, machine.grid
    idling, cylinders = machine.state == "idle", machine.layout.cylinders
    cycles = np.arange(np.floor(operation.cycles[0]) - 1, np.ceil(operation.cycles[-1]) + 2)
    shape = (cylinders, len(cycles))
    offset = np.array(machine.layout.firing) + rng.normal(0, 0.003, cylinders)
    jitter = engine.timing_jitter * (1.5 if idling else 0.6) / np.sqrt(cylinders)
    phase = cycles + offset[:, None] + rng.normal(0, jitter, shape)

    spread = rng.uniform(*engine.cyclic_variation) * (1.3 if idling else 0.8)
    steps = rng.normal(0, spread * np.sqrt(1 - CYCLE_MEMORY**2), shape)
    strength = np.exp(lfilter([1.0], [1.0, -CYCLE_MEMORY], steps, axis=1) - spread**2 / 2)  # of mean 1
    strength *= 1 + rng.normal(0, rng.uniform(0.01, 0.06), (cylinders, 1))
    if idling:
        strength *= rng.random(shape) >= rng.uniform(*engine.idle_misfire)
    time = instant(phase, machine)
    load, rpm = (np.interp(time, grid.times, curve) for curve in (operation.load, operation.rpm))
    return Firing(phase, strength, time, load, rpm)


def instant(phase: Array, machine: Machine) -> Array:
    """Time in s at which the crank passes a phase; -1 before the signal begins, infinity after it ends."""
    return np.interp(phase, machine.operation.cycles, machine.grid.times, left=-1.0, right=np.inf)


def exhaust_outflow(rng: np.random.Generator, machine: Machine, firing: Firing) -> Array:
    """Volume velocity of blow-down pulses, shape (banks, samples): steeper with load and speed, louder too."""
    rise = rng.uniform(*machine.engine.rise_ms) * 1e-3 * (1.45 - 0.7 * firing.load)
    rise = rise * np.clip(1800 / firing.rpm, 0.35, 1.6) ** 0.5 * np.exp(rng.normal(0, 0.12, firing.rpm.shape))
    amplitude = firing.strength * (0.25 + 0.75 * firing.load) * (firing.rpm / 1000) ** 0.35
    banks = np.array(machine.layout.banks)
    chosen = [banks == bank for bank in range(banks.max() + 1)]
    return np.array([_blow_downs(machine.grid, firing.time[k], amplitude[k], rise[k]) for k in chosen])


def turbulence(rng: np.random.Generator, machine: Machine, outflow: Array) -> Array:
    """Noise of the gas jet, whose level follows the outflow (Lighthill's law, softened), at a drawn level."""
    flow, grid = np.maximum(outflow, 0), machine.grid
    corner = rng.uniform(500, 1600)
    colour = grid.coarse / (grid.coarse + 200) / np.sqrt(1 + (grid.coarse / corner) ** 2)
    steady = flow.mean() * rng.uniform(0.8, 2.2)
    jet = grid.noise(rng, colour) * (flow + steady) ** 1.25
    return rng.uniform(*machine.engine.turbulence) * _like(jet, outflow)


def combustion_knocks(rng: np.random.Generator, machine: Machine, firing: Firing) -> Array:
    """Impulses of the pressure rise in each burn, before the exhaust valve opens."""
    hardness = firing.strength * (0.6 + 0.5 * firing.load) * np.clip(900 / firing.rpm, 0.3, 1.3) ** 0.5
    size = hardness * np.exp(rng.normal(0, 0.3, hardness.shape))
    return _impulses(machine.grid, _combustion_time(machine, firing), size)


def valve_ticks(rng: np.random.Generator, machine: Machine, firing: Firing) -> Array:
    """Impulses of valves landing and injectors closing, twice a cycle, harder at speed."""
    signal = np.zeros(machine.grid.samples)
    for share in VALVE_SHARES:
        time = instant(firing.phase + share + rng.normal(0, 0.003, firing.phase.shape), machine)
        size = np.exp(rng.normal(0, 0.4, time.shape)) * (firing.rpm / 1500) ** 0.7
        signal += _impulses(machine.grid, time, size)
    return signal


def rattle(rng: np.random.Generator, machine: Machine, firing: Firing) -> Array:
    """Noise of burning, bearings and loose parts: white, swelling with each burn, and never the same twice."""
    grid, rpm = machine.grid, machine.operation.rpm
    period = 1 / (machine.engine.cycles_per_second(1.0) * firing.rpm * machine.layout.cylinders)  # s, of the firings
    scale = np.clip(rng.uniform(*RATTLE_SHARE) * period, 0.001, 0.016)
    size = firing.strength * np.exp(rng.normal(0, 0.1, scale.shape)) / scale  # equal areas: a steady mean
    begin = _combustion_time(machine, firing) - 0.8 * scale  # the swell is at its height just after the burn
    swells = _pulses(grid, begin, size, scale, round_swell, ROUND_SWELL_SPAN)
    depth = rng.uniform(*RATTLE_DEPTH)
    envelope = (1 - depth + depth * swells / (swells.mean() + 1e-12)) * rpm / rpm.mean()
    noise: Array = rng.standard_normal(grid.samples) * envelope
    return noise


def induction(rng: np.random.Generator, machine: Machine, firing: Firing) -> Array:
    """Volume velocity drawn in by each cylinder, with the hiss of the air past the throttle."""
    grid = machine.grid
    size = -(0.2 + 0.8 * firing.load) * firing.strength
    scale = np.full(size.shape, INTAKE_SCALE)
    flow = _blow_downs(grid, instant(firing.phase + INTAKE_SHARE, machine), size, scale)
    colour = grid.coarse / (grid.coarse + 500) / np.sqrt(1 + (grid.coarse / 1800) ** 2)
    hiss = grid.noise(rng, colour) * np.maximum(-flow, 0)
    return flow + rng.uniform(0.3, 1.0) * _like(hiss, flow)


def broadband(rng: np.random.Generator, machine: Machine) -> Array:
    """Steady noise of fan, belts and flow, white, louder with speed and slowly wandering."""
    rpm, grid = machine.operation.rpm, machine.grid
    level = (rpm / rpm.mean()) ** 1.5 * np.exp(0.1 * wander(rng, grid, 0.3))
    noise: Array = rng.standard_normal(grid.samples) * level
    return noise


def tones(rng: np.random.Generator, machine: Machine) -> Array:
    """Gear, pump and alternator tones at fixed orders of the crank, and a turbocharger's whistle on trucks."""
    operation, grid = machine.operation, machine.grid
    revolutions = operation.cycles * machine.engine.strokes / 2
    signal = np.zeros(grid.samples)
    for _ in range(rng.integers(1, 4)):
        phase = 2 * np.pi * (rng.uniform(6, 38) * revolutions + rng.random())
        signal += rng.uniform(0.2, 1.0) * np.sin(phase + 0.3 * wander(rng, grid, 0.05))
    if machine.engine.turbocharged and rng.random() < 0.7:
        pitch = rng.uniform(2500, 6500) * (0.7 + 0.3 * operation.rpm / operation.rpm.mean())
        signal += 1.2 * operation.load * np.sin(2 * np.pi * np.cumsum(pitch) / SIMULATION_RATE)
    return signal


def _combustion_time(machine: Machine, firing: Firing) -> Array:
    """Time in s of each burn, which precedes the opening of the exhaust valve."""
    cycle = 1 / (machine.engine.cycles_per_second(1.0) * firing.rpm)
    return firing.time + COMBUSTION_SHARE[machine.engine.strokes] * cycle


def _blow_downs(grid: Grid, time: Array, size: Array, scale: Array) -> Array:
    return _pulses(grid, time, size, scale, blow_down, BLOW_DOWN_SPAN)


def _pulses(grid: Grid, time: Array, size: Array, scale: Array, shape: Callable[[Array], Array], span: float) -> Array:
    return scatter_pulses(
        time.ravel(), size.ravel(), scale.ravel(), shape, span=span, samples=grid.samples, rate=SIMULATION_RATE
    )


def _impulses(grid: Grid, time: Array, size: Array) -> Array:
    return scatter_impulses(time.ravel(), size.ravel(), grid.samples, SIMULATION_RATE)


def _like(signal: Array, reference: Array) -> Array:
    """Scale a signal to a reference's rms."""
    scaled: Array = signal * (np.std(reference) / (np.std(signal) + 1e-12))
    return scaled
