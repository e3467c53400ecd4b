"""Folders of audio, by any tool, as the sets of an evaluation: decoded and cut as recordings are for training."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wavegan_src.config_loader import validate
from wavegan_src.config_schema import AudioConfig, Config
from wavegan_src.data.clips.cache import CachedClips
from wavegan_src.data.decoding.problems import warn_about_files
from wavegan_src.data.recordings import group, scan
from wavegan_src.data.sources import FolderSource, found_in, open_folder
from wavegan_src.data.split.copies import Pair, find_pairs, group_names, leak_notice, pairs_in_cache, track_pairs
from wavegan_src.data.split.finding import find_recordings
from wavegan_src.data.split.folders import TEST, VALIDATION
from wavegan_src.data.synth.engine_set import NAME_PREFIX
from wavegan_src.dsp.arrays import Indices
from wavegan_src.dsp.clips import F32, NEARLY_WHOLE_SECONDS, from_int16
from wavegan_src.evaluation.inputs.sets import ClipList, Sets
from wavegan_src.run.marker import Kind
from wavegan_src.run.own_folders import OwnFolders
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.format import format_counts, printable
from wavegan_src.utils.progress import ProgressFactory

MOST_CLIPS = 2000  # of each folder: more would fill the memory and move no score
REAL, GENERATED, TRAINING = "--real", "--generated", "--training"
CLASS = "The class in"  # a folder of recordings of one class, in messages
STAND_IN_NAMES = (NAME_PREFIX, "generated_from_procedural_", "procedural_stand_in_")


@dataclass(frozen=True)
class AudioFolder:
    """One folder as clips.

    Attributes:
        clips: all of them.
        held_out: per clip whether the folder's own split keeps it for validation; None where there is no split.
        lost: windows and files without a usable clip, by reason.
        notices: what a reader must know of it.
    """

    clips: ClipList
    held_out: Sequence[bool] | None
    lost: Counter[str]
    notices: list[str]


Given = Path | ClipList
"""A folder of audio, or clips that are in memory, of the rate and length in question."""


def folder_sets(
    real: Given, generated: Given, training: Given | None, *, rate: int, seconds: float, progress: ProgressFactory
) -> Sets:
    """The sets of two or three folders or lists of clips.

    A folder of real clips with the sub-folders train and validation is taken at its word: validation is the reference,
    and train are the training clips.

    Raises:
        UserError: a folder is missing or without usable audio.
    """
    config = _config(rate, seconds)
    for option, given in ((REAL, real), (GENERATED, generated), (TRAINING, training)):
        if isinstance(given, Path):
            check_folder(given, option)  # before minutes of decoding the others
    same = _same(real, generated)
    theirs = _read(real, REAL, config, progress, exclude=None if same else generated)
    ours = _read(generated, GENERATED, config, progress, exclude=None if same else real)
    notices = ours.notices + [notice for notice in theirs.notices if notice not in ours.notices]
    if same:
        notices.insert(0, "The real and the generated clips are the same folder: real clips are scored as generated.")
    if theirs.lost:
        notices.append(f"Left out of {_title(real)}: {format_counts(theirs.lost)}.")
    reference, known = theirs.clips, None
    if training is not None:
        seen = _read(training, TRAINING, config, progress)
        known = seen.clips
        notices += seen.notices
        if _same(training, real):
            notices.append("The training clips are the real ones, so that nothing is held out: leave out --training.")
    elif theirs.held_out is not None:
        mask = np.array(theirs.held_out)
        reference, known = _part(theirs.clips, mask), _part(theirs.clips, ~mask)
    if known is not None and (training is None or not _same(training, real)):
        leaks = find_leaks(reference, known, rate, seconds, progress)
        notices += [notice] if (notice := leak_notice(leaks, "real", "training")) else []
    title = f"{_title(generated)} against {_title(real)}"
    return Sets(title, ours.clips, reference, known, rate, ours.lost, notices)


def _read(
    given: Given, option: str, config: Config, progress: ProgressFactory, exclude: Given | None = None
) -> AudioFolder:
    if isinstance(given, ClipList):
        return AudioFolder(given, None, Counter(), [])
    return read_folder(given, option, config, progress, exclude if isinstance(exclude, Path) else None)


def _part(clips: ClipList, chosen: NDArray[np.bool_]) -> ClipList:
    """Some of a folder's clips; the title says how many, and in which of its folders they are."""
    part = clips.take(np.flatnonzero(chosen), "")
    folders = " and ".join(sorted({name.partition("/")[0] for name in part.names}))
    return replace(part, title=f"{len(part)} {clips.title.partition(' ')[2]}, {folders}")


def _same(first: Given, second: Given) -> bool:
    if isinstance(first, Path) and isinstance(second, Path):
        return first.resolve() == second.resolve()
    return first is second


def _title(given: Given) -> str:
    return given.title if isinstance(given, ClipList) else str(given)


def read_folder(
    root: Path, option: str, config: Config, progress: ProgressFactory, exclude: Path | None = None
) -> AudioFolder:
    """All clips of a folder, its files without those of the folder `exclude`.

    Raises:
        UserError: it is missing, holds no audio, or nothing in it can be used.
    """
    source = _source(root, option, config, exclude)
    cached = open_folder(source, config, progress)
    lost = Counter(cached.index.summary.dropped) + source.unreadable_counts()
    if not len(cached.index):
        raise UserError(
            f"{option} {root}: nothing in its {len(source.files)} audio files can be used ({format_counts(lost)}). "
            "Give recordings of half a second or more with sound in them."
        )
    notices = [*source.notices, *_notices(root, source, config.audio)]
    notices += found_in(cached, config.audio, config.dataset)
    warn_about_files([*source.problems(), *cached.index.summary.problems], notices.append)
    chosen = np.arange(len(cached.index))
    if len(chosen) > MOST_CLIPS:
        chosen = np.sort(np.random.default_rng(0).permutation(len(chosen))[:MOST_CLIPS])
        notices.append(f"{MOST_CLIPS} of the {len(cached.index)} clips in {root}, drawn at random, are used.")
    groups: dict[str, str] = {}
    if option in (REAL, CLASS) and len(source.grouping.recordings) > 1:
        pairs = track_pairs(source.good_files()) + pairs_in_cache(cached, config.audio.sample_rate, progress)
        groups = group_names(source.grouping.recordings, pairs)
    return _clips(root, source, cached, chosen, groups, lost, notices)


def _clips(
    root: Path,
    source: FolderSource,
    cached: CachedClips,
    chosen: Indices,
    groups: Mapping[str, str],
    lost: Counter[str],
    notices: list[str],
) -> AudioFolder:
    """The chosen clips; copies of one take count as one recording, which `groups` names."""
    index = cached.index
    recording_of = {file.name: recording for recording in source.grouping.recordings for file in recording.files}
    files = [index.sources[index.clip_source[clip]] for clip in chosen]
    several = {name for name, count in Counter(files).items() if count > 1}
    names = [
        f"{printable(name)} @ {round(float(index.offsets[clip]), 3)} s" if name in several else printable(name)
        for name, clip in zip(files, chosen, strict=True)
    ]
    held_out = [recording_of[name].split == "validation" for name in files]
    split = source.grouping.split_by_folder and 1 < sum(held_out) < len(held_out) - 1
    stand_in = all(Path(name).name.startswith(STAND_IN_NAMES) for name in files)
    kind = "procedural stand-in clips (no recordings)" if stand_in else "clips"
    if stand_in:
        notices.append(f"{root} holds procedural stand-in data, no recordings: figures say nothing of real engines.")
    clips = ClipList(
        f"{len(files)} {kind} in {root}",
        from_int16(np.asarray(cached.samples[chosen])),
        names,
        [printable(groups.get(recording_of[name].name, recording_of[name].name)) for name in files],
    )
    return AudioFolder(clips, held_out if split else None, lost, notices)


def read_sets(roots: Sequence[Path], rate: int, seconds: float, progress: ProgressFactory) -> list[AudioFolder]:
    """All clips of several folders: real ones first, then generated ones.

    Raises:
        UserError: a folder is missing or without usable audio.
    """
    config = _config(rate, seconds)
    named = [("REAL" if number == 0 else "GENERATED", root) for number, root in enumerate(roots)]
    for name, root in named:
        check_folder(root, name)  # before minutes of decoding the others
    return [read_folder(root, name, config, progress) for name, root in named]


def check_folder(root: Path, option: str) -> None:
    """Make sure that there is such a folder.

    Raises:
        UserError: there is none.
    """
    if not root.is_dir():
        what = "is a file, not a folder" if root.exists() else "does not exist"
        raise UserError(f"{option} {root}: the folder {what}. Give a folder of audio files.")


def find_leaks(
    held_out: ClipList, training: ClipList, rate: int, seconds: float, progress: ProgressFactory
) -> list[Pair]:
    """Files of held-out clips with sound that training clips have too; the former come first in each pair."""
    files, offsets = zip(*(_place(name) for name in [*held_out.names, *training.names]), strict=True)
    # A file on both sides, by its name, counts as two.
    sources = [f"{side}{name}" for side, name in zip("h" * len(held_out) + "t" * len(training), files, strict=True)]
    sides = [0] * len(held_out) + [1] * len(training)

    def read(clip: int) -> F32:
        own = clip < len(held_out)
        return np.asarray(held_out.clips[clip] if own else training.clips[clip - len(held_out)], np.float32)

    pairs = find_pairs(read, sources, offsets, seconds, rate, progress, sides)
    return [Pair(pair.first[1:], pair.second[1:], pair.share) for pair in pairs]


def _place(name: str) -> tuple[str, float]:
    """The file of a clip and its offset there in s, from its name."""
    cut = re.fullmatch(r"(.*) @ ([\d.]+) s", name)
    return (cut[1], float(cut[2])) if cut is not None else (name, 0.0)


def _source(root: Path, option: str, config: Config, exclude: Path | None) -> FolderSource:
    check_folder(root, option)
    unit, seconds = config.dataset.recording_unit, config.audio.audio_length_seconds
    if option == GENERATED:
        own = OwnFolders(root, keep=(Kind.GENERATED,))
        files = scan(root, exclude, own)
        source = FolderSource(root, files, group(files, unit, seconds), [notice] if (notice := own.notice()) else [])
    else:
        found = find_recordings(root, OwnFolders(root), exclude)
        source = FolderSource(root, found.files, group(found.files, unit, seconds, root), found.notices)
        if option == REAL:
            source = _with_test_held_out(source)
    if not source.files:
        left_out = "".join(f" {notice}" for notice in source.notices)
        raise UserError(f"{option} {root}: there is no audio file in it.{left_out} Give a folder of audio files.")
    return source


def _with_test_held_out(source: FolderSource) -> FolderSource:
    """A folder with a test set: that is what training and its choices never saw; validation clips are left out."""
    recordings = source.grouping.recordings
    if all(recording.split != TEST for recording in recordings):
        return source
    kept = [recording for recording in recordings if recording.split != VALIDATION]
    kept = [replace(recording, split=VALIDATION) if recording.split == TEST else recording for recording in kept]
    used = {file.name for recording in kept for file in recording.files}
    files = [file for file in source.files if file.name in used or file.header is None]
    notice = f"The test set in {source.root} is what generated clips are compared with."
    return FolderSource(
        source.root,
        files,
        replace(source.grouping, recordings=kept, split_by_folder=True),
        [*source.notices, notice],
        source.stand_in,
    )


def _notices(root: Path, source: FolderSource, audio: AudioConfig) -> list[str]:
    """What becomes of files that are not as the clips are."""
    headers = [file.header for file in source.good_files() if file.header is not None]
    rate, seconds = audio.sample_rate, audio.audio_length_seconds
    slow = [header.sample_rate for header in headers if header.sample_rate < rate]
    stereo = sum(header.channels > 1 for header in headers)
    short = sum(header.seconds < seconds - NEARLY_WHOLE_SECONDS for header in headers)
    notices = []
    if slow:
        notices.append(
            f"{len(slow)} of {len(headers)} files in {root} are below {rate} Hz: they hold nothing above "
            f"{min(slow) / 2:g} Hz, which every measure counts as a difference."
        )
    if stereo:
        notices.append(f"{stereo} of {len(headers)} files in {root} have several channels and are made mono.")
    if short:
        notices.append(f"{short} of {len(headers)} files in {root} are shorter than {seconds:g} s and are repeated.")
    return notices


def _config(rate: int, seconds: float) -> Config:
    """How folders are decoded: like training data, but cut without overlap."""
    audio = {"sample_rate": rate, "audio_length_seconds": seconds, "audio_length_samples": round(rate * seconds)}
    return validate({"audio": audio, "dataset": {"overlap": 0.0}}, source="--seconds and --sample-rate")
