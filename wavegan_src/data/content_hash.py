"""Hashes of files' contents, cached by size and time so that a large tree is not read at every start."""

import contextlib
import hashlib
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from wavegan_src.data.recordings import AudioFile
from wavegan_src.utils.files import remove_partials, write_bytes_atomically
from wavegan_src.utils.reading import open_regular, read_json

BLOCK_BYTES = 1 << 20
UNREADABLE = "unreadable"


def hash_file(path: Path) -> str:
    """Hash of a file's bytes, or a fixed word if it cannot be read."""
    digest = hashlib.blake2b(digest_size=16)
    try:
        with open_regular(path) as file:
            while block := file.read(BLOCK_BYTES):
                digest.update(block)
    except OSError:
        return UNREADABLE
    return digest.hexdigest()


def hash_files(files: Sequence[AudioFile], memo: Path, workers: int) -> list[str]:
    """Hashes of the files' contents, in their order.

    Files whose path, size and modification time have not changed are looked up in `memo`, a JSON file that is then
    updated. It only saves time: a damaged one is replaced, one that cannot be written is skipped.
    """
    known = _read_memo(memo)
    keys = [json.dumps([file.name, file.size, file.mtime_ns]) for file in files]
    missing = [index for index, key in enumerate(keys) if key not in known]
    with ThreadPoolExecutor(max(1, workers)) as pool:
        found = dict(zip(missing, pool.map(lambda index: hash_file(files[index].path), missing), strict=True))
    hashes = [found[index] if index in found else known[key] for index, key in enumerate(keys)]
    readable = {key: value for key, value in zip(keys, hashes, strict=True) if value != UNREADABLE}
    if readable != known:
        with contextlib.suppress(OSError):
            remove_partials(memo.parent, held=False)
            write_bytes_atomically(memo, json.dumps(readable).encode())
    return hashes


def _read_memo(memo: Path) -> dict[str, str]:
    try:
        known = read_json(memo)
    except (OSError, ValueError):
        return {}
    if not isinstance(known, dict):
        return {}
    return {key: value for key, value in known.items() if isinstance(value, str)}
