"""What is known of the cached clips and their sources, in files that are mapped: opening costs no memory per clip.

`clips.bin` has a row of fixed size for each clip, `sources.jsonl` a line of JSON for each source and `sources.bin`
where each line ends; `index.json` has what is said of all, and the hashes of the other files.
"""

import hashlib
import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from wavegan_src.data.clips.shards import clips_of_a_shard
from wavegan_src.data.encoding import EncodedClips
from wavegan_src.dsp.arrays import Floats
from wavegan_src.utils.format import printable
from wavegan_src.utils.reading import open_regular, parse_json, read_json, typed

INDEX_VERSION = 2
INDEX = "index.json"
CLIPS, SOURCES, ENDS = "clips.bin", "sources.jsonl", "sources.bin"
CLIP = np.dtype([("offset", "<f8"), ("gain", "<f8"), ("source", "<i8")])
BLOCK_BYTES = 1 << 20

Facts = dict[str, Any] | None


class Texts(Sequence[str]):
    """Texts that are made when they are asked for."""

    def __init__(self, count: int, text_of: Callable[[int], str]) -> None:
        self._count = count
        self._text_of = text_of

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, number: int) -> str: ...
    @overload
    def __getitem__(self, number: slice) -> list[str]: ...
    def __getitem__(self, number: int | slice) -> str | list[str]:
        if isinstance(number, slice):
            return [self._text_of(each) for each in range(self._count)[number]]
        return self._text_of(range(self._count)[number])


@dataclass
class Summary:
    """What is said of all clips together, in `index.json`.

    length: samples of a clip; dropped: number of windows or files by reason; problems: one line per damaged file;
    overloaded: number of clips that were clipped to full scale; each: clips of a shard; shards: the hashes of the
    shards; files: of the other files, by name; index_hash: of all of this.
    """

    version: int = INDEX_VERSION
    length: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    overloaded: int = 0
    each: int = 1
    shards: list[str] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    index_hash: str = ""


class ClipIndex:
    """Facts about each clip: clip_source: number of its source; offsets: in s; gains: by which it was levelled.

    sources: names of the sources; summary: of all clips.
    """

    def __init__(
        self,
        summary: Summary,
        clips: NDArray[np.void],
        sources: Sequence[str],
        facts_of: Callable[[int], Facts] = lambda _: None,
    ) -> None:
        self.summary = summary
        self.clip_source: NDArray[np.int64] = clips["source"]
        self.offsets: Floats = clips["offset"]
        self.gains: Floats = clips["gain"]
        self.sources = sources
        self._facts_of = facts_of

    def __len__(self) -> int:
        """The number of clips."""
        return len(self.clip_source)

    def facts(self, source: int) -> Facts:
        """What was found in a source, if it is a file that was decoded."""
        return self._facts_of(source)

    def used_sources(self, clips: NDArray[np.int64] | slice = slice(None)) -> NDArray[np.int64]:
        """The numbers of the sources that gave these clips, ascending."""
        used = np.zeros(len(self.sources), np.bool_)
        used[self.clip_source[clips]] = True
        return np.flatnonzero(used)

    def names(self, *, with_offsets: bool) -> Texts:
        """What each clip is called: its source, and where it begins there."""

        def source(clip: int) -> str:
            return printable(self.sources[self.clip_source[clip]])

        def place(clip: int) -> str:
            return f"{source(clip)} @ {round(float(self.offsets[clip]), 3)} s"

        return Texts(len(self), place if with_offsets else source)

    def runs(self) -> list[slice]:
        """The clips of each source that gave some: a source's clips follow each other."""
        changes = np.flatnonzero(np.diff(self.clip_source)) + 1
        edges = [0, *changes.tolist(), len(self)]
        return [slice(first, last) for first, last in itertools.pairwise(edges) if last > first]


class IndexWriter:
    """Writes the index of a folder, source by source."""

    def __init__(self, folder: Path, length: int) -> None:
        self._folder = folder
        self.summary = Summary(length=length, each=clips_of_a_shard(length))
        self._files = {name: (folder / name).open("wb") for name in (CLIPS, SOURCES, ENDS)}
        self._count = 0

    def add(self, clips: EncodedClips) -> None:
        """Add the clips of one source."""
        rows = np.empty(len(clips.offsets), CLIP)
        rows["offset"], rows["gain"], rows["source"] = clips.offsets, clips.gains, self._count
        line = json.dumps([clips.name, None if clips.facts is None else clips.facts.values()])
        self._files[CLIPS].write(rows.tobytes())
        self._files[SOURCES].write(f"{line}\n".encode())
        self._files[ENDS].write(np.array([self._files[SOURCES].tell()], "<i8").tobytes())
        self._count += 1
        self.summary.overloaded += clips.overloaded
        for why, count in clips.dropped.items():
            self.summary.dropped[why] = self.summary.dropped.get(why, 0) + count
        if clips.problem:
            self.summary.problems.append(f"{clips.name}: {clips.problem}")

    def close(self, shards: list[str]) -> None:
        """Write what is said of all clips; shards: the hashes of the samples."""
        self.__exit__()
        self.summary.shards = shards
        self.summary.files = {name: _hash_file(self._folder / name) for name in self._files}
        values = asdict(self.summary)
        (self._folder / INDEX).write_text(json.dumps({**values, "index_hash": _hash_values(values)}), encoding="utf-8")

    def __enter__(self) -> "IndexWriter":
        return self

    def __exit__(self, *_: object) -> None:
        for file in self._files.values():
            file.close()


def read_index(folder: Path, length: int) -> ClipIndex:
    """Map the index of a folder.

    Raises:
        OSError: a file cannot be read.
        ValueError: it is not what was written, or of another version, or of clips of another length.
    """
    values = read_json(folder / INDEX)
    summary = typed(values, Summary)
    if (summary.version, summary.length) != (INDEX_VERSION, length) or summary.each < 1:
        raise ValueError("an index of other clips")
    if _hash_values(values) != summary.index_hash:
        raise ValueError("a changed index")
    if {name: _hash_file(folder / name) for name in (CLIPS, SOURCES, ENDS)} != summary.files:
        raise ValueError("changed files of the index")
    clips, ends, lines = (_map(folder / name, kind) for name, kind in ((CLIPS, CLIP), (ENDS, "<i8"), (SOURCES, "u1")))
    if len(clips) and not 0 <= clips["source"].min() <= clips["source"].max() < len(ends):
        raise ValueError("clips of no source")

    def line(source: int) -> Any:
        start = int(ends[source - 1]) if source else 0
        return parse_json(lines[start : int(ends[source])].tobytes())

    names = Texts(len(ends), lambda source: str(line(source)[0]))
    return ClipIndex(summary, clips, names, lambda source: line(source)[1])


def _map(path: Path, kind: np.dtype[Any] | str) -> NDArray[Any]:
    """A file as an array, `(entries,)`."""
    if not path.stat().st_size:  # an empty file cannot be mapped
        return np.zeros(0, kind)
    return np.asarray(np.memmap(path, kind, "r"))


def _hash_values(values: Mapping[str, Any]) -> str:
    """A hash of what `index.json` has, without itself."""
    return hashlib.blake2b(json.dumps({**values, "index_hash": ""}).encode(), digest_size=16).hexdigest()


def _hash_file(path: Path) -> str:
    digest = hashlib.blake2b(digest_size=16)
    with open_regular(path) as file:
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()
