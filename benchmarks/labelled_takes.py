"""Recordings with curves of speed and torque: read them, hold one out, and write the others as training reads them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import soundfile as sf

from wavegan_src.data.speed.labels import ENGINE_FILE
from wavegan_src.dsp.arrays import F32, Floats
from wavegan_src.dsp.clips import resample
from wavegan_src.generation.driving.curve import DriveCurve

SUFFIXES = (".opus", ".wav", ".flac")


@dataclass(frozen=True)
class Take:
    """A recording with its curve.

    sound: `(samples,)` at `rate`. times: s, rpm, load 0 to 1: `(points,)`.
    """

    name: str
    sound: F32
    rate: int
    times: Floats
    rpm: Floats
    load: Floats

    @property
    def curve(self) -> DriveCurve:
        """What a model is driven along; it ends with the recording."""
        end = min(self.times[-1], len(self.sound) / self.rate)
        times = np.append(self.times[self.times < end], end)
        return DriveCurve(times, np.interp(times, self.times, self.rpm), np.interp(times, self.times, self.load))

    def at(self, times: Floats) -> Floats:
        """Log2 of the speed, and the load, at times in s: `(n, 2)`."""
        speed = np.interp(times, self.times, np.log2(self.rpm))
        return np.stack([speed, np.interp(times, self.times, self.load)], -1)


def recordings(folder: Path, setup: str = "") -> list[Path]:
    """The recordings of a set-up that have a table."""
    found = [path for path in sorted(folder.iterdir()) if path.suffix in SUFFIXES and path.with_suffix(".csv").exists()]
    return [path for path in found if path.name.startswith(f"{setup}_" if setup else "")]


def read_take(path: Path, rate: int) -> Take:
    """A recording's mean of its channels, at `rate`, and its curve with the torque in Nm in place of the load."""
    sound, own_rate = sf.read(path, dtype="float32", always_2d=True)
    columns = np.genfromtxt(path.with_suffix(".csv"), delimiter=",", names=True)
    mono = resample(np.ascontiguousarray(sound.mean(1)), own_rate, rate)
    return Take(path.stem, mono, rate, columns["time_s"], columns["rpm"], columns["torque_nm"])


def choose_held(takes: Sequence[Take], asked: str) -> tuple[Take, list[Take]]:
    """The held-out recording, and the others: the one whose course the others cover best, or the one asked for."""
    torque = np.concatenate([take.load for take in takes])
    scale = np.array([1.0, np.ptp(torque)])

    def uncovered(index: int) -> float:
        others = np.concatenate([_course(take) for number, take in enumerate(takes) if number != index])
        return float((np.abs(_course(takes[index])[:, None] - others) / scale).sum(-1).min(1).mean())

    ranked = sorted(range(len(takes)), key=uncovered)
    chosen = next((index for index in ranked if takes[index].name.endswith(asked)), None)
    if chosen is None:
        raise SystemExit(f"No recording of the set-up ends with {asked}.")
    return takes[chosen], [take for index, take in enumerate(takes) if index != chosen]


def _course(take: Take) -> Floats:
    return np.stack([np.log2(take.rpm), take.load], -1)


def write_training(takes: Sequence[Take], folder: Path) -> tuple[float, float]:
    """Write recordings of one engine with labels as `train` reads them; the torques that became the loads 0 and 1."""
    torque = np.concatenate([take.load for take in takes])
    low, high = float(torque.min()), float(torque.max())
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ENGINE_FILE).write_text(json.dumps({"name": "the engine"}))
    for take in takes:
        sf.write(folder / f"{take.name}.wav", take.sound, take.rate)
        columns = np.stack([take.times, take.rpm, with_load(take, low, high).load], -1)
        np.savetxt(folder / f"{take.name}.csv", columns, "%.4f", ",", header="time_s,rpm,load", comments="")
    return low, high


def with_load(take: Take, low: float, high: float) -> Take:
    """A recording with loads in place of torques."""
    return replace(take, load=np.clip((take.load - low) / (high - low), 0, 1))
