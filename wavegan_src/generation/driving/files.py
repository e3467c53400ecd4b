"""Writing a driven sound: WAV in bounded memory, the curve as a table, and a picture."""

import wave
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from wavegan_src.data.audio_files import pcm16
from wavegan_src.data.speed.table import LOAD, RPM, TIME
from wavegan_src.dsp.arrays import F32
from wavegan_src.generation.driving.curve import DriveCurve
from wavegan_src.generation.driving.driver import Driver
from wavegan_src.generation.driving.picture import PICTURED_SECONDS, draw_drive
from wavegan_src.run.marker import Kind, mark_folder
from wavegan_src.utils.csv_log import format_value, to_csv
from wavegan_src.utils.errors import os_errors_as_user_errors
from wavegan_src.utils.files import make_folder, write_atomically, write_text_atomically

TABLE_STEP_S = 0.05
_CURE = "choose another folder with --out"


@dataclass(frozen=True)
class Driven:
    """The files of one sound, and its highest level, 0 to 1."""

    sound: Path
    table: Path
    picture: Path
    peak: float


def write_drive(driver: Driver, curve: DriveCurve, seed: int, folder: Path) -> Driven:
    """Write `drive_seedNNNNN.wav`, `.csv` and `.png`; the same seed and curve give the same bytes.

    Raises:
        UserError: the model cannot be driven, or the folder cannot be written.
    """
    stem = folder / f"drive_seed{seed:05d}"
    sound, table, picture = (stem.with_suffix(suffix) for suffix in (".wav", ".csv", ".png"))
    rate = driver.generator.sample_rate
    make_folder(folder, what="the folder", cure=_CURE)
    with os_errors_as_user_errors(folder, what="the sound", cure=_CURE):
        mark_folder(folder, Kind.DRIVEN)
        kept = _Beginning(round(PICTURED_SECONDS * rate))
        write_atomically(sound, lambda file: _write_wav(file, kept.of(driver.render(curve, seed)), rate))
        write_text_atomically(table, curve_table(curve))
        draw_drive(kept.samples(), rate, curve, driver.rpm_per_hertz, sound.stem, picture)
    return Driven(sound, table, picture, kept.peak)


def curve_table(curve: DriveCurve) -> str:
    """The curve as CSV, every `TABLE_STEP_S` and at its end; the load is empty where the model chose it."""
    times = np.append(np.arange(0, curve.seconds - TABLE_STEP_S / 2, TABLE_STEP_S), curve.seconds)
    rpm, load = curve.at(times)
    loads = [""] * len(times) if load is None else [format_value(round(value, 4)) for value in load.tolist()]
    rows = zip(np.round(times, 3).tolist(), np.round(rpm, 2).tolist(), loads, strict=True)
    return to_csv([[TIME, RPM, LOAD], *([format_value(time), format_value(speed), each] for time, speed, each in rows)])


class _Beginning:
    """Keeps the first samples of a sound that passes by, and its highest level."""

    def __init__(self, most: int) -> None:
        self.peak = 0.0
        self._most = most
        self._blocks: list[F32] = []

    def of(self, blocks: Iterable[F32]) -> Iterable[F32]:
        for block in blocks:
            self.peak = max(self.peak, float(np.abs(block).max(initial=0.0)))
            missing = self._most - sum(map(len, self._blocks))
            if missing > 0:
                self._blocks.append(block[:missing])
            yield block

    def samples(self) -> F32:
        return np.concatenate(self._blocks)


def _write_wav(target: BinaryIO, blocks: Iterable[F32], rate: int) -> None:
    with wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        for block in blocks:
            file.writeframesraw(pcm16(block))
