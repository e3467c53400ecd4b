"""What speed a spacing of lines means: how many times within a working cycle the sound repeats.

Lines 100 Hz apart are a single cylinder at 12000 rpm, or a V8 at 1500 rpm whose cylinders sound alike. Three things
decide: the speeds that engines run at; weak lines between the strong ones, from the differences between cylinders; and
strong lines among weak ones, at the multiples of the firing rate.
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
# Log odds, fitted to procedural clips of all layouts: of a sound that repeats once a cycle, and of one that repeats
# more often than that but less often than cylinders fire, against one in which all cylinders sound alike.
_ONCE, _SOME = -5.0, -6.0
_BANKS_FROM, _BANKS = 8, 3.5  # engines with so many cylinders have two banks, which never sound quite alike
_UNEVEN, _MOST_UNEVEN = 4.3, 1.2  # for those two: per neper of unevenness of the lines, up to so many
_STRONG, _STRONG_RANGE = 1.9, (-0.3, 1.2)  # for those two: per neper by which the lines of the firing stand out
_BETWEEN, _BETWEEN_RANGE = 2.9, (0.15, 0.75)  # per neper of lines between, within so many
_SPEED = 0.9  # of the logarithm of the speed's density
_UNEVEN_TWIN = 3.5  # of twins of four strokes that sound once a cycle, unless they are known to fire evenly
_HIGHEST_ORDER = 12


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
    known = COMMON if layout is None else ((layout, 1.0),)
    speeds = np.quantile(spacing, (0.05, 0.5, 0.95))
    shape = _Shape(spectrum, [(engine, repeats) for engine, _ in known for repeats in engine.multiples])
    found = [
        (engine, repeats, np.log(share) + _log_odds(shape, speeds, engine, repeats))
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
        self.standing_out = {every: standing_out(spectrum, every) for every in firings}


def _log_odds(shape: _Shape, speeds: Floats, engine: EngineLayout, repeats: int) -> float:
    rpm = speeds * engine.rpm_per_hertz / repeats
    odds = _SPEED * _log_density(float(rpm[1]), engine.strokes)
    odds -= _WALL * max(0.0, float(np.log(_SLOWEST_RPM[engine.strokes] / rpm[0])))
    odds -= _WALL * max(0.0, float(np.log(rpm[2] / _fastest(engine))))
    if repeats > 1:
        odds += _BETWEEN * (_within(shape.between[repeats], _BETWEEN_RANGE) - _BETWEEN_RANGE[0])
    if engine.cylinders > repeats:
        odds += (_ONCE if repeats == 1 else _SOME) + (_BANKS if engine.cylinders >= _BANKS_FROM else 0.0)
        odds += _UNEVEN * min(shape.unevenness, _MOST_UNEVEN)
        odds += _STRONG * _within(shape.standing_out[engine.cylinders // repeats], _STRONG_RANGE)
        if engine.cylinders == 2 and engine.strokes == 4 and not engine.firing_intervals:
            odds += _UNEVEN_TWIN
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


def standing_out(spectrum: OrderSpectrum, every: int) -> float:
    """How far every so-manieth line stands out from its neighbours, in nepers; 0 if none is in the spectrum."""
    orders = np.arange(every, max(_HIGHEST_ORDER, 2 * every) + 1, every, dtype=np.float64)
    found = _contrast(spectrum, orders[orders > 1])
    return 0.0 if np.isnan(found).all() else float(np.nanmean(found))


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
