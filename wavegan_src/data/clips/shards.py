"""The samples of all cached clips, in files of a bounded size: written one after the other, read by mapping them."""

import contextlib
import hashlib
import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any, BinaryIO

import numpy as np
from numpy.typing import DTypeLike, NDArray

from wavegan_src.dsp.clips import I16
from wavegan_src.utils.files import write_bytes_atomically
from wavegan_src.utils.reading import open_regular, read_json

SHARD_BYTES = 1 << 30
HASHED_BYTES = 1 << 30  # samples up to this size are hashed at each opening; of more, those with a new time or size
BLOCK_BYTES = 4 << 20  # hashed at once
COPY_BYTES = 1 << 20
STAMPS = "stamps.json"  # size and time of the shards when they were last hashed


class Shards:
    """Clips of equal length in one or more arrays, all but the last with the same number of clips.

    Indexed by a number, a slice or an array of numbers, it gives the samples, int16 `(time,)` or `(clips, time)`.
    """

    dtype = np.dtype(np.int16)

    def __init__(self, parts: Sequence[I16]) -> None:
        """Take the arrays `(clips, time)`; at least one."""
        self._parts = [np.asarray(part) for part in parts]  # faster to index than the memmaps themselves
        self._each = max(1, len(parts[0]))
        self.shape = (sum(len(part) for part in parts), parts[0].shape[1])

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, clips: int | np.integer[Any] | slice | Sequence[int] | NDArray[np.integer[Any]]) -> I16:
        if isinstance(clips, int | np.integer):
            clip = range(len(self))[int(clips)]
            row: I16 = self._parts[clip // self._each][clip % self._each]
            return row
        if isinstance(clips, slice):
            return self.take(np.arange(*clips.indices(len(self))))
        return self.take(np.asarray(clips, np.int64))

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        return np.asarray(self[:], dtype)

    def take(self, clips: NDArray[np.int64]) -> I16:
        """A copy of these clips, `(clips, time)`; only their shards are read."""
        if len(self._parts) == 1:
            return np.take(self._parts[0], clips, axis=0)
        found = np.empty((len(clips), self.shape[1]), np.int16)
        shards, within = np.divmod(clips, self._each)
        for shard in np.unique(shards):
            chosen = shards == shard
            found[chosen] = self._parts[shard][within[chosen]]
        return found


class ShardWriter:
    """Writes samples to the shards of a folder, each with as many whole clips as fit."""

    def __init__(self, folder: Path, length: int) -> None:
        self._folder = folder
        self._full = 2 * length * clips_of_a_shard(length)
        self._file: BinaryIO | None = None
        self._free = 0
        self._count = 0

    def add(self, data: IO[bytes]) -> None:
        """Copy samples from where a file stands to its end."""
        while block := data.read(COPY_BYTES):
            rest = memoryview(block)
            while rest:
                if not self._free:
                    self._begin_next()
                assert self._file is not None
                part, rest = rest[: self._free], rest[self._free :]
                self._file.write(part)
                self._free -= len(part)

    def close(self) -> None:
        """Bring the last shard to the disk. Without clips there is one all the same, which is empty."""
        if self._file is None and not self._count:
            self._begin_next()
        self._end()

    def _begin_next(self) -> None:
        self._end()
        self._file = open_samples(shard_path(self._folder, self._count))
        self._free, self._count = self._full, self._count + 1

    def _end(self) -> None:
        if self._file is None:
            return
        with self._file as file:
            self._file = None
            file.flush()
            with contextlib.suppress(OSError):  # not every file system supports it
                os.fsync(file.fileno())

    def __enter__(self) -> "ShardWriter":
        return self

    def __exit__(self, *_: object) -> None:
        self._end()


def open_shards(folder: Path, count: int, length: int, hashes: Sequence[str], each: int) -> Shards:
    """Map the samples of `count` clips of `length` samples, `each` clips in a shard.

    Args:
        folder: of the shards.
        count, length, each: as written.
        hashes: of the shards, from `hash_shards`.

    Raises:
        OSError: a shard cannot be read.
        ValueError: its size or content is another.
    """
    starts = range(0, max(count, 1), each)
    counts = [min(each, count - start) for start in starts]
    paths = [shard_path(folder, number) for number in range(len(starts))]
    sizes = [path.stat().st_size for path in paths]
    if len(hashes) != len(paths) or sizes != [2 * length * clips for clips in counts]:
        raise ValueError("the shards have other sizes")
    _verify(folder, paths, sizes, hashes)
    if not count:  # an empty file cannot be mapped
        return Shards([np.zeros((0, length), np.int16)])
    mapped = zip(paths, counts, strict=True)
    return Shards([np.memmap(path, "<i2", "r", shape=(clips, length)) for path, clips in mapped])


def clips_of_a_shard(length: int) -> int:
    """How many clips of `length` samples are in a shard."""
    return max(1, SHARD_BYTES // (2 * length))


def hash_shards(folder: Path) -> list[str]:
    """The hash of each shard of a folder that was just written."""
    paths = sorted(folder.glob(shard_path(folder, 0).name.replace("00000", "*")))
    return [hash_samples(path) for path in paths]


def shard_path(folder: Path, number: int) -> Path:
    """Where a shard is."""
    return folder / f"samples-{number:05}.i16"


def open_samples(path: Path) -> BinaryIO:
    """Open a shard for writing."""
    return path.open("wb")


def hash_samples(path: Path) -> str:
    """A hash of a file, by blocks so that all cores work on it: 2000 clips of 2 s take a fifth of a second on two."""

    def hash_block(start: int) -> bytes:
        with open_regular(path) as file:
            file.seek(start)
            return hashlib.sha256(file.read(BLOCK_BYTES)).digest()

    with ThreadPoolExecutor() as pool:
        blocks = pool.map(hash_block, range(0, path.stat().st_size, BLOCK_BYTES))
        return hashlib.sha256(b"".join(blocks)).hexdigest()


def _verify(folder: Path, paths: Sequence[Path], sizes: Sequence[int], hashes: Sequence[str]) -> None:
    """Compare contents with their hashes: of little all of it, else of what has changed since it was last compared."""
    stamps = [[path.stat().st_mtime_ns, path.stat().st_ino, wanted] for path, wanted in zip(paths, hashes, strict=True)]
    large = sum(sizes) > HASHED_BYTES
    known = _stamps(folder) if large else []
    for path, wanted, stamp in zip(paths, hashes, stamps, strict=True):
        if stamp not in known and hash_samples(path) != wanted:
            raise ValueError("a shard has another content")
    if large and stamps != known:
        with contextlib.suppress(OSError):  # they can be hashed again
            write_bytes_atomically(folder / STAMPS, json.dumps(stamps).encode())


def _stamps(folder: Path) -> list[Any]:
    with contextlib.suppress(OSError, ValueError):
        found = read_json(folder / STAMPS)
        return found if isinstance(found, list) else []
    return []
