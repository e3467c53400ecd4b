"""What is told of files that cannot be used: in words, in numbers, as warnings."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from wavegan_src.data.audio_files import FFMPEG_CURE, NEEDS_FFMPEG
from wavegan_src.data.recordings import UNREADABLE, AudioFile
from wavegan_src.utils.progress import Notify

DAMAGED = "damaged"
MOST_WARNINGS = 10


def tell_problems(lines: Sequence[str], notify: Notify) -> None:
    """Warn of files, one line each for the first ten, then their number."""
    for line in lines[:MOST_WARNINGS]:
        notify(f"Warning: skipped or incomplete: {shown(line)}.")
    if len(lines) > MOST_WARNINGS:
        notify(f"Warning: {len(lines) - MOST_WARNINGS} more files are damaged or cannot be read.")
    in_need = sum(line.endswith(NEEDS_FFMPEG) for line in lines)
    if in_need:
        notify(f"Warning: {in_need} files need ffmpeg, which is not on PATH: {FFMPEG_CURE}.")


def tell_counts(counts: Mapping[str, int]) -> str:
    """Counts in words: "3 silent, 1 damaged"."""
    return ", ".join(f"{count} {why}" for why, count in sorted(counts.items())) or "no files"


def unreadable_lines(files: Iterable[AudioFile]) -> list[str]:
    """One line per file that cannot be read."""
    return [f"{file.name}: {file.problem}" for file in files]


def count_unreadable(files: Iterable[AudioFile]) -> Counter[str]:
    """Why files cannot be read -> how many."""
    return Counter(_kind(file) for file in files)


def _kind(file: AudioFile) -> str:
    if file.refused:
        return UNREADABLE
    return NEEDS_FFMPEG if file.problem == NEEDS_FFMPEG else DAMAGED


def shown(name: str) -> str:
    """A file name that every terminal can print, even where its bytes are not valid Unicode."""
    return name.encode("utf-8", "replace").decode("utf-8")
