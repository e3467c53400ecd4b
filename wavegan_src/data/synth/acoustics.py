"""Acoustics of ducts by four-pole (transfer) matrices, and of the engine's own resonances.

Source of the formulas: Munjal, "Acoustics of Ducts and Mufflers", 2nd edition, chapters 2 and 3, with sound
pressure p and volume velocity v as the state: (p, v) upstream = [[a, b], [c, d]] (p, v) downstream. Time
dependence is exp(+j w t). Frequencies are in Hz, lengths in m.
"""

from dataclasses import dataclass
from functools import reduce
from typing import NamedTuple

import numpy as np

from wavegan_src.data.synth.engines import ExhaustRanges, Range
from wavegan_src.data.synth.grid import Array, Spectrum

GAS_CONSTANT = 287.0  # J/(kg K), of air; exhaust gas is close
HEAT_RATIO = 1.4
PRESSURE = 101_325.0  # Pa


class FourPole(NamedTuple):
    """Transfer matrix at each frequency; the elements have shape (frequencies,)."""

    a: Spectrum
    b: Spectrum
    c: Spectrum
    d: Spectrum

    def determinant(self) -> Spectrum:
        """1 for every reciprocal element (Munjal, section 2.18)."""
        return self.a * self.d - self.b * self.c

    def then(self, downstream: "FourPole") -> "FourPole":
        """The matrix product: this element followed by the next one downstream."""
        e, f, g, h = downstream
        return FourPole(
            self.a * e + self.b * g, self.a * f + self.b * h, self.c * e + self.d * g, self.c * f + self.d * h
        )


def tube(wavenumber: Spectrum, length: float, impedance: float) -> FourPole:
    """A uniform tube: wavenumber in rad/m (its negative imaginary part is the loss), impedance rho c / S."""
    cosine, sine = np.cos(wavenumber * length), np.sin(wavenumber * length)
    return FourPole(cosine, 1j * impedance * sine, 1j / impedance * sine, cosine)


def cascade(elements: list[FourPole]) -> FourPole:
    """Elements in a row, from the source to the open end."""
    return reduce(FourPole.then, elements)


def open_end(wavenumber: Array, radius: float, impedance: float) -> Spectrum:
    """Radiation impedance of an unflanged open end: Z (0.25 (ka)^2 + 0.61 j ka), low-frequency form.

    Levine and Schwinger 1948; Munjal, section 2.13. Above ka = 1.2 it is held, since the series diverges.
    """
    ka = np.minimum(wavenumber * radius, 1.2)
    return impedance * (0.25 * ka**2 + 0.61j * ka)


def speed_of_sound(temperature: float) -> float:
    """Speed of sound in m/s of a gas at an absolute temperature in K."""
    return float(np.sqrt(HEAT_RATIO * GAS_CONSTANT * temperature))


@dataclass(frozen=True)
class ExhaustLine:
    """An exhaust: gas temperature in K, tube radius and lengths in m, in the order the gas takes.

    pipes: lengths of the manifold's runner and of the pipes around the chambers, one more than there are chambers
    after the runner; chambers: (length, ratio of areas, lining's absorption in Np/m) of each expansion chamber.
    loss: factor on the tube's wall and flow losses; source_ratio: the source's impedance over the tube's.
    """

    temperature: float
    radius: float
    runner: float
    pipes: tuple[float, ...]
    chambers: tuple[tuple[float, float, float], ...]
    loss: float
    source_ratio: float

    @property
    def length(self) -> float:
        """Length in m of the pipes, without runner and chambers."""
        return sum(self.pipes)

    def radiated(self, frequencies: Array) -> Spectrum:
        """Pressure outside per unit volume velocity at the valve, up to a constant factor, at each frequency."""
        area = np.pi * self.radius**2
        sound = speed_of_sound(self.temperature)
        impedance = PRESSURE / (GAS_CONSTANT * self.temperature) * sound / area
        omega = 2 * np.pi * frequencies
        # Viscous and thermal wall loss grows with the root of the frequency (Munjal, section 2.3), flow loss is flat.
        alpha = self.loss * (1.3e-5 * np.sqrt(frequencies) / self.radius + 0.06 + 2.5e-5 * frequencies)
        wavenumber = omega / sound - 1j * alpha
        elements = [tube(wavenumber, self.runner, impedance / 0.7)]
        for pipe, (length, ratio, lining) in zip(self.pipes, self.chambers, strict=False):
            lined = wavenumber - 1j * lining * frequencies / (frequencies + 900)
            elements += [tube(wavenumber, pipe, impedance), tube(lined, length, impedance / ratio)]
        elements.append(tube(wavenumber, self.pipes[-1], impedance))
        line = cascade(elements)
        end = open_end(omega / sound, self.radius, impedance)
        source = self.source_ratio * impedance
        outflow = 1 / ((line.c * end + line.d) + (line.a * end + line.b) / source)
        # A small opening radiates as a monopole: pressure follows the flow's rate of change (Munjal, section 2.13).
        return 1j * omega * outflow / (1 + 1j * frequencies / 2600)


def draw_exhaust(rng: np.random.Generator, ranges: ExhaustRanges) -> ExhaustLine:
    """Draw an exhaust line from an engine class's ranges."""
    total = rng.uniform(*ranges.length_m)
    count = int(rng.integers(ranges.chambers[0], ranges.chambers[1] + 1))
    cuts = np.sort(rng.uniform(0.25, 0.9, count))
    pipes = np.diff(cuts, prepend=0.0, append=1.0) * total
    sizes = rng.uniform([0.18, 5.0, 0.06], [0.5, 14.0, 2.6], (count, 3)) * [min(1.0, total / 1.2), 1.0, 1.0]
    return ExhaustLine(
        temperature=rng.uniform(480, 780),
        radius=rng.uniform(*ranges.radius_m),
        runner=rng.uniform(0.25, 0.6),
        pipes=tuple(float(length) for length in pipes),
        chambers=tuple((float(length), float(ratio), float(lining)) for length, ratio, lining in sizes),
        loss=rng.uniform(0.8, 1.6),
        source_ratio=rng.uniform(1.5, 4.0),
    )


def modes(
    rng: np.random.Generator, frequencies: Array, *, band: Range, count: int, quality: Range, tilt: float
) -> Spectrum:
    """Sum of `count` damped resonances at random in a band (Hz), with quality factors in a range.

    tilt: exponent of the amplitude over frequency, re the band's lower end.
    """
    centres = band[0] * (band[1] / band[0]) ** rng.random(count)
    qualities = rng.uniform(*quality, count)
    gains = rng.choice([-1, 1], count) * rng.uniform(0.3, 1.0, count) * (centres / band[0]) ** tilt
    response = np.zeros(len(frequencies), np.complex128)
    for centre, factor, gain in zip(centres, qualities, gains, strict=True):
        damping = 1j * frequencies * centre / factor
        response += gain * damping / (centre**2 - frequencies**2 + damping)
    return response


def helmholtz(frequencies: Array, resonance: float, quality: float) -> Spectrum:
    """Response of a Helmholtz resonator (airbox and snorkel), 1 at low frequencies."""
    return (resonance**2 / (resonance**2 - frequencies**2 + 1j * frequencies * resonance / quality)).astype(
        np.complex128
    )


def ripple(rng: np.random.Generator, frequencies: Array, deviation_db: float, per_octave: float) -> Array:
    """Smooth random response: normal deviations in dB at random points on a logarithmic axis from 20 Hz up."""
    octaves = np.log2(np.maximum(frequencies, 20.0) / 20.0)
    knots = np.arange(0, octaves[-1] + 2 / per_octave, 1 / per_octave)
    level: Array = 10 ** (np.interp(octaves, knots, rng.normal(0, deviation_db, len(knots))) / 20)
    return level
