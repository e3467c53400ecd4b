"""Warnings about files that cannot be used, and how many there are of each kind."""

from collections import Counter
from collections.abc import Iterable, Sequence

from wavegan_src.data.decoding.headers import NEEDS_FFMPEG, NO_SOUND_TRACK
from wavegan_src.data.recordings import UNREADABLE, AudioFile
from wavegan_src.utils.format import printable
from wavegan_src.utils.progress import Notify

DAMAGED = "damaged"
SOUNDLESS = "without a sound track"
FFMPEG_CURE = "install ffmpeg so that it is on PATH, or convert the files to WAV or FLAC"
MOST_WARNINGS = 10


def warn_about_files(lines: Sequence[str], notify: Notify) -> None:
    """Warn about files, one line each for the first ten, then how many more there are."""
    for line in lines[:MOST_WARNINGS]:
        notify(f"Warning: skipped or incomplete: {printable(line)}.")
    if len(lines) > MOST_WARNINGS:
        notify(f"Warning: {len(lines) - MOST_WARNINGS} more files are damaged or cannot be read.")
    needing = sum(line.endswith(NEEDS_FFMPEG) for line in lines)
    if needing:
        notify(f"Warning: {needing} files need ffmpeg, which is not on PATH: {FFMPEG_CURE}.")


def describe_unlooked(unlooked: Counter[str]) -> str:
    """How many files are no sound by their suffix, in words."""
    suffixes = ", ".join(f"{suffix or 'none'} ({count})" for suffix, count in unlooked.most_common(MOST_WARNINGS))
    more = f" and {len(unlooked) - MOST_WARNINGS} other suffixes" if len(unlooked) > MOST_WARNINGS else ""
    total = unlooked.total()
    which = "file with this suffix was" if total == 1 else "files with these suffixes were"
    return f"{total} {which} not looked at: {printable(suffixes)}{more}"


def unreadable_lines(files: Iterable[AudioFile]) -> list[str]:
    """One line per file that cannot be read."""
    return [f"{file.name}: {file.problem}" for file in files]


def count_unreadable(files: Iterable[AudioFile]) -> Counter[str]:
    """How many files cannot be read, by reason."""
    return Counter(kind_of(file) for file in files)


def kind_of(file: AudioFile) -> str:
    """Why a file cannot be read, as one of a few reasons."""
    if file.refused:
        return UNREADABLE
    return {NEEDS_FFMPEG: NEEDS_FFMPEG, NO_SOUND_TRACK: SOUNDLESS}.get(file.problem or "", DAMAGED)
