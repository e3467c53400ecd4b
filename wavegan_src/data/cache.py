"""The cache of decoded clips: one memory-mapped file for each combination of contents and parameters.

A cache entry is a folder named after a hash of the sources' contents and of all parameters. It is built under
another name and renamed when complete, so that no incomplete entry is ever visible.
"""

import contextlib
import hashlib
import json
import os
import shutil
import socket
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import psutil

from wavegan_src.data.encoding import EncodedClips
from wavegan_src.dsp.clips import I16
from wavegan_src.utils.errors import os_errors_as_user_errors
from wavegan_src.utils.files import check_free_space, remove_partials
from wavegan_src.utils.format import format_size
from wavegan_src.utils.reading import open_regular, read_json, typed

CACHE_VERSION = 1
SAMPLES = "samples.i16"
INDEX = "index.json"
PART = ".part"
COPY_BYTES = 1 << 20
BLOCK_BYTES = 4 << 20  # hashed at once
OLDEST_PART_SECONDS = 7 * 86400


@dataclass
class ClipIndex:
    """Facts about the clips. sources: names; clip_source: the source of each clip; offsets: of each clip, in s.

    dropped: number of windows or files by reason; problems: one line per damaged file; overloaded: number of clips
    that were clipped to full scale; gains: of each clip, by which it was brought to its level; samples_hash: of the
    samples' file, from `hash_samples`; index_hash: of all of this; facts: of each source, what was found in it, if it
    is a file that was decoded.
    """

    version: int = CACHE_VERSION
    length: int = 0
    sources: list[str] = field(default_factory=list)
    clip_source: list[int] = field(default_factory=list)
    offsets: list[float] = field(default_factory=list)
    dropped: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    overloaded: int = 0
    gains: list[float] = field(default_factory=list)
    samples_hash: str = ""
    index_hash: str = ""
    facts: list[dict[str, Any] | None] = field(default_factory=list)

    def add(self, clips: EncodedClips) -> None:
        """Add the clips of one source."""
        self.clip_source += [len(self.sources)] * len(clips.offsets)
        self.sources.append(clips.name)
        self.facts.append(clips.facts.values() if clips.facts is not None else None)
        self.offsets += clips.offsets
        self.gains += clips.gains
        self.overloaded += clips.overloaded
        for why, count in clips.dropped.items():
            self.dropped[why] = self.dropped.get(why, 0) + count
        if clips.problem:
            self.problems.append(f"{clips.name}: {clips.problem}")


@dataclass(frozen=True)
class CachedClips:
    """An entry of the cache: its folder and key, int16 `(clips, time)` on disk, and the index."""

    folder: Path
    key: str
    samples: I16
    index: ClipIndex


def cache_key(contents: Iterable[tuple[str, str]], parameters: Mapping[str, Any]) -> str:
    """Key of an entry: a hash of (name, content hash) pairs, of all parameters that matter, and of the version."""
    text = json.dumps([CACHE_VERSION, sorted(parameters.items()), list(contents)])
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def open_or_build(
    root: Path,
    key: str,
    length: int,
    need_bytes: int,
    produce: Callable[[Path], Iterable[EncodedClips]],
) -> CachedClips:
    """Open the entry of this key, or build it.

    Args:
        root: the cache's folder.
        key: from `cache_key`.
        length: samples per clip.
        need_bytes: estimated disk space of a build.
        produce: yields the clips of the sources in order; its argument is a folder for temporary files.

    Raises:
        UserError: the disk is full or the folder cannot be written.
    """
    clips_root = root / "clips"
    folder = clips_root / key
    found = load(folder, key, length)
    if found is not None:
        remove_partials(folder, held=False)
        return found
    with os_errors_as_user_errors(
        root,
        what="the clip cache",
        needs=f"the decoded clips need about {format_size(need_bytes)}",
        cure="set dataset.cache_dir to a folder on another disk that you may write",
        only_inside=True,
    ):
        clips_root.mkdir(parents=True, exist_ok=True)
        remove_stale_parts(clips_root)
        check_free_space(clips_root, need_bytes)
        _build(folder, length, produce)
    found = load(folder, key, length)
    if found is None:
        raise RuntimeError(f"the clip cache {folder} is damaged right after it was built")
    return found


def load(folder: Path, key: str, length: int) -> CachedClips | None:
    """Open an entry; None if it is missing, incomplete, or its samples are not those that were written."""
    try:
        values = read_json(folder / INDEX)
        index = typed(values, ClipIndex)
        size = (folder / SAMPLES).stat().st_size
    except (OSError, ValueError):
        return None
    count = len(index.offsets)
    if (index.version, index.length) != (CACHE_VERSION, length) or size != 2 * count * length:
        return None
    if len(index.clip_source) != count or not all(0 <= source < len(index.sources) for source in index.clip_source):
        return None
    if hash_samples(folder / SAMPLES) != index.samples_hash or _hash_index(values) != index.index_hash:
        return None
    if count == 0:  # an empty file cannot be mapped
        return CachedClips(folder, key, np.zeros((0, length), np.int16), index)
    return CachedClips(folder, key, np.memmap(folder / SAMPLES, "<i2", "r", shape=(count, length)), index)


def _build(folder: Path, length: int, produce: Callable[[Path], Iterable[EncodedClips]]) -> None:
    part = folder.with_name(f"{folder.name}.{socket.gethostname()}.{os.getpid()}.{uuid.uuid4().hex[:8]}{PART}")
    part.mkdir()
    try:
        index = ClipIndex(length=length)
        with open_samples(part / SAMPLES) as out:
            for clips in produce(part):
                with contextlib.closing(clips):
                    clips.data.seek(0)
                    shutil.copyfileobj(clips.data, out, COPY_BYTES)
                    index.add(clips)
            out.flush()
            with contextlib.suppress(OSError):  # not every file system supports it
                os.fsync(out.fileno())
        index.samples_hash = hash_samples(part / SAMPLES)
        values = asdict(index)
        (part / INDEX).write_text(json.dumps({**values, "index_hash": _hash_index(values)}), encoding="utf-8")
        _publish(part, folder, length)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _publish(part: Path, folder: Path, length: int) -> None:
    """Rename a finished entry to its final name; if another process was faster, keep its entry."""
    if folder.exists() and load(folder, folder.name, length) is None:
        broken = folder.with_name(f"{folder.name}.broken.{uuid.uuid4().hex[:8]}{PART}")
        with contextlib.suppress(OSError):  # another process may have done it
            folder.rename(broken)
        shutil.rmtree(broken, ignore_errors=True)
    try:
        part.rename(folder)
    except OSError:
        if load(folder, folder.name, length) is None:
            raise


def _hash_index(values: Mapping[str, Any]) -> str:
    """A hash of an index, without itself."""
    return hashlib.blake2b(json.dumps({**values, "index_hash": ""}).encode(), digest_size=16).hexdigest()


def hash_samples(path: Path) -> str:
    """A hash of a file, by blocks so that all cores work on it: 2000 clips of 2 s take a fifth of a second on two."""

    def hash_block(start: int) -> bytes:
        with open_regular(path) as file:
            file.seek(start)
            return hashlib.sha256(file.read(BLOCK_BYTES)).digest()

    with ThreadPoolExecutor() as pool:
        blocks = pool.map(hash_block, range(0, path.stat().st_size, BLOCK_BYTES))
        return hashlib.sha256(b"".join(blocks)).hexdigest()


def open_samples(path: Path) -> BinaryIO:
    """Open the samples' file for writing."""
    return path.open("wb")


def remove_stale_parts(clips_root: Path) -> None:
    """Remove the parts that killed builds left: their process is gone, or they are a week old."""
    host = socket.gethostname()
    for part in clips_root.glob(f"*{PART}"):
        maker = part.name.removesuffix(PART).split(".", 1)[-1].rpartition(".")[0]
        name, _, pid = maker.rpartition(".")
        with contextlib.suppress(OSError):
            dead = name == host and pid.isdigit() and not psutil.pid_exists(int(pid))
            if dead or time.time() - part.stat().st_mtime > OLDEST_PART_SECONDS:
                shutil.rmtree(part, ignore_errors=True)
