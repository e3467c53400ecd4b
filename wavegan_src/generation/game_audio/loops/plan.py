"""Which loops to make: speeds and loads, and how many working cycles each loop holds."""

import re
from dataclasses import dataclass

import numpy as np

from wavegan_src.generation.driving.curve import HIGHEST_RPM, LOWEST_RPM
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.paths import shown

SHORTEST_S, LONGEST_S = 1.0, 2.5
MOST_LOOPS = 1000
_NUMBER = r"\s*([0-9.eE+-]+)\s*"
_GRID = re.compile(f"{_NUMBER}:{_NUMBER}:{_NUMBER}")


@dataclass(frozen=True)
class LoopPlan:
    """One loop. rpm: what its name says. load: 0 to 1. cycles: working cycles that it holds. frames: of the model."""

    rpm: float
    load: float
    cycles: int
    frames: int


def parse_speeds(text: str) -> tuple[float, ...]:
    """Speeds of "800:7000:600" (from, to, step), "800,1200" or "3000".

    Raises:
        UserError: the text has another form, or a speed is out of range.
    """
    match = _GRID.fullmatch(text)
    if match is None:
        speeds = _numbers("--rpm", text, "a range with a step such as 800:7000:600, or speeds such as 800,1200,2000")
    else:
        low, high, step = _numbers("--rpm", ",".join(match.groups()), "numbers, such as 800:7000:600")
        if step <= 0 or high < low:
            raise UserError(f"--rpm {shown(text)}: go upwards with a step above 0, such as 800:7000:600.")
        if (high - low) / step > MOST_LOOPS:
            raise UserError(f"--rpm {shown(text)}: that is more than {MOST_LOOPS} speeds; give a larger step.")
        speeds = tuple(float(speed) for speed in np.arange(low, high + step * 1e-6, step))
    speeds = tuple(dict.fromkeys(speeds))
    if len(speeds) > MOST_LOOPS:
        raise UserError(f"--rpm {shown(text)}: that is more than {MOST_LOOPS} speeds; give fewer.")
    for speed in speeds:
        if not LOWEST_RPM <= speed <= HIGHEST_RPM:
            raise UserError(
                f"--rpm {shown(text)}: {speed:g} is out of range; give {LOWEST_RPM:g} to {HIGHEST_RPM:g} rpm."
            )
    if len({round(speed) for speed in speeds}) < len(speeds):
        raise UserError(f"--rpm {shown(text)}: two speeds are less than 1 rpm apart; give larger steps.")
    return speeds


def parse_loads(text: str) -> tuple[float, ...]:
    """Loads of "0,1".

    Raises:
        UserError: the text has another form, or a load is out of range.
    """
    loads = _numbers("--load", text, "loads from 0 to 1, such as 0,1")
    for load in loads:
        if not 0 <= load <= 1:
            raise UserError(f"--load {shown(text)}: {load:g} is out of range; give loads from 0 (none) to 1 (full).")
    loads = tuple(dict.fromkeys(loads))
    if len({round(100 * load) for load in loads}) < len(loads):
        raise UserError(f"--load {shown(text)}: two loads are less than 0.01 apart; give fewer.")
    return loads


def plan_loop(
    rpm: float,
    load: float,
    frame_s: float,
    rpm_per_hertz: float,
    length_s: tuple[float, float] = (SHORTEST_S, LONGEST_S),
) -> LoopPlan:
    """The loop of whole cycles and whole frames whose speed comes nearest to `rpm`.

    Args:
        rpm: revolutions per minute.
        load: 0 to 1.
        frame_s: duration of the model's frames.
        rpm_per_hertz: revolutions per minute at one working cycle per second.
        length_s: how short and how long it may be; but it has a cycle.
    """
    shortest_s, longest_s = length_s
    cycle_s = rpm_per_hertz / rpm
    fewest = max(1, int(np.ceil(shortest_s / cycle_s)))
    cycles = np.arange(fewest, max(fewest, int(longest_s / cycle_s)) + 1)
    frames = np.rint(cycles * cycle_s / frame_s)
    best = int(np.argmin(np.abs(frames * frame_s / (cycles * cycle_s) - 1)))
    return LoopPlan(rpm, load, int(cycles[best]), int(frames[best]))


def _numbers(option: str, text: str, wanted: str) -> tuple[float, ...]:
    try:
        found = tuple(float(part) for part in text.split(","))
    except ValueError:
        found = ()
    if not found or not all(np.isfinite(found)):
        raise UserError(f"{option} {shown(text)}: give {wanted}.")
    return found
