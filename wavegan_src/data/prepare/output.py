"""The folder that `prepare` writes: its settings, the record of each finished recording, the manifest, removal.

A recording's record is written before its clips are moved to their final place. So every file in train and validation
is either recorded, and so written by `prepare`, or foreign. A record that names a file elsewhere is none, and no folder
here may be a link: nothing outside the output folder is written or deleted.
"""

import contextlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from wavegan_src.data.audio_files import find_audio
from wavegan_src.data.decoding.facts import SourceFacts
from wavegan_src.data.split.folders import SPLITS, TEST
from wavegan_src.run.marker import MARKER, Kind, mark_folder
from wavegan_src.run.own_folders import MANIFEST, PREPARE_STATE, SETTINGS
from wavegan_src.utils.csv_log import to_csv
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.files import (
    hold_lock,
    is_plain_name,
    make_own_folder,
    remove_partials,
    write_bytes_atomically,
)
from wavegan_src.utils.format import printable
from wavegan_src.utils.reading import read_json, read_typed

STATE = PREPARE_STATE
LOCK = ".lock"
PAIRS = "copies.json"  # files with the same sound, and the contents in which they were found
ALWAYS_MADE = tuple(split for split in SPLITS if split != TEST)
COLUMNS = (
    "clip", "recording", "split", "source", "offset_s", "peak", "rms", "clipped_share", "status", "why",
    "same_sound_as",
    "source_rate", "source_channels", "channels_used", "source_peak_db", "gain_db", "source_offset", "bandwidth_hz",
    "remark",
)  # fmt: skip
FACT_COLUMNS = 8  # the last ones, about the source
KEPT, DROPPED = "kept", "dropped"


@dataclass(frozen=True)
class Row:
    """One line of the manifest. clip: path below the output folder, empty if dropped; levels: 1.0 is full scale.

    same_sound_as: the first recording of its group of copies; empty if it is no copy.
    """

    clip: str
    recording: str
    split: str
    source: str
    offset_s: float | None
    peak: float | None
    rms: float | None
    clipped_share: float | None
    status: str
    why: str = ""
    same_sound_as: str = ""

    def cells(self, facts: SourceFacts | None) -> list[str]:
        """The line's cells, empty where nothing was measured; facts: of its source."""
        numbers = (self.offset_s, self.peak, self.rms, self.clipped_share)
        measured = ["" if number is None else f"{number:.6f}" for number in numbers]
        texts = [self.clip, self.recording, self.split, self.source, *measured, self.status, self.why]
        return [printable(text) for text in [*texts, self.same_sound_as, *_fact_cells(facts)]]


def _fact_cells(facts: SourceFacts | None) -> list[str]:
    """The cells about a row's source, empty where it was not decoded."""
    if facts is None:
        return [""] * FACT_COLUMNS
    numbers = (facts.peak_db, facts.gain_db, facts.offset, facts.bandwidth_hz)
    measured = ["" if number is None else f"{number:g}" for number in numbers]
    return [str(facts.sample_rate), str(facts.channels), facts.used, *measured, facts.remark]


@dataclass(frozen=True)
class Record:
    """The clips of one recording.

    sources, label_sources: name -> hash of the content; problems: one line per damaged file; facts: name -> plain
    `SourceFacts`; labels: their paths, below the output folder.
    """

    name: str
    split: str
    sources: dict[str, str]
    rows: list[Row] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    facts: dict[str, dict[str, Any]] = field(default_factory=dict)
    label_sources: dict[str, str] = field(default_factory=dict)
    labels: list[str] = field(default_factory=list)

    def facts_of(self, source: str) -> SourceFacts | None:
        """What was found in one of its files; None if it could not be decoded."""
        return SourceFacts.of(self.facts.get(source)) if isinstance(self.facts, dict) else None

    @property
    def key(self) -> str:
        """`split/name`, which no other recording has."""
        return f"{self.split}/{self.name}"

    def clips(self) -> list[str]:
        """Paths of the clips, below the output folder."""
        return [row.clip for row in self.rows if row.status == KEPT]

    def files(self) -> list[str]:
        """Paths of the clips and of their labels."""
        return self.clips() + self.labels

    def is_ours(self) -> bool:
        """Whether `prepare` may have written it: a record read from a file could name any path."""
        above = f"{self.key}/"
        inside = all(path.startswith(above) and is_plain_name(path.removeprefix(above)) for path in self.files())
        return self.split in SPLITS and is_plain_name(self.name) and inside


class Output:
    """The output folder and its finished recordings."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state = folder / STATE
        self.records = self.state / "done"
        self.parts = self.state / "parts"

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Create the folder if need be, and lock it against other processes.

        Raises:
            UserError: `prepare` did not write it, another process has locked it, or a link is in its place.
        """
        if self.folder.exists() and not self.folder.is_dir():
            raise UserError(f"{self.folder} is a file. Name a folder for the prepared clips.")
        self._refuse_foreign_folder()
        make_own_folder(self.folder)
        mark_folder(self.folder, Kind.PREPARED)
        make_own_folder(self.folder, STATE)
        busy = f"Another process is preparing {self.folder}. Wait for it, or name another folder."
        with hold_lock(self.state / LOCK, busy):
            yield

    def open(self, settings: Mapping[str, Any], *, overwrite: bool) -> None:
        """Start in the folder, or continue in it.

        Raises:
            UserError: it was prepared with other settings and `overwrite` is not set, or contains foreign audio files.
        """
        before = self._settings()
        self._make_folders()  # refuses links before anything is deleted
        if before is not None and overwrite:
            self.remove()
        elif before is not None and before != dict(settings):
            raise UserError(_describe_change(self.folder, before, settings))
        shutil.rmtree(self.parts, ignore_errors=True)
        self._make_folders()
        for folder in (self.folder, self.state, *(self.records / split for split in SPLITS)):
            remove_partials(folder, held=True)
        write_bytes_atomically(self.state / SETTINGS, _json(settings))
        self._refuse_foreign()

    def read_records(self) -> dict[str, Record]:
        """The finished recordings by key."""
        found = (self._read_record(path) for path in sorted(self.records.rglob("*.json")))
        return {record.key: record for record in found if record is not None}

    def read_record(self, key: str) -> Record | None:
        """One finished recording by its key."""
        return self._read_record(self.records / f"{key}.json")

    def is_whole(self, record: Record, clip_bytes: int) -> bool:
        """Whether all clips of a finished recording exist, with `clip_bytes` bytes each, and their labels."""
        try:
            clips = all((self.folder / clip).lstat().st_size == clip_bytes for clip in record.clips())
            return clips and all((self.folder / labels).lstat().st_size for labels in record.labels)
        except OSError:
            return False

    def publish(self, record: Record, part: Path) -> None:
        """Record a recording as finished and move its clips from `part` to their final place."""
        write_bytes_atomically(self.records / f"{record.key}.json", _json(asdict(record)))
        target = self.folder / record.key
        make_own_folder(self.folder, record.split)
        if record.clips() and not os.path.lexists(target):
            part.rename(target)
            return
        make_own_folder(self.folder, record.split, record.name)
        for file in record.files():  # the folder contains other files
            (part / Path(file).name).replace(self.folder / file)
        shutil.rmtree(part)

    def move(self, record: Record, split: str) -> Record:
        """Move a finished recording to another side of the split.

        If it is interrupted, one of two records of the recording is not whole; the next call discards that one.
        """
        place = f"{split}/{record.name}"
        rows = [replace(row, split=split, clip=row.clip and f"{place}/{Path(row.clip).name}") for row in record.rows]
        labels = [f"{place}/{Path(file).name}" for file in record.labels]
        moved = replace(record, split=split, rows=rows, labels=labels)
        source = make_own_folder(self.folder, record.split, record.name)
        target = make_own_folder(self.folder, split, record.name)
        write_bytes_atomically(self.records / f"{moved.key}.json", _json(asdict(moved)))
        target.rmdir()  # refused, as it is meant to be, if anything is in it
        if record.clips():
            source.rename(target)
        else:
            with contextlib.suppress(OSError):  # not empty
                source.rmdir()
        (self.records / f"{record.key}.json").unlink(missing_ok=True)
        return moved

    def discard(self, record: Record) -> None:
        """Remove a recording's clips, then its record; other files in its folder stay."""
        make_own_folder(self.folder, record.split, record.name)
        for file in record.files():
            (self.folder / file).unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # not empty
            (self.folder / record.key).rmdir()
        (self.records / f"{record.key}.json").unlink(missing_ok=True)

    def write_manifest(self, records: Iterable[Record], unreadable: Iterable[Row]) -> Path:
        """Write manifest.csv: the rows of all recordings, then those of files that belong to none."""
        rows = [row.cells(record.facts_of(row.source)) for record in records for row in record.rows]
        rows += [row.cells(None) for row in unreadable]
        write_bytes_atomically(self.folder / MANIFEST, to_csv([COLUMNS, *rows]).encode())
        return self.folder / MANIFEST

    def remove(self) -> None:
        """Remove everything that `prepare` wrote, and nothing else."""
        for record in self.read_records().values():
            self.discard(record)
        (self.folder / MANIFEST).unlink(missing_ok=True)
        shutil.rmtree(self.records, ignore_errors=True)
        (self.state / SETTINGS).unlink(missing_ok=True)
        (self.state / PAIRS).unlink(missing_ok=True)
        for split in SPLITS:
            with contextlib.suppress(OSError):
                (self.folder / split).rmdir()

    def clean_up(self) -> None:
        """Remove the leftovers of unfinished recordings."""
        shutil.rmtree(self.parts, ignore_errors=True)

    def _make_folders(self) -> None:
        for split in SPLITS:
            hidden = ((STATE, self.records.name), (STATE, self.parts.name))
            for above in ((), *hidden) if split in ALWAYS_MADE else hidden:
                make_own_folder(self.folder, *above, split)

    def _settings(self) -> dict[str, Any] | None:
        try:
            found = read_json(self.state / SETTINGS)
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) else None

    def _read_record(self, path: Path) -> Record | None:
        try:
            record = read_typed(path, Record)
        except (OSError, ValueError):
            return None
        return record if record.is_ours() else None

    def _refuse_foreign_folder(self) -> None:
        """A folder is ours if it has our settings; without them only our own empty folders are accepted."""
        if self._settings() is None and self.folder.is_dir() and any(self._foreign_entries()):
            raise UserError(
                f"{self.folder} contains files that `prepare` did not write. Name a new or an empty folder: your own "
                "files are never overwritten."
            )

    def _foreign_entries(self) -> Iterator[Path]:
        for entry in self.folder.iterdir():
            ours = (entry.name in (STATE, *ALWAYS_MADE) and entry.is_dir()) or entry.name == MARKER
            if not ours or (entry.name in ALWAYS_MADE and any(entry.iterdir())):
                yield entry

    def _refuse_foreign(self) -> None:
        """All audio files in the split folders are used as data, so there must be no foreign ones."""
        known = {clip for record in self.read_records().values() for clip in record.clips()}
        there = [split for split in SPLITS if (self.folder / split).is_dir()]
        found = [f"{split}/{name}" for split in there for name in find_audio(self.folder / split)]
        foreign = [name for name in found if name not in known]
        if foreign:
            raise UserError(
                f"{self.folder / foreign[0]} was not written by `prepare` but would be used as data ({len(foreign)} "
                "such files). Move it away, or name another folder."
            )


def _describe_change(folder: Path, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    keys = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    changes = ", ".join(f"{key} was {before.get(key)!r} and is {after.get(key)!r}" for key in keys)
    return (
        f"{folder} was prepared with other settings: {changes}. Name another folder, or use --overwrite to remove what "
        "`prepare` wrote there and start over."
    )


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=1) + "\n").encode()
