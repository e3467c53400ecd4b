"""One clip of engine sound from a class, a state and a seed."""

from typing import Any

import numpy as np
import scipy.fft
import soxr
from numpy.typing import NDArray

from wavegan_src.data.synth import sources
from wavegan_src.data.synth.acoustics import ExhaustLine, draw_exhaust, helmholtz, modes, ripple
from wavegan_src.data.synth.engines import (
    CLASSES,
    LAYOUTS,
    LONGEST_SECONDS,
    SAMPLE_RATES,
    STATES,
    Range,
    find_class,
    find_state,
)
from wavegan_src.data.synth.grid import LEAD_SECONDS, SIMULATION_RATE, Array, Grid, Spectrum
from wavegan_src.data.synth.labels import CURVE_RATE, EngineLabels
from wavegan_src.data.synth.places import PLACES, Place, draw_microphone, place_response
from wavegan_src.data.synth.sources import Firing, Machine
from wavegan_src.data.synth.speed import draw_operation
from wavegan_src.utils.errors import UserError

DEFAULT_RATE = 22050
SPARE_SECONDS = 0.02  # rendered beyond the clip, for the resampler's edge

REFERENCE_BAND = (100.0, 5000.0)  # Hz; sources are balanced by their level here, where microphones hear them
RATTLE_KNEE = (1700.0, 2600.0)  # Hz; above it the noise of an engine falls by 12 dB per octave
FLOW_KNEE = (1200.0, 2000.0)  # Hz; noise of fan and flow falls earlier
SNR_DB = (15.0, 45.0)

# How much louder than at idle these sources are at full load, in dB.
EXHAUST_LOAD_DB = 18.0
INTAKE_LOAD_DB = 12.0
RATTLE_LOAD_DB = 5.0


def render(
    engine_class: str, state: str, seed: int, sample_rate: int = DEFAULT_RATE, seconds: float = 2.0
) -> tuple[NDArray[np.float32], EngineLabels]:
    """Synthesise a clip and its labels; the same arguments give the same bytes on the same machine.

    Args:
        engine_class: a key of `engines.CLASSES`.
        state: "idle", "cruise" (steady, under load) or "rev" (blips of the throttle).
        seed: 0 or more.
        sample_rate: 1000 to 192000 Hz. Content ends at 22050 Hz (11025 Hz for rates up to 22050).
        seconds: more than 0, up to 60.

    Returns:
        Samples of shape (time,) in [-1, 1], time = round(sample_rate * seconds), and the labels.

    Raises:
        UserError: unknown class or state (the nearest is named), or a number outside its range.
    """
    engine, state = find_class(engine_class), find_state(state)
    check_numbers(seed, sample_rate, seconds)
    grid = Grid(seconds + SPARE_SECONDS, DEFAULT_RATE if sample_rate <= DEFAULT_RATE else 2 * DEFAULT_RATE)
    entropy = [seed, list(CLASSES).index(engine_class), STATES.index(state)]
    rng = np.random.default_rng(entropy)

    layout = LAYOUTS[engine.layouts[rng.integers(len(engine.layouts))]]
    names, chances = zip(*engine.places, strict=True)
    place = str(rng.choice(names, p=chances))
    machine = Machine(engine, layout, state, draw_operation(rng, engine, state, grid), grid)
    firing = sources.draw_firing(rng, machine)
    line = draw_exhaust(rng, engine.exhaust)
    exhaust, block = _exhaust(rng, machine, firing, line), _engine(rng, machine, firing)
    snr_db = float(rng.uniform(*SNR_DB))
    samples = _record(rng, exhaust, block, PLACES[place], snr_db=snr_db, grid=grid)
    labels = EngineLabels(
        engine_class=engine.name,
        state=state,
        seed=seed,
        sample_rate=sample_rate,
        seconds=seconds,
        layout=layout.name,
        cylinders=layout.cylinders,
        strokes=engine.strokes,
        place=place,
        snr_db=snr_db,
        exhaust_length_m=line.length,
        exhaust_kelvin=line.temperature,
        chambers=len(line.chambers),
        **_motion(machine, seconds),
    )
    return _fit(samples, grid.mix_rate, sample_rate, seconds), labels


def check_numbers(seed: int, sample_rate: int, seconds: float) -> None:
    """Refuse what cannot be rendered.

    Raises:
        UserError: a number outside its range.
    """
    if seed < 0:
        raise UserError(f"The seed of a synthesised clip is {seed}: give 0 or more.")
    if not SAMPLE_RATES[0] <= sample_rate <= SAMPLE_RATES[1]:
        raise UserError(f"The sample rate is {sample_rate} Hz: give {SAMPLE_RATES[0]} to {SAMPLE_RATES[1]} Hz.")
    if not 0 < seconds <= LONGEST_SECONDS or round(sample_rate * seconds) < 1:
        raise UserError(f"A synthesised clip of {seconds:g} s is not possible: give up to {LONGEST_SECONDS:g} s.")


def _exhaust(rng: np.random.Generator, machine: Machine, firing: Firing, line: ExhaustLine) -> Spectrum:
    """Sound of the tailpipe, shape (bins,), louder with load."""
    grid = machine.grid
    flows = sources.exhaust_outflow(rng, machine, firing)
    jet = sources.turbulence(rng, machine, flows.sum(0))
    response = line.radiated(grid.coarse)
    mix = grid.spectrum(flows[0] + jet) * grid.refine(response)
    if len(flows) > 1:  # the second bank's header is longer, and partly has a line of its own
        own = draw_exhaust(rng, machine.engine.exhaust).radiated(grid.coarse)
        delay = np.exp(-2j * np.pi * grid.coarse * rng.uniform(0.001, 0.0035))
        mix = mix + grid.spectrum(flows[1]) * grid.refine(0.55 * response * delay + 0.35 * own)
    return _level(mix, EXHAUST_LOAD_DB * _extra_load(machine), grid)


def _engine(rng: np.random.Generator, machine: Machine, firing: Firing) -> Spectrum:
    """Sound of the engine itself, shape (bins,): its sources in order of `SourceLevels`, each at a drawn level."""
    grid, levels, frequency = machine.grid, machine.engine.levels, machine.grid.coarse
    extra = _extra_load(machine)
    colour, flow_colour = (1 / np.sqrt(1 + (frequency / rng.uniform(*knee)) ** 4) for knee in (RATTLE_KNEE, FLOW_KNEE))
    block = modes(rng, frequency, band=(200, 4000), count=24, quality=(2, 6), tilt=-0.5)
    valves = modes(rng, frequency, band=(1200, 7500), count=10, quality=(4, 14), tilt=-1.3)
    panels = modes(rng, frequency, band=(300, 1800), count=4, quality=(4, 10), tilt=-0.6)
    resonance = rng.uniform(70, 220) * (2.2 if machine.engine.strokes == 2 else 1)
    snorkel = 1j * frequency * (helmholtz(frequency, resonance, rng.uniform(2, 5)) + 0.25 * panels)

    def heard(signal: Array, response: Spectrum | Array, level_db: Range, gain_db: float = 0.0) -> Spectrum:
        return _level(grid.spectrum(signal) * grid.refine(response), rng.uniform(*level_db) + gain_db, grid)

    return (
        heard(sources.induction(rng, machine, firing), snorkel, levels.intake, INTAKE_LOAD_DB * extra)
        + heard(sources.combustion_knocks(rng, machine, firing), block, levels.knock)
        + heard(sources.valve_ticks(rng, machine, firing), valves, levels.ticks)
        + heard(
            sources.rattle(rng, machine, firing),
            colour * ripple(rng, frequency, 2.5, 2),
            levels.rattle,
            RATTLE_LOAD_DB * extra,
        )
        + heard(sources.broadband(rng, machine), flow_colour * ripple(rng, frequency, 2.5, 2), levels.hiss)
        + heard(sources.tones(rng, machine), np.ones(len(frequency)), levels.tonal)
    )


def _extra_load(machine: Machine) -> float:
    """Mean load above an ordinary idle's."""
    return float(machine.operation.load.mean()) - 0.1


def _record(
    rng: np.random.Generator, exhaust: Spectrum, block: Spectrum, place: Place, *, snr_db: float, grid: Grid
) -> Array:
    """Hear both parts at the place through a microphone: samples at the mix rate, without the lead."""
    microphone = draw_microphone(rng)
    exhaust_gain, block_gain = (10 ** (rng.uniform(*level) / 20) for level in (place.exhaust_db, place.engine_db))
    response = grid.refine(microphone.response(grid.coarse))
    sound = (exhaust_gain * exhaust + block_gain * block) * place_response(rng, place, grid) * response
    ambience = grid.noise_spectrum(rng) / np.sqrt(grid.frequencies + 60) * response
    floor = grid.noise_spectrum(rng)
    for noise, level_db in ((ambience, -snr_db), (floor, microphone.floor_db)):
        sound = sound + noise * (_rms(sound) / _rms(noise) * 10 ** (level_db / 20))
    top = grid.mix_rate / 2
    sound *= np.clip((0.998 * top - grid.frequencies) / (0.064 * top), 0, 1)  # no ringing of a sharp band limit
    samples = scipy.fft.irfft(sound, grid.mix_size)
    samples = samples[int(LEAD_SECONDS * grid.mix_rate) :][: int(grid.seconds * grid.mix_rate)]
    samples = microphone.compress(samples / (np.std(samples) + 1e-12))
    samples *= 10 ** (rng.uniform(-23, -17) / 20) / (np.std(samples) + 1e-12)
    peak = float(np.abs(samples).max())
    return samples * min(1.0, 0.98 / (peak + 1e-12))


def _fit(samples: Array, rate: int, sample_rate: int, seconds: float) -> NDArray[np.float32]:
    """Resample and cut to the clip's length; what the resampler overshoots is clipped."""
    if rate != sample_rate:
        samples = soxr.resample(samples, rate, sample_rate)
    return np.clip(samples[: round(sample_rate * seconds)], -1, 1).astype(np.float32)


def _motion(machine: Machine, seconds: float) -> dict[str, Any]:
    """The labels that follow from the curves of rpm and load."""
    first = int(LEAD_SECONDS * SIMULATION_RATE)
    part = slice(first, first + max(1, int(seconds * SIMULATION_RATE)))
    rpm = machine.operation.rpm[part]
    mean = float(rpm.mean())
    return {
        "rpm_mean": mean,
        "rpm_min": float(rpm.min()),
        "rpm_max": float(rpm.max()),
        "firing_hz": machine.engine.firing_hz(mean, machine.layout.cylinders),
        "load": float(machine.operation.load[part].mean()),
        "rpm_curve_rate": CURVE_RATE,
        "rpm_curve": tuple(float(value) for value in rpm[:: int(SIMULATION_RATE / CURVE_RATE)]),
    }


def _level(sound: Spectrum, level_db: float, grid: Grid) -> Spectrum:
    """Scale a source to a level, counted in the reference band."""
    low, high = np.searchsorted(grid.frequencies, REFERENCE_BAND)
    scaled: Spectrum = sound * (10 ** (level_db / 20) / (_rms(sound[low:high]) + 1e-12))
    return scaled


def _rms(sound: Spectrum) -> float:
    return float(np.sqrt(np.mean(np.abs(sound) ** 2))) + 1e-12
