"""Files that hold the same sound, and the groups that they make: one group belongs on one side of a split."""

import contextlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath

from wavegan_src.data.clips.cache import CachedClips
from wavegan_src.data.recordings import AudioFile, Recording
from wavegan_src.dsp.clips import from_int16
from wavegan_src.dsp.copy_search import Read, find_copies
from wavegan_src.utils.files import write_bytes_atomically
from wavegan_src.utils.format import format_count, printable
from wavegan_src.utils.progress import ProgressFactory
from wavegan_src.utils.reading import read_json

SEARCH_VERSION = 1  # raise it when the search finds other copies: its results are kept
FILE_NAME = f"copies-v{SEARCH_VERSION}.json"
MOST_NAMED = 3
# How recorders name the tracks of one take: ZOOM0001_Tr1, ZOOM0001_LR, take-L.
_TRACK = re.compile(r"(?P<take>.*?)[ _-](?:tr\d+|trlr|lr|ms|xy|mic ?\d*|ch ?\d+|in\d+|l|r|left|right)", re.IGNORECASE)


@dataclass(frozen=True)
class Pair:
    """Two files with the same sound, by name, and the share of a clip's sound that they have in common, 0 to 1."""

    first: str
    second: str
    share: float


def pairs_in_cache(clips: CachedClips, rate: int, progress: ProgressFactory) -> list[Pair]:
    """The pairs of files with the same sound among cached clips; searched for once and kept beside the clips."""
    path = clips.folder / FILE_NAME
    with contextlib.suppress(OSError, ValueError, TypeError):
        return [Pair(str(one), str(other), float(share)) for one, other, share in read_json(path)]
    index = clips.index
    names = list(index.sources)
    sources = [names[source] for source in index.clip_source]
    found = find_pairs(lambda clip: from_int16(clips.samples[clip]), sources, index.offsets.tolist(),
                       index.summary.length / rate, rate, progress)  # fmt: skip
    with contextlib.suppress(OSError):  # it can be searched again
        write_bytes_atomically(path, json.dumps([list(asdict(pair).values()) for pair in found]).encode())
    return found


def find_pairs(
    read: Read,
    sources: Sequence[str],
    offsets: Sequence[float],
    seconds: float,
    rate: int,
    progress: ProgressFactory,
    sides: Sequence[int] | None = None,
) -> list[Pair]:
    """Find files with the same sound among clips.

    Args:
        read: returns clip number i, float32 `(time,)`.
        sources: name of the file that each clip is of. offsets: where it begins there, in s.
        seconds: length of a clip. rate: samples per second.
        progress: shows the progress.
        sides: of each clip; if given, only files of different sides are compared.
    """
    chosen = _without_overlap(sources, offsets, seconds)
    numbers = {name: number for number, name in enumerate(dict.fromkeys(sources))}
    if len(numbers) < 2:
        return []
    with progress("Looking for copies", len(chosen)) as advance:
        matches = find_copies(
            lambda position: read(chosen[position]),
            [numbers[sources[clip]] for clip in chosen],
            [offsets[clip] for clip in chosen],
            rate,
            seconds,
            None if sides is None else [sides[clip] for clip in chosen],
            advance,
        )
    return [Pair(sources[chosen[match.first]], sources[chosen[match.second]], match.share) for match in matches]


def _without_overlap(sources: Sequence[str], offsets: Sequence[float], seconds: float) -> list[int]:
    """Clips that cover their files once: overlapping windows hold the same sound twice."""
    chosen, ends = [], dict[str, float]()
    for clip, (source, offset) in enumerate(zip(sources, offsets, strict=True)):
        if offset >= ends.get(source, offset) - 1e-6:
            chosen.append(clip)
            ends[source] = offset + seconds
    return chosen


def track_pairs(files: Iterable[AudioFile]) -> list[Pair]:
    """Parallel tracks by their names: of one take, in one folder, of exactly one length."""
    takes: dict[tuple[str, str, int, int], list[str]] = defaultdict(list)
    for file in files:
        path = PurePosixPath(file.name)
        track = _TRACK.fullmatch(path.stem)
        if track is not None and file.header is not None and file.header.length_known:
            key = (str(path.parent), track["take"], file.header.frames, file.header.sample_rate)
            takes[key].append(file.name)
    return [Pair(names[0], other, 1.0) for names in takes.values() for other in names[1:]]


def group_names(recordings: Iterable[Recording], pairs: Iterable[Pair]) -> dict[str, str]:
    """The group of each recording, named after its first recording; without copies each is its own group."""
    listed = sorted(recordings, key=lambda recording: recording.name)
    of_file = {file.name: recording.name for recording in listed for file in recording.files}
    above = {recording.name: recording.name for recording in listed}

    def top(name: str) -> str:
        while above[name] != name:
            above[name] = name = above[above[name]]
        return name

    for pair in pairs:
        if pair.first in of_file and pair.second in of_file:
            first, second = sorted((top(of_file[pair.first]), top(of_file[pair.second])))
            above[second] = first
    return {name: top(name) for name in above}


def grouping_notice(groups: Mapping[str, str]) -> str | None:
    """What copies mean for the split, as a sentence; None if there are none."""
    members: dict[str, list[str]] = defaultdict(list)
    for name, group in groups.items():
        members[group].append(name)
    takes = [names for names in members.values() if len(names) > 1]
    if not takes:
        return None
    example = " = ".join(printable(name) for name in takes[0][:MOST_NAMED])
    count = sum(len(names) for names in takes)
    return (
        f"{count} recordings are copies or parallel tracks of {format_count(len(takes), 'take')} (such as {example}): "
        "each take is on one side of the split (dataset.copies)."
    )


def leak_notice(pairs: Sequence[Pair], kept: str, training: str) -> str | None:
    """What is on both sides of a split, as a warning; `first` of each pair is on the held-out side. None if nothing.

    Args:
        pairs: with a file of either side.
        kept: what the held-out side is called, such as "validation".
        training: what the other side is called.
    """
    if not pairs:
        return None
    held_out = list({pair.first: pair for pair in reversed(pairs)}.values())[::-1]  # the first pair of each file
    named = "; ".join(f"{printable(pair.first)} = {printable(pair.second)}" for pair in held_out[:MOST_NAMED])
    more = f"; and {len(held_out) - MOST_NAMED} more" if len(held_out) > MOST_NAMED else ""
    files = "file holds" if len(held_out) == 1 else "files hold"
    return (
        f"{len(held_out)} {kept} {files} sound that {training} has too ({named}{more}): figures on them are too "
        "good. Keep copies and parallel tracks of one take on one side."
    )


def across(pairs: Iterable[Pair], held_out: Mapping[str, bool]) -> list[Pair]:
    """The pairs with a file on either side, the held-out file first; files that `held_out` lacks are on neither."""
    found = []
    for pair in pairs:
        sides = held_out.get(pair.first), held_out.get(pair.second)
        if sides == (True, False):
            found.append(pair)
        elif sides == (False, True):
            found.append(Pair(pair.second, pair.first, pair.share))
    return found
