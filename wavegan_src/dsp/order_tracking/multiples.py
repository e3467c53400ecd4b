"""What speed a spacing of lines means: how many times within a working cycle the sound repeats.

Lines 100 Hz apart are a single cylinder at 12000 rpm, or a V8 at 1500 rpm whose cylinders sound alike. Three things
decide: the speeds that engines run at; weak lines between the strong ones, from the differences between cylinders; and
a strong line among weak ones, at the firing rate.
"""

from dataclasses import dataclass

import numpy as np

from wavegan_src.dsp.arrays import Floats
from wavegan_src.dsp.order_tracking.engine import EngineLayout
from wavegan_src.dsp.order_tracking.order_spectrum import OrderSpectrum

# Common engines and their share, for recordings of which nothing is known.
COMMON = (
    (EngineLayout(4), 0.45),
    (EngineLayout(6), 0.13),
    (EngineLayout(3), 0.08),
    (EngineLayout(8), 0.1),
    (EngineLayout(1), 0.06),
    (EngineLayout(2), 0.07),
    (EngineLayout(5), 0.03),
    (EngineLayout(12), 0.01),
    (EngineLayout(1, 2), 0.05),
    (EngineLayout(2, 2), 0.02),
)
# Speeds that recordings have, by strokes: share, middle and spread of the logarithm, of idling and of running engines.
_SPEEDS = {4: ((0.35, 800.0, 0.3), (0.65, 2500.0, 0.6)), 2: ((0.3, 2000.0, 0.4), (0.7, 6000.0, 0.6))}
_SLOWEST_RPM = {4: 430.0, 2: 800.0}
_FASTEST_RPM = {1: 12000.0, 2: 12000.0, 3: 12000.0, 4: 11500.0, 5: 8500.0, 6: 8500.0}
_FASTEST_OF_MANY, _FASTEST_TWO_STROKE = 8000.0, 14000.0
_WALL = 25.0  # log odds per unit of the logarithm of rpm beyond these
_BANKS_FROM = 8  # engines with so many cylinders have two banks, which never sound quite alike
_MOST_UNEVEN, _FIRING_RANGE, _BETWEEN_RANGE = 1.2, (-1.5, 3.0), (0.15, 0.75)  # nepers


@dataclass(frozen=True)
class _Weights:
    """Log odds of a meaning against one in which all cylinders sound alike.

    speed: of the logarithm of the speed's density. between: per neper of lines between. All others are of a sound that
    repeats less often than cylinders fire. partly: what these have in common. banks_once, banks_some: more for engines
    with banks, where it repeats once a cycle, or more often. uneven: per neper of unevenness of the lines. firing: per
    neper by which the line of the firing stands out. uneven_twin: of twins of four strokes that sound once a cycle,
    unless they are known to fire evenly.
    """

    speed: float
    between: float
    partly: float
    banks_once: float
    banks_some: float
    uneven: float
    firing: float
    uneven_twin: float


# Of a known engine, fitted to 1200 procedural clips (seeds 501 and 502) but for banks; and of an unknown one, where
# engines compete: chosen so that labelled recordings and those played faster are read right.
_KNOWN = _Weights(1.2, 2.5, -6.9, 3.5, 1.5, 3.6, 2.3, 5.4)
_ANY = _Weights(0.9, 2.9, -4.5, 3.5, 2.5, 4.3, 1.0, 3.0)


@dataclass(frozen=True)
class Reading:
    """One meaning of a spacing. repeats: how many spacings are a working cycle; probability: from 0 to 1."""

    layout: EngineLayout
    repeats: int
    probability: float

    @property
    def rpm_per_hertz(self) -> float:
        """Revolutions per minute for each Hz of spacing."""
        return self.layout.rpm_per_hertz / self.repeats


def readings(spectrum: OrderSpectrum, spacing: Floats, layout: EngineLayout | None) -> tuple[Reading, ...]:
    """Readings with different speeds, the most probable first; their probabilities add up to 1.

    Args:
        spectrum: by multiples of the spacing, over the whole recording.
        spacing: in Hz, (frames,).
        layout: the engine, or None for the common ones.
    """
    known, weigh = (COMMON, _ANY) if layout is None else (((layout, 1.0),), _KNOWN)
    speeds = np.quantile(spacing, (0.05, 0.5, 0.95))
    shape = _Shape(spectrum, [(engine, repeats) for engine, _ in known for repeats in engine.multiples])
    found = [
        (engine, repeats, np.log(share) + _log_odds(shape, speeds, engine, repeats, weigh))
        for engine, share in known
        for repeats in engine.multiples
    ]
    weights = np.exp(np.array([odds for _, _, odds in found]) - max(odds for _, _, odds in found))
    weights /= weights.sum()
    by_speed: dict[float, list[tuple[float, EngineLayout, int]]] = {}
    for (engine, repeats, _), weight in zip(found, weights, strict=True):
        by_speed.setdefault(round(engine.rpm_per_hertz / repeats, 6), []).append((float(weight), engine, repeats))
    merged = [
        Reading(*max(same, key=lambda each: each[0])[1:], sum(weight for weight, _, _ in same))
        for same in by_speed.values()
    ]
    return tuple(sorted(merged, key=lambda reading: -reading.probability))


class _Shape:
    """What the odds of meanings, pairs of an engine and repeats, ask of an order spectrum, each measured once."""

    def __init__(self, spectrum: OrderSpectrum, meanings: list[tuple[EngineLayout, int]]) -> None:
        self.unevenness = unevenness(spectrum)
        self.between = {repeats: between(spectrum, repeats) for repeats in {r for _, r in meanings if r > 1}}
        firings = {engine.cylinders // repeats for engine, repeats in meanings if engine.cylinders > repeats}
        self.firing = {order: standing_out(spectrum, order) for order in firings}


def _log_odds(shape: _Shape, speeds: Floats, engine: EngineLayout, repeats: int, weigh: _Weights) -> float:
    rpm = speeds * engine.rpm_per_hertz / repeats
    odds = weigh.speed * _log_density(float(rpm[1]), engine.strokes)
    odds -= _WALL * max(0.0, float(np.log(_SLOWEST_RPM[engine.strokes] / rpm[0])))
    odds -= _WALL * max(0.0, float(np.log(rpm[2] / _fastest(engine))))
    if repeats > 1:
        odds += weigh.between * (_within(shape.between[repeats], _BETWEEN_RANGE) - _BETWEEN_RANGE[0])
    if engine.cylinders > repeats:
        odds += weigh.partly
        if engine.cylinders >= _BANKS_FROM:
            odds += weigh.banks_once if repeats == 1 else weigh.banks_some
        odds += weigh.uneven * min(shape.unevenness, _MOST_UNEVEN)
        odds += weigh.firing * _within(shape.firing[engine.cylinders // repeats], _FIRING_RANGE)
        if engine.cylinders == 2 and engine.strokes == 4 and not engine.firing_intervals:
            odds += weigh.uneven_twin
    return float(odds)


def _within(value: float, limits: tuple[float, float]) -> float:
    return min(max(value, limits[0]), limits[1])


def _log_density(rpm: float, strokes: int) -> float:
    """Log density of a speed in recordings, up to a constant."""
    parts = [
        np.log(share / spread) - 0.5 * (np.log(rpm / middle) / spread) ** 2
        for share, middle, spread in _SPEEDS[strokes]
    ]
    return float(np.logaddexp(*parts))


def between(spectrum: OrderSpectrum, repeats: int) -> float:
    """How far spacings divided by `repeats` stand out between the lines, in nepers."""
    parts = np.arange(1, repeats * 6)
    lines = spectrum.at(parts[parts % repeats != 0] / repeats)
    gaps = spectrum.at((parts - 0.5) / repeats)
    return float(np.nanmean(lines) - np.nanmean(gaps))


def standing_out(spectrum: OrderSpectrum, order: int) -> float:
    """How far a line stands out from the mean of all others below twice its order, in nepers; 0 above the spectrum."""
    levels = spectrum.at(np.arange(1.0, 2 * order))
    above = float(levels[order - 1]) - float(np.nanmean(np.delete(levels, order - 1)))
    return 0.0 if np.isnan(above) else above


def unevenness(spectrum: OrderSpectrum) -> float:
    """How far lines differ from a smooth decay, in nepers: cylinders that all sound alike give a smooth one."""
    return float(np.nanmean(np.abs(_contrast(spectrum, np.arange(2.0, 9.0)))))


def _contrast(spectrum: OrderSpectrum, orders: Floats) -> Floats:
    """Levels of lines less those interpolated between both neighbours, by the logarithm of the order: (n,)."""
    below, here, above = (spectrum.at(orders + offset) for offset in (-1, 0, 1))
    share = np.log(orders / (orders - 1)) / np.log((orders + 1) / (orders - 1))
    return here - (below * (1 - share) + above * share)


def _fastest(engine: EngineLayout) -> float:
    return _FASTEST_TWO_STROKE if engine.strokes == 2 else _FASTEST_RPM.get(engine.cylinders, _FASTEST_OF_MANY)
