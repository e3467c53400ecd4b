"""The final side of each recording that `prepare` cut: copies of one take belong together, which only sound shows."""

import contextlib
import hashlib
import json
import wave
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from wavegan_src.config_schema import DatasetConfig
from wavegan_src.data.prepare.cutting import Task, estimate_clips
from wavegan_src.data.prepare.output import PAIRS, Output, Record, Row
from wavegan_src.data.recordings import choose_validation
from wavegan_src.data.split.copies import (
    SEARCH_VERSION,
    Pair,
    across,
    find_pairs,
    group_names,
    grouping_notice,
    leak_notice,
    track_pairs,
)
from wavegan_src.data.split.folders import TEST, TRAIN, VALIDATION
from wavegan_src.data.windows import WindowSpec
from wavegan_src.dsp.clips import F32
from wavegan_src.utils.files import write_bytes_atomically
from wavegan_src.utils.progress import ProgressFactory
from wavegan_src.utils.reading import read_json

SAMPLE_SCALE = 1 / 32768


@dataclass(frozen=True)
class Placing:
    """Puts finished recordings on their side of the split.

    output: the prepared folder. spec: of its clips. dataset, seed: of the split. progress: shows the search.
    """

    output: Output
    spec: WindowSpec
    dataset: DatasetConfig
    seed: int
    progress: ProgressFactory

    def place(
        self, tasks: Sequence[Task], records: Sequence[Record], *, split_by_folder: bool
    ) -> tuple[list[Record], list[str]]:
        """Search the clips for copies, and move what is on the wrong side.

        Returns:
            The records, in their order, with their groups; and what was found, in sentences.
        """
        pairs = self._pairs(tasks, records) if self.dataset.copies == "together" else []
        groups = group_names((task.recording for task in tasks), pairs)
        placed = list(records) if split_by_folder else self._move(tasks, records, groups)
        leaks = leak_notice(across(pairs, _sides(placed)), "held-out", "training")
        notices = [] if split_by_folder or (notice := grouping_notice(groups)) is None else [notice]
        notices += [] if leaks is None else [f"Warning: {leaks}"]
        return [_with_group(record, task, groups) for task, record in zip(tasks, placed, strict=True)], notices

    def _move(self, tasks: Sequence[Task], records: Sequence[Record], groups: Mapping[str, str]) -> list[Record]:
        free = [task.recording for task in tasks if task.split != TEST]
        usable = [recording.name for recording in free if estimate_clips(recording, self.spec)]
        held = choose_validation({groups[name] for name in usable}, self.dataset.validation_fraction, self.seed)
        placed = []
        for task, record in zip(tasks, records, strict=True):
            split = TEST if task.split == TEST else VALIDATION if groups[task.recording.name] in held else TRAIN
            placed.append(record if record.split == split else self.output.move(record, split))
        return placed

    def _pairs(self, tasks: Sequence[Task], records: Sequence[Record]) -> list[Pair]:
        tracks = track_pairs(file for task in tasks for file in task.recording.files)
        key = _key(records)
        path = self.output.state / PAIRS
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
            kept = read_json(path)
            if kept["key"] == key:
                return tracks + [Pair(*pair) for pair in kept["pairs"]]
        found = self._search(records)
        values = {"key": key, "pairs": [[pair.first, pair.second, pair.share] for pair in found]}
        write_bytes_atomically(path, json.dumps(values).encode())
        return tracks + found

    def _search(self, records: Sequence[Record]) -> list[Pair]:
        rows = [row for record in records for row in record.rows if row.clip]
        return find_pairs(
            partial(_read_clip, self.output.folder, rows),
            [row.source for row in rows],
            [row.offset_s or 0.0 for row in rows],
            self.spec.length / self.spec.sample_rate,
            self.spec.sample_rate,
            self.progress,
        )


def where_they_are(tasks: Sequence[Task], done: Mapping[str, Record], output: Output, clip_bytes: int) -> list[Task]:
    """The tasks, those that an earlier call finished on the side where their clips are; they are moved at the end.

    What an interrupted move left of a recording on its other side is discarded from the folder.
    """
    found = []
    for task in tasks:
        both = [done[key] for split in (TRAIN, VALIDATION) if (key := f"{split}/{task.name}") in done]
        whole = [record for record in both if output.is_whole(record, clip_bytes)]
        for record in both:
            if whole and record is not whole[0]:
                output.discard(record)
        movable = whole and task.split != TEST
        found.append(replace(task, split=whole[0].split) if movable else task)
    return found


def _key(records: Sequence[Record]) -> str:
    """Of the contents that were searched."""
    contents = sorted((name, content) for record in records for name, content in record.sources.items())
    return hashlib.blake2b(json.dumps([SEARCH_VERSION, contents]).encode(), digest_size=16).hexdigest()


def _sides(records: Sequence[Record]) -> dict[str, bool]:
    """Whether each file is held out of training."""
    return {source: record.split != TRAIN for record in records for source in record.sources}


def _with_group(record: Record, task: Task, groups: Mapping[str, str]) -> Record:
    """The record with the first recording of its group in the rows of its clips, if that is another one."""
    group = groups[task.recording.name]
    if group == task.recording.name:
        return record
    return replace(record, rows=[replace(row, same_sound_as=group) for row in record.rows])


def _read_clip(folder: Path, rows: Sequence[Row], clip: int) -> F32:
    with wave.open(str(folder / rows[clip].clip), "rb") as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    return samples.astype(np.float32) * np.float32(SAMPLE_SCALE)
