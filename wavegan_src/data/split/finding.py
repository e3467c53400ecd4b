"""Which audio files of a folder may be recordings: not what this program wrote, and not stand-in clips.

Stand-in clips of the synthesiser are known by their names, wherever they lie.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from wavegan_src.data.audio_files import ARCHIVE_SUFFIXES
from wavegan_src.data.decoding.problems import describe_unlooked
from wavegan_src.data.recordings import AudioFile, scan, unlooked
from wavegan_src.run.marker import Kind
from wavegan_src.run.own_folders import OLDEST_RULES, OwnFolders, kind_of
from wavegan_src.utils.format import printable

# What `synth` and runs on procedural data write, and what `prepare` makes of it.
_STAND_IN = re.compile(r"(procedural_\d{5,}_|procedural_stand_in_|generated_from_procedural_)")


@dataclass(frozen=True)
class Found:
    """The audio files of a folder that may be recordings, what else was there, and whether all are stand-in clips."""

    files: list[AudioFile]
    notices: list[str]
    stand_in: bool = False


def find_recordings(root: Path, own: OwnFolders, exclude: Path | None = None, unpacked: Path | None = None) -> Found:
    """Find the recordings below a folder, without what this program wrote; one of stand-in clips is taken whole.

    Args:
        root: the folder.
        own: of the root, to leave out what this program wrote.
        exclude: a folder whose files are left out.
        unpacked: the tree of the folder's archives, unpacked elsewhere, whose files count as files below the root.
    """
    files = scan(root, exclude, own)
    if unpacked is not None:
        files = sorted([*files, *scan(unpacked)], key=lambda file: file.name)
    notices = [notice] if (notice := own.notice()) else []
    if own.rules == OLDEST_RULES:
        return Found(files, notices)
    others = unlooked(root, own, exclude) if files else Counter[str]()
    if unpacked is not None:
        endings = {Path(suffix).suffix or suffix for suffix in ARCHIVE_SUFFIXES}
        others = Counter({suffix: count for suffix, count in others.items() if suffix not in endings})
    if others:
        notices.append(f"{describe_unlooked(others)}.")
    names = [file.name for file in files]
    if all_stand_ins(names) or kind_of(root) is Kind.STAND_IN:
        return Found(files, notices, stand_in=True)
    stand_ins = [name for name in names if is_stand_in(name)]
    if stand_ins:
        notices.append(stand_in_notice(stand_ins))
    return Found([file for file in files if not is_stand_in(file.name)], notices)


def is_stand_in(name: str) -> bool:
    """Whether a file, by its path, is a stand-in clip or was cut or generated from one."""
    return _STAND_IN.match(PurePosixPath(name).name) is not None


def all_stand_ins(names: Sequence[str]) -> bool:
    """Whether a folder's audio files, of which there are some, are all stand-in clips."""
    return bool(names) and all(is_stand_in(name) for name in names)


def stand_in_notice(names: Sequence[str]) -> str:
    """What was left out of the recordings, as a sentence."""
    return (
        f"Not taken as recordings: {len(names)} procedural stand-in clips, such as {printable(names[0])}. To use them, "
        "name a folder that holds nothing else."
    )
