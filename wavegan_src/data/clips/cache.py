"""The cache of decoded clips: an entry for each combination of contents and parameters.

An entry is a folder named after a hash of the sources' contents and of all parameters. It is built under another name
and renamed when complete, so that no incomplete entry is ever visible.
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
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from wavegan_src.data.clips.index import ClipIndex, IndexWriter, read_index
from wavegan_src.data.clips.shards import Shards, ShardWriter, hash_shards, open_shards
from wavegan_src.data.encoding import EncodedClips
from wavegan_src.utils.errors import os_errors_as_user_errors
from wavegan_src.utils.files import check_free_space, remove_partials
from wavegan_src.utils.format import format_size

CONTENT_VERSION = 1  # of what is in the clips, and so in each run's fingerprint; the files have a version of their own
PART = ".part"
OLDEST_PART_SECONDS = 7 * 86400


@dataclass(frozen=True)
class CachedClips:
    """An entry of the cache: its folder and key, int16 `(clips, time)` on disk, and the index."""

    folder: Path
    key: str
    samples: Shards
    index: ClipIndex


def cache_key(contents: Iterable[tuple[str, str]], parameters: Mapping[str, Any]) -> str:
    """Key of an entry: a hash of (name, content hash) pairs, of all parameters that matter, and of the version."""
    text = json.dumps([CONTENT_VERSION, sorted(parameters.items()), list(contents)])
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
        index = read_index(folder, length)
        summary = index.summary
        samples = open_shards(folder, len(index), length, summary.shards, summary.each)
    except (OSError, ValueError):
        return None
    return CachedClips(folder, key, samples, index)


def _build(folder: Path, length: int, produce: Callable[[Path], Iterable[EncodedClips]]) -> None:
    part = folder.with_name(f"{folder.name}.{socket.gethostname()}.{os.getpid()}.{uuid.uuid4().hex[:8]}{PART}")
    part.mkdir()
    try:
        with ShardWriter(part, length) as shards, IndexWriter(part, length) as index:
            for clips in produce(part):
                with contextlib.closing(clips):
                    clips.data.seek(0)
                    shards.add(clips.data)
                    index.add(clips)
            shards.close()
            index.close(hash_shards(part))
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
