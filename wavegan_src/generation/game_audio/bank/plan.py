"""What goes into a bank: its speeds, its names, and whether the recordings have an idle."""

import re
from dataclasses import dataclass

import numpy as np

from wavegan_src.generation.request import check_seeds
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.format import printable

OFF, ON = 0.0, 1.0  # loads
LARGEST_STEP = 1.15  # from speed to speed, where nobody chooses them
HIGHEST_IDLE = 1200.0  # rpm; recordings that are never slower have no idle
MOST_SPEEDS = 100
PLACES = ("ext", "int")
LONGEST_NAME, LONGEST_LICENCE = 40, 200
_NAME = re.compile(r"[a-z][a-z0-9_]*")
NO_START = "the model has learnt running engines only, so it cannot make a start or a stop: record one"


@dataclass(frozen=True)
class BankPlan:
    """Which bank to make.

    rpm: speeds of the loops, ascending. idle: its speed, None if the recordings have none. place: "ext" or "int".
    """

    rpm: tuple[float, ...]
    idle: float | None
    seed: int
    sample_rate: int
    name: str = "engine"
    place: str = "ext"
    licence: str = ""

    def loop_name(self, kind: str, rpm: float) -> str:
        """Such as `engine_ext_on_03000rpm.wav`; kind: on, off, idle or limiter."""
        return f"{self.name}_{self.place}_{kind}_{rpm:05.0f}rpm.wav"

    def ramp_name(self, kind: str) -> str:
        """Such as `engine_ext_on_ramp`, without a suffix."""
        return f"{self.name}_{self.place}_{kind}_ramp"


def make_plan(
    asked: tuple[float, ...] | None,
    recorded: tuple[float, float],
    seed: int,
    sample_rate: int,
    *,
    name: str = "engine",
    place: str = "ext",
    licence: str = "",
) -> BankPlan:
    """The plan for what a user asks; without speeds, those that the recordings cover.

    Raises:
        UserError: a name, place, licence or seed that cannot be used, or too many speeds.
    """
    if not _NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise UserError(
            f"--name {printable(name)}: give small letters, digits and _, at most {LONGEST_NAME}, as in v8_diesel."
        )
    if place not in PLACES:
        raise UserError(f"--place {printable(place)}: give ext (outside the car) or int (inside).")
    licence = " ".join(licence.split())
    if len(licence) > LONGEST_LICENCE or not licence.isprintable():
        raise UserError(f"--licence takes one line of up to {LONGEST_LICENCE} letters, such as CC BY 4.0.")
    speeds = sorted({float(round(rpm)) for rpm in asked or default_speeds(*recorded)})
    if len(speeds) > MOST_SPEEDS:
        raise UserError(f"--rpm asks for {len(speeds)} speeds, and a bank has up to {MOST_SPEEDS}: take larger steps.")
    idle = float(round(recorded[0])) if recorded[0] <= HIGHEST_IDLE else None
    check_seeds(seed)
    return BankPlan(tuple(speeds), idle, seed, sample_rate, name, place, licence)


def default_speeds(low: float, high: float) -> list[float]:
    """Round speeds that cover a range in even ratios of at most `LARGEST_STEP`."""
    first, last = 50 * np.ceil(low / 50), 50 * np.floor(high / 50)
    if first >= last:
        return [float(np.rint(np.sqrt(low * high)))]
    count = int(np.ceil(np.log(last / first) / np.log(LARGEST_STEP))) + 1
    return [float(10 * np.rint(rpm / 10)) for rpm in np.geomspace(first, last, count)]
