"""Where the engine is heard, and through which microphone."""

from dataclasses import dataclass

import numpy as np

from wavegan_src.data.synth.acoustics import modes
from wavegan_src.data.synth.engines import Range
from wavegan_src.data.synth.grid import SIMULATION_RATE, Array, Grid, Spectrum

ECHO_SECONDS = 0.85  # no longer than the grid's lead and tail together
SABINE_DECAY = 3 * np.log(10)  # amplitude falls by 60 dB over the reverberation time


@dataclass(frozen=True)
class Place:
    """A listening position.

    exhaust_db, engine_db: ranges of the level at which the tailpipe and the engine itself arrive there; echo: level
    of the reverberation re the direct sound; reverberation: range of the time in s to fall by 60 dB, if there is echo.
    inside: whether the body of the vehicle lies between (muffled, with the cabin's own resonances).
    """

    exhaust_db: Range
    engine_db: Range
    echo: float = 0.0
    reverberation: Range = (0.0, 0.0)
    inside: bool = False


PLACES: dict[str, Place] = {
    "engine_bay": Place((-16.0, -5.0), (0.0, 0.0), echo=0.06, reverberation=(0.15, 0.4)),
    "roadside": Place((-8.0, 0.0), (-4.0, 0.0), echo=0.10, reverberation=(0.25, 0.5)),
    "tailpipe": Place((0.0, 3.0), (-16.0, -6.0)),
    "garage": Place((-8.0, 0.0), (-6.0, 0.0), echo=0.28, reverberation=(0.5, 1.1)),
    "cabin": Place((-6.0, 0.0), (-6.0, 0.0), inside=True),
}


def place_response(rng: np.random.Generator, place: Place, grid: Grid) -> Spectrum:
    """Frequency response, shape (bins,), from sources to microphone: ground reflection, echoes or the cabin."""
    frequency = grid.coarse
    if place.inside:
        corner = rng.uniform(300, 700)
        body = (1 + (frequency / corner) ** 2) ** -0.75 + 0.03
        return grid.refine(body + 0.4 * modes(rng, frequency, band=(40, 250), count=5, quality=(6, 15), tilt=0))
    delay = rng.uniform(0.0006, 0.004)  # s, of the path over the ground
    ground = rng.uniform(0.25, 0.7) * np.exp(-2j * np.pi * frequency * delay) / (1 + 1j * frequency / 5000)
    response = grid.refine(1 + ground)
    if place.echo > 0:
        response = response + place.echo * _echoes(rng, rng.uniform(*place.reverberation), grid)
    return response


def _echoes(rng: np.random.Generator, reverberation: float, grid: Grid) -> Spectrum:
    """Reverberation as exponentially decaying noise (Schroeder's statistical model), of unit rms over frequency."""
    time = np.arange(int(ECHO_SECONDS * SIMULATION_RATE)) / SIMULATION_RATE
    impulse = rng.standard_normal(len(time)) * np.exp(-SABINE_DECAY * time / reverberation)
    impulse[: int(0.004 * SIMULATION_RATE)] = 0  # the nearest wall
    response = grid.spectrum(impulse) / (1 + grid.frequencies / 3500)  # air and walls absorb high frequencies
    unit: Spectrum = response / np.sqrt(np.mean(np.abs(response) ** 2))
    return unit


@dataclass(frozen=True)
class Microphone:
    """A microphone with its recorder.

    highpass: corner in Hz; lowpass: corner in Hz and order, steep for phones and coded sound; floor_db: white
    noise re the signal; drive: how strongly loud passages are compressed, 0 for not at all.
    """

    highpass: float
    lowpass: float
    lowpass_order: int
    floor_db: float
    drive: float

    def response(self, frequencies: Array) -> Spectrum:
        """Frequency response: second-order high-pass, steep low-pass."""
        ratio = 1j * frequencies / self.highpass
        lowpass = 1 / np.sqrt(1 + (frequencies / self.lowpass) ** (2 * self.lowpass_order))
        return ratio**2 / (1 + 1.3 * ratio + ratio**2) * lowpass

    def compress(self, samples: Array) -> Array:
        """Soft limiting of a signal of unit rms."""
        if self.drive < 0.05:
            return samples
        limited: Array = np.tanh(self.drive * samples) / self.drive
        return limited


def draw_microphone(rng: np.random.Generator) -> Microphone:
    """Draw a telephone (four in five) or a recorder with a wide band."""
    if rng.random() < 0.8:
        return Microphone(
            highpass=float(np.exp(rng.uniform(*np.log([70, 220])))),
            lowpass=rng.uniform(5000, 6600),
            lowpass_order=14,
            floor_db=rng.uniform(-42, -30),
            drive=rng.uniform(0, 0.6),
        )
    return Microphone(rng.uniform(25, 90), rng.uniform(8500, 14000), 4, rng.uniform(-60, -45), rng.uniform(0, 0.3))
