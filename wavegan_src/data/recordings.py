"""Which files form one recording, and which recordings are held out for validation.

Windows of one recording are near-copies of each other, so the split is by recording and never by window.
"""

import hashlib
import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from wavegan_src.data.audio_files import find_audio, find_unlooked
from wavegan_src.data.decoding.headers import DamagedAudioError, Header
from wavegan_src.data.decoding.opening import read_header
from wavegan_src.data.split.folders import TEST, FolderSplit, find_split
from wavegan_src.run.own_folders import NEWEST_RULES, OwnFolders

# Folders of files no longer than this many clips look as if a recording had been cut into them.
PIECE_CLIPS = 1.5
# Fewer such folders look like classes (idle, revving) rather than recordings.
FEWEST_FOLDERS = 6
UNREADABLE = "unreadable"  # the system does not let us open it; damaged files are another matter
HEADER_THREADS = 8  # reading headers waits for the disk, not for the processor


@dataclass(frozen=True)
class AudioFile:
    """A file with an audio suffix: its name relative to the tree, its identity on disk, and its header.

    header is None if the file cannot be read; `problem` says why. refused: the system did not let us open it.
    """

    name: str
    path: Path
    size: int
    mtime_ns: int
    header: Header | None
    problem: str | None = None
    refused: bool = False


@dataclass(frozen=True)
class Recording:
    """Files that were recorded together. split is "train", "validation" or "test" if the folders decide, else None."""

    name: str
    files: tuple[AudioFile, ...]
    split: str | None = None


@dataclass(frozen=True)
class Grouping:
    """The recordings of a tree, the rule that found them in words, and the files that cannot be read.

    split_by_folder: whether the folders say what is for validation; if not, there may be a folder test all the same.
    """

    recordings: list[Recording]
    decision: str
    unreadable: list[AudioFile] = field(default_factory=list)
    split_by_folder: bool = False

    def in_test(self) -> set[str]:
        """Names of the files that are held out of training and validation."""
        return {file.name for recording in self.recordings if recording.split == TEST for file in recording.files}


def folder_fault(root: Path) -> str | None:
    """Why a folder of recordings cannot be read, in words that follow its name; None if it can."""
    try:
        with os.scandir(root) as entries:
            first = next(entries, None)
            if first is not None:
                first.stat(follow_symlinks=False)  # fails if the folder may be listed but not entered
    except NotADirectoryError:
        return "is a file, not a folder" if root.is_file() else "does not exist"
    except FileNotFoundError:
        return "does not exist"
    except OSError as error:
        return f"cannot be read ({error.strerror}): you need permission to read it and to enter the folders above it"
    return None


def scan(root: Path, exclude: Path | None = None, own: OwnFolders | None = None) -> list[AudioFile]:
    """Read the headers of all audio files below `root`, in a fixed order; thousands take seconds.

    Args:
        root: the folder.
        exclude: a folder whose files are left out.
        own: leaves out what this program wrote, and says what that was.
    """
    found = [name.removesuffix("/.") for name in find_audio(root, exclude)]  # of a folder that cannot be opened
    names = (own or OwnFolders(root)).outside(found)
    with ThreadPoolExecutor(HEADER_THREADS) as pool:
        return list(pool.map(lambda name: look_at(root, name), names))


def unlooked(root: Path, own: OwnFolders, exclude: Path | None = None) -> Counter[str]:
    """How many other files below `root` may be sound, by suffix in small letters; found as `scan` finds files."""
    names = own.outside(find_unlooked(root, exclude))
    return Counter(PurePosixPath(name).suffix.lower() for name in names)


def look_at(root: Path, name: str) -> AudioFile:
    """Read one file's header; `problem` says what is wrong with it."""
    path = root / name
    size, mtime_ns = 0, 0
    try:
        stat = path.stat()
        size, mtime_ns = stat.st_size, stat.st_mtime_ns
        return AudioFile(name, path, size, mtime_ns, read_header(path))
    except DamagedAudioError as error:
        return AudioFile(name, path, size, mtime_ns, None, str(error))
    except OSError as error:
        return AudioFile(name, path, size, mtime_ns, None, f"cannot be read ({error.strerror or error})", True)


def group(
    files: Sequence[AudioFile], unit: str, clip_seconds: float, root: Path | None = None, rules: int = NEWEST_RULES
) -> Grouping:
    """Group a tree's files into recordings.

    Args:
        files: what `scan` found.
        unit: "folder", "file" or "auto" (dataset.recording_unit).
        clip_seconds: length of a clip in s, for "auto".
        root: the folder, to recognise subfolders that are the split.
        rules: dataset.folder_rules, for the same.
    """
    good = [file for file in files if file.header is not None]
    bad = [file for file in files if file.header is None]
    found = None if root is None else find_split(root, [file.name for file in files], rules)
    if found is None or not found.is_split:
        grouping = _group_by_unit(good, unit, clip_seconds)
        decision = grouping.decision if found is None else f"{grouping.decision} {found.refusal()}"
        return Grouping(grouping.recordings, decision, bad)
    recordings = _split_recordings(good, found)
    if found.has_validation:
        return Grouping(recordings, _split_decision(recordings, found), bad, split_by_folder=True)
    # The rest is split as a tree without such folders.
    rest = _group_by_unit([file for file in good if found.split_of(file.name) != TEST], unit, clip_seconds)
    test = [recording for recording in recordings if recording.split == TEST]
    decision = f"{_test_decision(test, found)} {rest.decision}"
    return Grouping(sorted([*rest.recordings, *test], key=lambda recording: recording.name), decision, bad)


def _group_by_unit(good: Sequence[AudioFile], unit: str, clip_seconds: float) -> Grouping:
    folders: dict[str, list[AudioFile]] = defaultdict(list)
    for file in good:
        folders[_folder(file.name)].append(file)
    if unit == "folder":
        together = set(folders)
        decision = f"Every folder is one recording (dataset.recording_unit): {len(folders)}."
    elif unit == "file":
        together = set()
        decision = f"Every file is one recording (dataset.recording_unit): {len(good)}."
    else:
        together, decision = _decide(folders, clip_seconds)
    recordings = [Recording(name or ".", tuple(folders[name])) for name in together]
    recordings += [Recording(file.name, (file,)) for file in good if _folder(file.name) not in together]
    return Grouping(sorted(recordings, key=lambda recording: recording.name), decision)


def choose_validation(names: Iterable[str], fraction: float, seed: int) -> set[str]:
    """The recordings held out for validation: the first in an order that depends only on seed and name.

    `round(fraction * count)` of them; at least 1 if there are 2 or more and the fraction is not 0, and never all.
    """
    ranked = sorted(set(names), key=lambda name: (_rank(name, seed), name))
    count = round(fraction * len(ranked))
    if fraction > 0:
        count = max(count, 1)
    return set(ranked[: max(0, min(count, len(ranked) - 1))])


def _rank(name: str, seed: int) -> bytes:
    # Names that are not valid Unicode (from old disks) contain surrogates, which only this error handler encodes.
    return hashlib.blake2b(f"{seed}/{name}".encode("utf-8", "surrogateescape"), digest_size=16).digest()


def _folder(name: str) -> str:
    return name.rpartition("/")[0]


def _decide(folders: dict[str, list[AudioFile]], clip_seconds: float) -> tuple[set[str], str]:
    """The folders that are one recording each by the rule of "auto", and the decision in words."""
    limit = PIECE_CLIPS * clip_seconds
    pieces = {
        name
        for name, files in folders.items()
        if name and len(files) >= 2 and all(file.header is not None and file.header.seconds <= limit for file in files)
    }
    alone = sum(len(files) for name, files in folders.items() if name not in pieces)
    if len(pieces) >= FEWEST_FOLDERS:
        rest = f", and each of {alone} other files" if alone else ""
        return pieces, (
            f"{len(pieces)} folders of clip-length files are taken as one recording each{rest} "
            "(dataset.recording_unit changes that)."
        )
    total = sum(len(files) for files in folders.values())
    if pieces:
        return set(), (
            f"Each of {total} files is taken as one recording: {len(pieces)} folders of clip-length files are too few "
            'to be recordings. If they are, set dataset.recording_unit to "folder", or validation will be too lenient.'
        )
    return set(), f"Each of {total} files is taken as one recording (dataset.recording_unit changes that)."


def _split_recordings(files: Sequence[AudioFile], found: FolderSplit) -> list[Recording]:
    """The recordings of a tree that is split by folder: each folder and each single file in one of its folders."""
    members: dict[str, list[AudioFile]] = defaultdict(list)
    for file in files:
        members["/".join(PurePosixPath(file.name).parts[:2])].append(file)
    return [Recording(name, tuple(part), found.split_of(name)) for name, part in sorted(members.items())]


def _split_decision(recordings: Sequence[Recording], found: FolderSplit) -> str:
    counts = Counter(recording.split for recording in recordings)
    text = (
        f"The folders {found.title(without_test=True)} are taken as the split: {counts['train']} recordings to train "
        f"on, {counts['validation']} for validation."
    )
    test = [recording for recording in recordings if recording.split == TEST]
    return f"{text} {_test_decision(test, found)}" if found.has_test else text


def _test_decision(test: Sequence[Recording], found: FolderSplit) -> str:
    return f"{len(test)} recordings in {found.names_of(TEST)} are held out of both."
