"""The command `prepare`: turns a folder of raw recordings into a data set of clips, with a split and a manifest.

Clips keep the level of the recording and have no taper: the loader does both. Each recording is finished completely or
not at all, so that an interrupted call resumes where it stopped and gives the same bytes.
"""

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from wavegan_src.config_schema import AudioConfig, DatasetConfig
from wavegan_src.data.decoding.findings import Finding
from wavegan_src.data.decoding.problems import unreadable_lines, warn_about_files
from wavegan_src.data.prepare.archives.unpacking import unpacked_archives
from wavegan_src.data.prepare.cutting import Cutter, Task, clip_bytes, estimate_clips, need_bytes, unreadable_row
from wavegan_src.data.prepare.naming import distinct_names
from wavegan_src.data.prepare.output import DROPPED, KEPT, Output, Record, Row
from wavegan_src.data.prepare.parts import Part, adopt_parts, check_parts
from wavegan_src.data.prepare.placing import Placing, where_they_are
from wavegan_src.data.prepare.report import report
from wavegan_src.data.recordings import (
    Grouping,
    Recording,
    choose_validation,
    folder_fault,
    group,
)
from wavegan_src.data.split.finding import Found, find_recordings
from wavegan_src.data.split.folders import TEST, TRAIN, VALIDATION
from wavegan_src.data.windows import WindowSpec
from wavegan_src.run.own_folders import OwnFolders
from wavegan_src.utils.errors import UserError, os_errors_as_user_errors
from wavegan_src.utils.files import check_free_space
from wavegan_src.utils.format import format_counts, format_size, printable
from wavegan_src.utils.parallel import ordered_map, stoppable
from wavegan_src.utils.progress import Notify, ProgressFactory, ignore, no_progress

FORMAT_VERSION = 2


@dataclass(frozen=True)
class PrepareSummary:
    """The data set that was made. All counts are of the whole set, including recordings that earlier calls finished."""

    out: Path
    manifest: Path
    files: int
    recordings: int
    validation_recordings: int
    resumed: int
    hours: float
    train_clips: int
    validation_clips: int
    test_clips: int
    dropped: Counter[str]
    decision: str
    findings: list[Finding]


@dataclass(frozen=True)
class _Made:
    """What is on the disk; `whole`: not only a part of the recordings."""

    tasks: list[Task]
    records: list[Record]
    unreadable: list[Row]
    manifest: Path
    resumed: int
    whole: bool


def prepare(
    raw: Path,
    out: Path,
    audio: AudioConfig,
    dataset: DatasetConfig,
    seed: int,
    workers: int,
    *,
    overlap: float = 0.0,
    overwrite: bool = False,
    part: Part | None = None,
    join: Sequence[Path] = (),
    progress: ProgressFactory = no_progress,
    notify: Notify = ignore,
) -> PrepareSummary:
    """Cut all recordings below `raw` into clips below `out`.

    Writes `out/train/<recording>/<file>_<offset>.wav` (mono, 16-bit, the clips' rate and length), the same below
    validation, and `out/manifest.csv`. Finished recordings whose sources have not changed are kept.

    Args:
        raw: folder of recordings, with subfolders and archives (tar, Parquet); `out` may be inside it.
        out: a new or empty folder, or one from an earlier call.
        audio, dataset: format, split and the rules for windows.
        seed: of the split.
        workers: threads; at least one is used.
        overlap: share by which windows overlap; dataset.overlap is for the loader.
        overwrite: first remove the files of an earlier call.
        part: cut only this part of the recordings; copies are not searched for.
        join: folders of all parts, whose recordings are taken over.
        progress: counts seconds of sound. notify: receives notices and warnings.

    Raises:
        UserError: no recordings, a full disk, or a folder that contains other files, is being prepared by another
            process, or was prepared with other settings; what is to be joined are not all parts of this tree; an
            archive cannot be unpacked.
    """
    spec = WindowSpec.of(audio, dataset, overlap)
    _check_folders(raw, out)
    with unpacked_archives(raw, out, OwnFolders(raw, dataset.folder_rules), progress, notify) as unpacked:
        found, grouping = _look(raw, out, audio, dataset, unpacked)
        for notice in [*found.notices, grouping.decision]:
            notify(notice)
        if found.stand_in:
            notify(f"{raw} holds procedural stand-in clips, no recordings.")
        tasks = _plan(grouping, dataset.validation_fraction, seed, spec)
        settings = _settings(spec, dataset, seed)
        if join:
            check_parts(join, settings, tasks, clip_bytes(spec))
        if part is not None:
            settings, tasks = settings | part.settings(tasks), part.of(tasks)
        output = Output(out)
        need = format_size(sum(need_bytes(task, spec) for task in tasks))
        writing = os_errors_as_user_errors(
            out,
            needs=f"all clips together need about {need}. Finished recordings are kept",
            cure="name another folder",
            only_inside=True,
        )
        with writing, output.held():
            try:
                output.open(settings, overwrite=overwrite)
                adopt_parts(join, output, tasks, clip_bytes(spec))
                if not grouping.split_by_folder:
                    tasks = where_they_are(tasks, output.read_records(), output, clip_bytes(spec))
                records, resumed = _cut_all(tasks, output, spec, workers, progress)
                if part is None:
                    placing = Placing(output, spec, dataset, seed, progress)
                    records, about_copies = placing.place(tasks, records, split_by_folder=grouping.split_by_folder)
                    for notice in about_copies:
                        notify(notice)
                unreadable = [unreadable_row(file) for file in grouping.unreadable]
                manifest = output.write_manifest(records, unreadable)
            finally:
                output.clean_up()
    made = _Made(tasks, records, unreadable, manifest, resumed, whole=part is None)
    return _summarise(made, raw, found, grouping, audio, dataset, notify)


def _summarise(
    made: _Made,
    raw: Path,
    found: Found,
    grouping: Grouping,
    audio: AudioConfig,
    dataset: DatasetConfig,
    notify: Notify,
) -> PrepareSummary:
    """Count what was made, warn of damage and of empty sides, and refuse a set without clips."""
    records = made.records
    damage = [line for record in records for line in record.problems]
    warn_about_files([*unreadable_lines(grouping.unreadable), *damage], notify)
    rows = [row for record in records for row in record.rows] + made.unreadable
    clips = Counter(row.split for row in rows if row.status == KEPT)
    dropped = Counter(row.why.partition(":")[0] for row in rows if row.status == DROPPED)
    if not clips and made.whole:
        raise UserError(
            f"No clip was cut from the {len(found.files)} files in {raw} ({format_counts(dropped)}); {made.manifest} "
            "says why for each file. Check the files, or relax dataset.silence_threshold_db and dataset.short_clips."
        )
    for split in (TRAIN, VALIDATION) if made.whole else ():
        if not clips[split] and (split == TRAIN or dataset.validation_fraction > 0 or grouping.split_by_folder):
            notify(_warn_of_empty(split, records, grouping.split_by_folder))
    return PrepareSummary(
        out=made.manifest.parent,
        manifest=made.manifest,
        files=len(found.files),
        recordings=len(made.tasks),
        validation_recordings=sum(record.split == VALIDATION for record in records),
        resumed=made.resumed,
        hours=sum(task.seconds for task in made.tasks) / 3600,
        train_clips=clips[TRAIN],
        validation_clips=clips[VALIDATION],
        test_clips=clips[TEST],
        dropped=dropped,
        decision=grouping.decision,
        findings=report(records, dropped, audio, dataset),
    )


def _cut_all(
    tasks: Sequence[Task],
    output: Output,
    spec: WindowSpec,
    workers: int,
    progress: ProgressFactory,
) -> tuple[list[Record], int]:
    """Cut unfinished recordings; returns the records in the order of the tasks, and how many were finished before."""
    done = output.read_records()
    _refuse_vanished(output.folder, done, tasks)
    for key in set(done) - {task.key for task in tasks}:  # now on another side of the split
        output.discard(done.pop(key))
    need = sum(need_bytes(task, spec) for task in tasks if task.key not in done)
    check_free_space(output.folder, need)
    stop = threading.Event()
    with progress("Cutting recordings", sum(task.seconds for task in tasks)) as advance:
        cutter = Cutter(spec, output, done, stoppable(advance, stop))
        results = list(ordered_map(cutter.finish, tasks, max(1, workers), stop=stop))
    return [record for record, _ in results], sum(resumed for _, resumed in results)


def _check_folders(raw: Path, out: Path) -> None:
    fault = folder_fault(raw)
    if fault is not None:
        raise UserError(f"The folder of raw recordings {raw} {fault}. Name the folder that holds your recordings.")
    if raw.resolve() == out.resolve() or out.resolve() in raw.resolve().parents:
        raise UserError(f"The raw recordings {raw} are inside the output folder {out}. Name another output folder.")


def _look(
    raw: Path, out: Path, audio: AudioConfig, dataset: DatasetConfig, unpacked: Path | None
) -> tuple[Found, Grouping]:
    """Find the recordings, those of unpacked archives among them; files in `out` are ignored."""
    found = find_recordings(raw, OwnFolders(raw, dataset.folder_rules), out, unpacked)
    if not found.files:
        left_out = " ".join(["", *found.notices])
        raise UserError(f"There is no audio file in {raw}.{left_out} Name the folder that holds your recordings.")
    files = found.files
    grouping = group(files, dataset.recording_unit, audio.audio_length_seconds, raw, dataset.folder_rules)
    if not grouping.recordings:
        lines = unreadable_lines(grouping.unreadable)
        raise UserError(f"None of the {len(files)} files in {raw} can be read; the first is {printable(lines[0])}. "
                        "Convert them to WAV or FLAC.")  # fmt: skip
    return found, grouping


def _plan(grouping: Grouping, fraction: float, seed: int, spec: WindowSpec) -> list[Task]:
    """Names and splits of all recordings; those too short for a clip are not chosen for validation."""
    recordings = grouping.recordings
    if grouping.split_by_folder:
        held = {recording.name for recording in recordings if recording.split == VALIDATION}
    else:
        usable = (recording.name for recording in recordings if estimate_clips(recording, spec) and not recording.split)
        held = choose_validation(usable, fraction, seed)
    tasks = []
    for recording, name in zip(recordings, _names(recordings), strict=True):
        file_names = [Path(file.name).name for file in recording.files]
        stems = distinct_names(file_names, [True] * len(file_names))
        split = TEST if recording.split == TEST else VALIDATION if recording.name in held else TRAIN
        tasks.append(Task(recording, name, split, tuple(stems)))
    return tasks


def _names(recordings: Sequence[Recording]) -> list[str]:
    """A name for each recording; names are unique within a split that folders say, but not across them."""
    names: dict[str, str] = {}
    for split in {recording.split for recording in recordings}:
        part = [recording for recording in recordings if recording.split == split]
        labels = [recording.name.partition("/")[2] if split else recording.name for recording in part]
        alone = [recording.name == recording.files[0].name for recording in part]
        labels = [label if label not in (".", "") else "recording" for label in labels]
        names |= dict(zip((recording.name for recording in part), distinct_names(labels, alone), strict=True))
    return [names[recording.name] for recording in recordings]


def _warn_of_empty(split: str, records: Sequence[Record], split_by_folder: bool) -> str:
    """The warning that a split has no clips, with the cure."""
    drawn = [record.name for record in records if record.split == split]
    which = "training" if split == "train" else "validation"
    if sum(bool(record.clips()) for record in records) < 2:
        why, cure = "only one recording gave clips", "Add recordings"
    elif split_by_folder:
        why, cure = f"the recordings in the folder {split} gave none", "Put other recordings there"
    elif not drawn:
        why, cure = (
            "all recordings share sound and stay on one side",
            'Add recordings, or set dataset.copies to "apart"',
        )
    else:
        more = f" and {len(drawn) - 3} more" if len(drawn) > 3 else ""
        why, cure = f"{printable(', '.join(drawn[:3]))}{more} gave none", "Choose another --seed, with --overwrite"
    return f"Warning: No {which} clips: {why}. {cure}."


def _settings(spec: WindowSpec, dataset: DatasetConfig, seed: int) -> dict[str, Any]:
    return {
        "format_version": FORMAT_VERSION,
        **asdict(spec),
        "recording_unit": dataset.recording_unit,
        "validation_fraction": dataset.validation_fraction,
        "seed": seed,
    }


def _refuse_vanished(out: Path, done: Mapping[str, Record], tasks: Sequence[Task]) -> None:
    """Do not remove the clips of recordings that are gone: they may be all that is left of them."""
    present = {task.key for task in tasks}
    moved = {task.name for task in tasks if task.key not in done}
    gone = sorted(key for key, record in done.items() if key not in present and record.name not in moved)
    if gone:
        raise UserError(
            f"{out} has clips of {len(gone)} recordings that are no longer among the raw ones, such as "
            f"{printable(gone[0])}. Use --overwrite to start over without them, or name another folder."
        )
