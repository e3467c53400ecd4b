"""Cutting one recording for `prepare`: its clips and its rows of the manifest, finished completely or not at all."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from wavegan_src.data.audio_files import WAV_HEADER_BYTES, write_wav
from wavegan_src.data.content_hash import hash_file
from wavegan_src.data.decoding.headers import DamagedAudioError
from wavegan_src.data.decoding.problems import DAMAGED, kind_of
from wavegan_src.data.prepare.naming import clip_name, offset_decimals
from wavegan_src.data.prepare.output import DROPPED, KEPT, Output, Record, Row
from wavegan_src.data.recordings import UNREADABLE, AudioFile, Recording
from wavegan_src.data.speed.labels import (
    ENGINE_FILE,
    SpeedLabels,
    labels_file,
    read_engine,
    read_speed_labels,
)
from wavegan_src.data.windows import FileWindows, Window, WindowSpec
from wavegan_src.dsp.clips import F32, peak_level
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.progress import Advance
from wavegan_src.utils.reading import read_regular


@dataclass(frozen=True)
class Task:
    """A recording to be cut: its name in the output, its split, and a distinct stem per file."""

    recording: Recording
    name: str
    split: str
    stems: tuple[str, ...]

    @property
    def key(self) -> str:
        """`split/name`, which no other recording has."""
        return f"{self.split}/{self.name}"

    @property
    def seconds(self) -> float:
        """Length of the recording in s, according to its headers."""
        return sum(file.header.seconds for file in self.recording.files if file.header)


def clip_bytes(spec: WindowSpec) -> int:
    """Size of one clip's WAV file."""
    return 2 * spec.length + WAV_HEADER_BYTES


def estimate_clips(recording: Recording, spec: WindowSpec) -> int:
    """How many clips a recording gives if none of it is silent."""
    return sum(spec.estimate(file.header) for file in recording.files if file.header)


def need_bytes(task: Task, spec: WindowSpec) -> int:
    """Estimated size of a recording's clips on disk."""
    return estimate_clips(task.recording, spec) * clip_bytes(spec)


@dataclass(frozen=True)
class Cutter:
    """Cuts recordings into an output folder; done: the records that earlier calls finished, by key."""

    spec: WindowSpec
    output: Output
    done: Mapping[str, Record]
    advance: Advance

    def finish(self, task: Task) -> tuple[Record, bool]:
        """A recording's record, and whether an earlier call had finished it from the same sources."""
        sources = {file.name: hash_file(file.path) for file in task.recording.files}
        label_sources = _hash_labels(task.recording)
        record = self.done.get(task.key)
        if record is not None:
            unchanged = record.sources == sources and record.label_sources == label_sources
            if unchanged and self.output.is_whole(record, clip_bytes(self.spec)):
                self.advance(task.seconds)
                return record, True
            self.output.discard(record)
        part = self.output.parts / task.key
        part.mkdir()
        try:
            record = Record(task.name, task.split, sources, label_sources=label_sources)
            for file, stem in zip(task.recording.files, task.stems, strict=True):
                self._cut(file, stem, record, part)
            _carry_engine(task.recording, record, part)
            self.output.publish(record, part)
        finally:
            shutil.rmtree(part, ignore_errors=True)
        return record, False

    def _cut(self, file: AudioFile, stem: str, record: Record, part: Path) -> None:
        """Write one file's clips to `part` and their rows to the record."""
        decimals = offset_decimals(self.spec.hop / self.spec.sample_rate)
        try:
            windows = FileWindows(file.path, self.spec, self.advance, file.header)
        except (DamagedAudioError, OSError) as error:
            _add_damage(record, file.name, str(error))
            return
        labels = _labels_of(file, record)
        for window in windows:
            name = clip_name(stem, window.offset, decimals)
            if window.dropped is None:
                write_wav(part / name, within_full_scale(window.samples), self.spec.sample_rate)
                self._carry_labels(labels, window, Path(name).with_suffix(".csv").name, record, part)
            record.rows.append(_window_row(window, f"{record.split}/{record.name}/{name}", record, file.name))
        record.facts[file.name] = windows.facts().values()
        if windows.fault is not None:
            _add_damage(record, file.name, f"from {windows.fault.second:.1f} s on ({windows.fault.reason})")

    def _carry_labels(self, labels: SpeedLabels | None, window: Window, name: str, record: Record, part: Path) -> None:
        """Write the part of a recording's labels that is within a clip beside the clip."""
        if labels is None:
            return
        within = labels.cut(window.offset, self.spec.length / self.spec.sample_rate)
        if len(within.times):
            (part / name).write_text(within.to_csv(), encoding="utf-8")
            record.labels.append(f"{record.key}/{name}")


def _labels_of(file: AudioFile, record: Record) -> SpeedLabels | None:
    """The labels beside a file; labels that cannot be used are a problem of the recording, and its clips go without."""
    try:
        return read_speed_labels(file.path)
    except UserError as error:
        record.problems.append(f"{file.name}: its labels are left out ({error})")
        return None


def _carry_engine(recording: Recording, record: Record, part: Path) -> None:
    """Copy the engine.json of a recording's folder to its clips, if it describes an engine."""
    folder = recording.files[0].path.parent
    if not record.clips():
        return
    try:
        if read_engine(folder) is None:
            return
        (part / ENGINE_FILE).write_bytes(read_regular(folder / ENGINE_FILE))
    except (UserError, OSError) as error:
        record.problems.append(f"{recording.files[0].name}: its engine is left out ({error})")
        return
    record.labels.append(f"{record.key}/{ENGINE_FILE}")


def _hash_labels(recording: Recording) -> dict[str, str]:
    """Hashes of the files of labels that belong to a recording, by name."""
    beside = [labels_file(file.path) for file in recording.files]
    engine = recording.files[0].path.parent / ENGINE_FILE
    found = [path for path in [*beside, engine if engine.is_file() else None] if path is not None]
    return {path.name: hash_file(path) for path in found}


def within_full_scale(samples: F32) -> F32:
    """A clip `(time,)` that 16 bits hold: removing an offset, or resampling, can lift peaks beyond full scale."""
    peak = peak_level(samples)
    return samples if peak <= 1.0 else samples / np.float32(peak)


def unreadable_row(file: AudioFile) -> Row:
    """The row of a file that belongs to no recording because it cannot be read."""
    kind = kind_of(file)
    why = f"{kind}: {file.problem}" if kind in (UNREADABLE, DAMAGED) else kind
    return Row("", "", "", file.name, None, None, None, None, DROPPED, why)


def _add_damage(record: Record, source: str, reason: str) -> None:
    record.problems.append(f"{source}: {DAMAGED}: {reason}")
    why = f"{DAMAGED}: {reason}"
    record.rows.append(Row("", record.name, record.split, source, None, None, None, None, DROPPED, why))


def _window_row(window: Window, clip: str, record: Record, source: str) -> Row:
    kept = window.dropped is None
    return Row(
        clip=clip if kept else "",
        recording=record.name,
        split=record.split,
        source=source,
        offset_s=window.offset,
        peak=window.peak,
        rms=window.rms,
        clipped_share=window.clipped_share,
        status=KEPT if kept else DROPPED,
        why=window.dropped or "",
    )
