"""Labels that come with a recording: `NAME.csv` beside it, its speed over time; `engine.json`, what engine it is."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from wavegan_src.dsp.arrays import Floats
from wavegan_src.dsp.order_tracking.engine import EngineLayout
from wavegan_src.utils.csv_log import format_value, read_columns, to_csv
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.paths import shown
from wavegan_src.utils.reading import read_json, read_regular

ENGINE_FILE = "engine.json"
TIME, RPM, LOAD = "time_s", "rpm", "load"
HIGHEST_RPM = 30_000.0


@dataclass(frozen=True)
class SpeedLabels:
    """times: s, ascending, (points,); rpm: revolutions per minute; load: from 0 to 1, or empty if not given."""

    times: Floats
    rpm: Floats
    load: Floats

    def at(self, times: Floats) -> Floats:
        """The rpm at times in s, (n,), between the points; NaN before the first and after the last."""
        return np.interp(times, self.times, self.rpm, left=math.nan, right=math.nan)

    def cut(self, start: float, seconds: float) -> "SpeedLabels":
        """The labels of a clip, counted from its start: the points within it, and both ends where they are known."""
        end = start + seconds
        inside = self.times[(self.times >= start) & (self.times <= end)]
        ends = [time for time in (start, end) if self.times[0] <= time <= self.times[-1]]
        times = np.unique(np.concatenate([ends, inside]))
        load = np.interp(times, self.times, self.load) if len(self.load) else self.load
        return SpeedLabels(times - start, np.interp(times, self.times, self.rpm), load)

    def to_csv(self) -> str:
        """The file's text."""
        columns = {TIME: self.times, RPM: self.rpm} | ({LOAD: self.load} if len(self.load) else {})
        numbers = zip(*(np.round(column, 4).tolist() for column in columns.values()), strict=True)
        return to_csv([list(columns), *([format_value(number) for number in row] for row in numbers)])


def labels_file(recording: Path) -> Path | None:
    """The file of labels beside a recording, if there is one: its name with `.csv`."""
    path = recording.with_suffix(".csv")
    return path if path.is_file() else None


def read_speed_labels(recording: Path) -> SpeedLabels | None:
    """The speed labels beside a recording; None without a file, or if it is some other table without `time_s`.

    Raises:
        UserError: times or speeds in it are missing, not in order or out of range.
        OSError: it cannot be read.
    """
    path = labels_file(recording)
    if path is None:
        return None
    columns = _columns(path)
    if not {TIME, RPM} <= set(columns):
        return None
    times, rpm = np.array(columns[TIME]), np.array(columns[RPM])
    bad = ~(np.isfinite(times) & (rpm >= 0) & (rpm <= HIGHEST_RPM))
    if bad.any():
        row = int(bad.argmax())
        raise UserError(
            f"{shown(path)}, row {row + 1} has the time {times[row]:g} s and {rpm[row]:g} rpm: give numbers, and 0 to "
            f"{HIGHEST_RPM:g} rpm."
        )
    if not (np.diff(times) > 0).all():
        row = int((np.diff(times) <= 0).argmax()) + 1
        raise UserError(
            f"{shown(path)}, row {row + 1}: the time {times[row]:g} s is not after the one before. Sort it."
        )
    load = np.array(columns.get(LOAD, []))
    return SpeedLabels(times, rpm, load if np.isfinite(load).all() else np.empty(0))


def read_layout(folder: Path) -> EngineLayout | None:
    """The engine of the recordings in a folder, from its `engine.json`; None if there is no such file.

    Raises:
        UserError: it is not JSON, or does not describe an engine.
        OSError: it cannot be read.
    """
    path = folder / ENGINE_FILE
    if not path.is_file():
        return None
    try:
        values = read_json(path)
        layout = _layout(values)
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(
            f'{shown(path)} is not a description of an engine ({error}). Write it like {{"cylinders": 4, "strokes": 4, '
            '"firing_intervals": [180, 180, 180, 180]}; the intervals may be left out.'
        ) from error
    except UserError as error:
        raise UserError(f"{shown(path)}: {error}") from error
    return layout


def _layout(values: Any) -> EngineLayout:
    intervals = tuple(float(each) for each in values.get("firing_intervals", ())) if isinstance(values, dict) else ()
    return EngineLayout(_whole(values["cylinders"]), _whole(values.get("strokes", 4)), intervals)


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{value!r} is not a whole number")
    return value


def _columns(path: Path) -> dict[str, list[float]]:
    read_regular(path)  # pipes and devices are refused
    return read_columns(path)
