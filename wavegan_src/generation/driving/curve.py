"""What to drive: the engine's speed, and perhaps its load, over time, from a range or from a table."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from wavegan_src.data.speed.table import LOAD, PROBABLY_HERTZ, RPM, TIME, columns_of, read_table
from wavegan_src.dsp.arrays import Floats
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.paths import shown

LOWEST_RPM, HIGHEST_RPM = 60.0, 20_000.0
SHORTEST_SECONDS, LONGEST_SECONDS = 0.1, 36_000.0
_RANGE = re.compile(r"([^:]+)(?::([^:]+))?")
_EXAMPLE = "time_s,rpm,load"


@dataclass(frozen=True)
class DriveCurve:
    """Speed and load over time, with straight lines between the points.

    times: s from 0, ascending, `(points,)`. rpm: `(points,)`. load: 0 to 1, `(points,)`; None leaves it to the model.

    Raises:
        UserError: a value is out of range.
    """

    times: Floats
    rpm: Floats
    load: Floats | None = None

    def __post_init__(self) -> None:
        if not len(self.times):
            raise UserError(f"The curve is empty: give rows of {_EXAMPLE}.")
        self._check_times()
        self._check_rpm()
        if self.load is not None and not ((self.load >= 0) & (self.load <= 1)).all():  # false for NaN too
            worst = self.load[~((self.load >= 0) & (self.load <= 1))][0]
            raise UserError(f"The load is {worst:g}: give 0 (no throttle) to 1 (full throttle).")

    @property
    def seconds(self) -> float:
        """Its length."""
        return float(self.times[-1])

    def at(self, times: Floats) -> tuple[Floats, Floats | None]:
        """Rpm and load at times in s, (n,)."""
        load = None if self.load is None else np.interp(times, self.times, self.load)
        return np.interp(times, self.times, self.rpm), load

    def _check_times(self) -> None:
        if not np.isfinite(self.times).all() or self.times[0] < 0:
            raise UserError(f"{TIME} has a time that is negative or no number: give seconds from 0.")
        if not (np.diff(self.times) > 0).all():
            row = int((np.diff(self.times) <= 0).argmax()) + 2
            raise UserError(f"{TIME} does not grow at row {row} ({self.times[row - 1]:g} s): sort the rows by time.")
        if not SHORTEST_SECONDS <= self.times[-1] <= LONGEST_SECONDS:
            raise UserError(
                f"The curve lasts {self.times[-1]:g} s: give {SHORTEST_SECONDS:g} to {LONGEST_SECONDS:g} s."
            )

    def _check_rpm(self) -> None:
        inside = (self.rpm >= LOWEST_RPM) & (self.rpm <= HIGHEST_RPM)
        if np.isfinite(self.rpm).all() and (self.rpm > 0).all() and self.rpm.max() < PROBABLY_HERTZ:
            raise UserError(
                f"The rpm go up to {self.rpm.max():g} only, which looks like turns per second: give revolutions per "
                "minute."
            )
        if not inside.all():  # false for NaN too
            worst = self.rpm[~inside][0]
            standing = "; a standing engine makes no sound" if worst == 0 else ""
            raise UserError(f"The rpm is {worst:g}: give {LOWEST_RPM:g} to {HIGHEST_RPM:g}{standing}.")


def sweep(rpm: float | Sequence[float], load: float | Sequence[float] | None, seconds: float) -> DriveCurve:
    """A curve through values evenly spread over `seconds`; a single value stays.

    Raises:
        UserError: a value is out of range.
    """
    if not SHORTEST_SECONDS <= seconds <= LONGEST_SECONDS:  # false for NaN too
        raise UserError(f"{seconds:g} s: give a length from {SHORTEST_SECONDS:g} to {LONGEST_SECONDS:g} s.")
    rpms = np.atleast_1d(np.asarray(rpm, np.float64))
    loads = None if load is None else np.atleast_1d(np.asarray(load, np.float64))
    if rpms.ndim > 1 or not rpms.size or (loads is not None and (loads.ndim > 1 or not loads.size)):
        raise UserError("Give one rpm and one load, or several in a row, evenly spread over the time.")
    ends = [np.linspace(0, seconds, max(each.size, 2)) for each in (rpms, loads) if each is not None]
    times = np.unique(np.concatenate(ends))

    def spread(values: Floats) -> Floats:
        points = np.resize(values, max(values.size, 2))
        return np.asarray(np.interp(times, np.linspace(0, seconds, points.size), points))

    return DriveCurve(times, spread(rpms), None if loads is None else spread(loads))


def parse_range(option: str, text: str, example: str = "800:6000") -> tuple[float, ...]:
    """The one or two numbers of "3000" or "800:6000".

    Raises:
        UserError: the text has another form.
    """
    match = _RANGE.fullmatch(text.strip())
    try:
        values = tuple(float(part) for part in match.groups() if part is not None) if match else ()
    except ValueError:
        values = ()
    if not values or not all(math.isfinite(value) for value in values):
        raise UserError(f"{option} {text}: give a number, or two with a colon for a ramp, such as {example}.")
    return values


def read_curve(path: Path) -> DriveCurve:
    """A curve from a table with the columns `time_s`, `rpm` and, if it has one, `load`.

    Raises:
        UserError: there is no such file, a column is missing, or a value is out of range.
    """
    columns = read_table(path, (TIME, RPM), (LOAD,))
    if not columns:
        names = columns_of(path)
        missing = RPM if TIME in names else TIME
        has = f"its columns are {', '.join(names)}" if names else "it is empty"
        raise UserError(f"{shown(path)} has no column {missing} ({has}): begin it with the line {_EXAMPLE}.")
    try:
        return DriveCurve(columns[TIME], columns[RPM], columns.get(LOAD))
    except UserError as error:
        raise UserError(f"{shown(path)}: {error}") from error
