"""Labels that come with a recording: `NAME.csv` beside it, its speed over time; `engine.json`, what engine it is."""

import math
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from wavegan_src.data.speed.table import LOAD, PROBABLY_HERTZ, RPM, TIME, read_table
from wavegan_src.dsp.arrays import Floats
from wavegan_src.dsp.order_tracking.engine import EngineLayout
from wavegan_src.utils.csv_log import format_value, to_csv
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.format import format_count
from wavegan_src.utils.paths import shown
from wavegan_src.utils.reading import parse_json, read_or_refuse

ENGINE_FILE = "engine.json"
KEYS = ("name", "cylinders", "strokes", "firing_intervals")
HIGHEST_RPM = 30_000.0
FEW_RECORDINGS = 8
_NAMED = "engine "


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


@dataclass(frozen=True)
class Engine:
    """name: recordings of one name are of one engine; layout: its cylinders and strokes. None is not known."""

    name: str | None
    layout: EngineLayout | None


def labels_file(recording: Path) -> Path | None:
    """The file of labels beside a recording, if there is one: its name with `.csv`."""
    path = recording.with_suffix(".csv")
    return path if path.is_file() else None


def read_speed_labels(recording: Path) -> SpeedLabels | None:
    """The speed labels beside a recording; None without a file, or if it is some other table without `time_s`.

    Raises:
        UserError: it cannot be read, or times, speeds or loads in it are missing, not in order or out of range.
    """
    path = labels_file(recording)
    if path is None:
        return None
    columns = read_table(path, (TIME, RPM), (LOAD,))
    if not columns or not len(columns[TIME]):
        return None
    times, rpm, load = columns[TIME], columns[RPM], columns.get(LOAD, np.empty(0))
    bad = ~(np.isfinite(times) & (rpm >= 0) & (rpm <= HIGHEST_RPM))
    if bad.any():
        row = int(bad.argmax())
        raise UserError(
            f"{shown(path)}, row {row + 1} has the time {times[row]:g} s and {rpm[row]:g} rpm: give numbers, and 0 to "
            f"{HIGHEST_RPM:g} rpm."
        )
    if 0 < rpm.max() < PROBABLY_HERTZ:
        raise UserError(
            f"{shown(path)} goes up to {rpm.max():g} rpm only, which looks like turns per second: give revolutions per "
            "minute."
        )
    if not (np.diff(times) > 0).all():
        row = int((np.diff(times) <= 0).argmax()) + 1
        raise UserError(
            f"{shown(path)}, row {row + 1}: the time {times[row]:g} s is not after the one before. Sort it."
        )
    bad = ~((load >= 0) & (load <= 1))  # true for NaN too
    if bad.any():
        row = int(bad.argmax())
        raise UserError(f"{shown(path)}, row {row + 1} has the load {load[row]:g}: give 0 to 1.")
    return SpeedLabels(times, rpm, load)


def read_engine(folder: Path) -> Engine | None:
    """The engine of the recordings in a folder, from its `engine.json`; None if there is no such file.

    Raises:
        UserError: it cannot be read, is not JSON, or does not describe an engine.
    """
    path = folder / ENGINE_FILE
    if not os.path.lexists(path):
        return None
    data = read_or_refuse(path)
    try:
        return _engine(parse_json(data))
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(
            f'{shown(path)} is not a description of an engine ({error}). Write it like {{"name": "golf", '
            '"cylinders": 4, "strokes": 4, "firing_intervals": [180, 180, 180, 180]}; a name or cylinders alone are '
            "enough."
        ) from error
    except UserError as error:
        raise UserError(f"{shown(path)}: {error}") from error


def _engine(values: Any) -> Engine:
    if not isinstance(values, dict):
        raise ValueError("it is no object in braces")
    if unknown := sorted(values.keys() - KEYS):
        raise ValueError(f"the key {unknown[0]!r} is none of {', '.join(KEYS)}")
    name = values.get("name")
    if name is not None and not (isinstance(name, str) and name.strip()):
        raise ValueError(f"the name {name!r} is no text")
    if "cylinders" not in values:
        if name is None or {"strokes", "firing_intervals"} & values.keys():
            raise ValueError(
                "it has no cylinders" if values.keys() - {"name"} else "it has neither a name nor cylinders"
            )
        return Engine(name.strip(), None)
    given = values.get("firing_intervals", [])
    if not isinstance(given, list):
        raise ValueError(f"the firing intervals {given!r} are no list")
    intervals = tuple(float(each) for each in given)
    layout = EngineLayout(_whole(values["cylinders"]), _whole(values.get("strokes", 4)), intervals)
    return Engine(None if name is None else name.strip(), layout)


def read_layout(folder: Path) -> EngineLayout | None:
    """The cylinders and strokes that `read_engine` tells, if any; it raises what that raises."""
    engine = read_engine(folder)
    return None if engine is None else engine.layout


def engines_of(
    sources: Sequence[str], paths: Mapping[str, Path], recordings: Sequence[str], trained: Collection[int]
) -> list[str]:
    """Which engine each source is of: the one that its folder's `engine.json` names, or else that of its recording.

    Empty if none has a name that training clips are of.

    Args:
        sources: their names.
        paths: the file of each.
        recordings: of each source.
        trained: the numbers of the sources that training clips are of.
    """
    names = {folder: _engine_name(folder) for folder in {path.parent for path in paths.values()}}
    named = [names[paths[source].parent] if source in paths else None for source in sources]
    if not any(named[number] for number in trained):
        return []
    return [
        f"recording {recording}" if name is None else f"{_NAMED}{name}"
        for name, recording in zip(named, recordings, strict=True)
    ]


def engines_notice(engines: Sequence[str], recordings: Sequence[str], trained: Collection[int]) -> str | None:
    """What `engines_of` found, or how to tell it where there are so few recordings that they are likely of one."""
    if engines:
        named = {engines[number]: None for number in trained if engines[number].startswith(_NAMED)}
        of_them = {recordings[number] for number in trained if engines[number] in named}
        engines_named, recorded = format_count(len(named), "engine"), format_count(len(of_them), "training recording")
        return f"{ENGINE_FILE} names {engines_named} of {recorded}; each engine is learnt as one."
    if 1 < len({recordings[number] for number in trained}) <= FEW_RECORDINGS:
        return (
            "If these recordings are of one engine, put an engine.json that names it beside them, such as "
            '{"name": "golf"}: then they are learnt as one.'
        )
    return None


def _engine_name(folder: Path) -> str | None:
    try:
        engine = read_engine(folder)
    except UserError:  # a warning names the file where its layout is read
        return None
    return None if engine is None else engine.name


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{value!r} is not a whole number")
    return value
