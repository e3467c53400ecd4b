"""Warnings about files that cannot be used, and how many there are of each kind."""

from collections import Counter
from collections.abc import Iterable, Sequence

from wavegan_src.data.audio_files import FFMPEG_CURE, NEEDS_FFMPEG
from wavegan_src.data.recordings import UNREADABLE, AudioFile
from wavegan_src.utils.format import printable
from wavegan_src.utils.progress import Notify

DAMAGED = "damaged"
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


def unreadable_lines(files: Iterable[AudioFile]) -> list[str]:
    """One line per file that cannot be read."""
    return [f"{file.name}: {file.problem}" for file in files]


def count_unreadable(files: Iterable[AudioFile]) -> Counter[str]:
    """How many files cannot be read, by reason."""
    return Counter(_kind(file) for file in files)


def _kind(file: AudioFile) -> str:
    if file.refused:
        return UNREADABLE
    return NEEDS_FFMPEG if file.problem == NEEDS_FFMPEG else DAMAGED
