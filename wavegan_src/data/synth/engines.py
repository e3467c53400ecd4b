"""What is synthesised: cylinder layouts and engine classes, as typed constants with ranges to draw from.

The ranges are ordinary figures of such machines (Heywood, "Internal Combustion Engine Fundamentals", chapters 2
and 9; Munjal, "Acoustics of Ducts and Mufflers", chapter 8); the levels were set by comparison with recordings.
"""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from wavegan_src.utils.errors import UserError

Range = tuple[float, float]

# What can be synthesised; clips of such a rate in Hz, longer than nothing and no longer than this in s.
SAMPLE_RATES = (1000, 192_000)
LONGEST_SECONDS = 60.0

STATES = ("idle", "cruise", "rev")


@dataclass(frozen=True)
class Layout:
    """A cylinder arrangement.

    firing: when each cylinder fires, as a share of one working cycle (720 degrees of crank for four strokes, 360
    for two), each in [0, 1). banks: which of two exhaust manifolds (0 or 1) each cylinder breathes into.
    """

    name: str
    firing: tuple[float, ...]
    banks: tuple[int, ...]

    @property
    def cylinders(self) -> int:
        """Number of cylinders."""
        return len(self.firing)


@dataclass(frozen=True)
class ExhaustRanges:
    """Dimensions of the exhaust line: pipe length and radius in m, number of expansion chambers (inclusive)."""

    length_m: Range
    radius_m: Range
    chambers: tuple[int, int]


@dataclass(frozen=True)
class SourceLevels:
    """Levels at the same distance, in dB re the exhaust at idle, counted from 100 Hz to 5 kHz.

    intake: induction; knock: combustion through the block, the same every cycle; ticks: valves and injectors;
    rattle: mechanical and combustion noise, different every cycle; hiss: fan, belts, flow; tonal: gears, alternator.
    """

    intake: Range
    knock: Range
    ticks: Range
    rattle: Range
    hiss: Range
    tonal: Range


@dataclass(frozen=True)
class EngineClass:
    """Ranges that one clip's engine is drawn from.

    rpm ranges in revolutions per minute (rev_rpm: peak of a blip); rise_ms: time to the peak of a blow-down pulse;
    cyclic_variation: standard deviation of the logarithm of a cycle's strength; timing_jitter: of its firing, in
    cycles; idle_misfire: share of cycles that do not burn at idle; turbulence: level of the exhaust's noise re its
    pulses; places: where it is heard, with probabilities.
    """

    name: str
    strokes: int
    layouts: tuple[str, ...]
    idle_rpm: Range
    cruise_rpm: Range
    rev_rpm: Range
    exhaust: ExhaustRanges
    rise_ms: Range
    turbulence: Range
    cyclic_variation: Range
    timing_jitter: float
    idle_misfire: Range
    levels: SourceLevels
    places: tuple[tuple[str, float], ...]
    turbocharged: bool = False

    def cycles_per_second(self, rpm: float) -> float:
        """Working cycles per second of one cylinder, in Hz."""
        return rpm / 60 / (self.strokes / 2)

    def firing_hz(self, rpm: float, cylinders: int) -> float:
        """Mean rate of firing of all cylinders, in Hz."""
        return self.cycles_per_second(rpm) * cylinders


def _even(name: str, count: int, banks: tuple[int, ...] | None = None) -> Layout:
    return Layout(name, tuple(k / count for k in range(count)), banks or (0,) * count)


LAYOUTS: dict[str, Layout] = {
    layout.name: layout
    for layout in (
        _even("single", 1),
        _even("twin_360", 2),
        Layout("twin_270", (0.0, 270 / 720), (0, 0)),
        Layout("v_twin_45", (0.0, 315 / 720), (0, 1)),
        Layout("v_twin_90", (0.0, 270 / 720), (0, 1)),
        _even("inline_3", 3),
        _even("inline_4", 4),
        _even("flat_4", 4, (0, 0, 1, 1)),  # unequal headers: the burble of a boxer
        _even("inline_5", 5),
        _even("inline_6", 6),
        _even("v6", 6, (0, 1, 0, 1, 0, 1)),
        _even("v8_cross_plane", 8, (0, 1, 0, 0, 1, 0, 1, 1)),  # even overall, uneven within each bank
    )
}

_OUTDOORS = (("engine_bay", 0.25), ("roadside", 0.3), ("tailpipe", 0.25), ("garage", 0.15), ("cabin", 0.05))

CLASSES: dict[str, EngineClass] = {
    engine.name: engine
    for engine in (
        EngineClass(
            name="car_petrol",
            strokes=4,
            layouts=("inline_3", *6 * ("inline_4",), "flat_4", "inline_6", "v6", "v8_cross_plane"),
            idle_rpm=(770, 890),
            cruise_rpm=(1500, 3500),
            rev_rpm=(3500, 6500),
            exhaust=ExhaustRanges((2.0, 4.2), (0.020, 0.030), (2, 3)),
            rise_ms=(0.9, 1.5),
            turbulence=(0.4, 1.2),
            cyclic_variation=(0.04, 0.12),
            timing_jitter=0.003,
            idle_misfire=(0.0, 0.02),
            levels=SourceLevels((-12, -4), (-3, 4), (-14, -6), (3, 9), (-5, 3), (-24, -12)),
            places=(("engine_bay", 0.5), ("roadside", 0.32), ("tailpipe", 0.08), ("garage", 0.06), ("cabin", 0.04)),
        ),
        EngineClass(
            name="motorbike",
            strokes=4,
            layouts=("single", "twin_270", "twin_360", "v_twin_45", "v_twin_90", "inline_3", "inline_4"),
            idle_rpm=(900, 1500),
            cruise_rpm=(2800, 6000),
            rev_rpm=(6000, 11000),
            exhaust=ExhaustRanges((0.9, 1.8), (0.017, 0.026), (1, 1)),
            rise_ms=(0.45, 0.9),
            turbulence=(0.4, 1.3),
            cyclic_variation=(0.10, 0.25),
            timing_jitter=0.010,
            idle_misfire=(0.0, 0.03),
            levels=SourceLevels((-10, -3), (-16, -8), (-14, -5), (-6, 3), (-14, -4), (-30, -16)),
            places=_OUTDOORS,
        ),
        EngineClass(
            name="truck_diesel",
            strokes=4,
            layouts=("inline_6", "inline_6", "inline_6", "inline_5", "v8_cross_plane"),
            idle_rpm=(500, 700),
            cruise_rpm=(1000, 1700),
            rev_rpm=(1500, 2300),
            exhaust=ExhaustRanges((2.0, 4.0), (0.045, 0.065), (1, 2)),
            rise_ms=(1.4, 2.4),
            turbulence=(0.4, 1.1),
            cyclic_variation=(0.05, 0.12),
            timing_jitter=0.004,
            idle_misfire=(0.0, 0.01),
            levels=SourceLevels((-14, -6), (-2, 5), (-10, -3), (-6, 3), (-13, -4), (-26, -14)),
            places=_OUTDOORS,
            turbocharged=True,
        ),
        EngineClass(
            name="tractor",
            strokes=4,
            layouts=("single", "twin_360", "inline_3", "inline_3", "inline_4", "inline_4"),
            idle_rpm=(500, 850),
            cruise_rpm=(1200, 2000),
            rev_rpm=(1800, 2500),
            exhaust=ExhaustRanges((0.8, 1.8), (0.022, 0.035), (1, 1)),
            rise_ms=(0.9, 1.8),
            turbulence=(0.5, 1.4),
            cyclic_variation=(0.06, 0.15),
            timing_jitter=0.006,
            idle_misfire=(0.0, 0.02),
            levels=SourceLevels((-14, -6), (-5, 2), (-10, -3), (-3, 5), (-12, -2), (-28, -16)),
            places=_OUTDOORS,
        ),
        EngineClass(
            name="two_stroke",
            strokes=2,
            layouts=("single", "single", "single", "twin_360"),
            idle_rpm=(1600, 3000),
            cruise_rpm=(4500, 8000),
            rev_rpm=(7500, 12500),
            exhaust=ExhaustRanges((0.35, 0.8), (0.007, 0.012), (1, 1)),
            rise_ms=(0.30, 0.60),
            turbulence=(0.5, 1.5),
            cyclic_variation=(0.15, 0.40),
            timing_jitter=0.014,
            idle_misfire=(0.0, 0.35),
            levels=SourceLevels((-7, 1), (-14, -6), (-16, -8), (-8, 2), (-14, -4), (-30, -18)),
            places=_OUTDOORS,
        ),
    )
}


def find_class(name: str) -> EngineClass:
    """The engine class of that name; UserError names the nearest one otherwise."""
    return CLASSES[_known("engine class", name, CLASSES)]


def find_state(name: str) -> str:
    """`name`, if it is a state; UserError names the nearest one otherwise."""
    return _known("state", name, STATES)


def _known(kind: str, name: str, known: Iterable[str]) -> str:
    names = list(known)
    if name in names:
        return name
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else f"choose one of {', '.join(names)}."
    raise UserError(f"There is no {kind} {name!r}: {hint}")
