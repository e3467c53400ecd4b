"""Results that take long and never change, kept in the user's cache folder: embeddings, descriptions, anchors' scores.

Every entry is one small file named after a hash of the clips' content, of all parameters, and of the versions of this
package and of the libraries that measure. A missing, damaged or unwritable entry only costs time.
"""

import contextlib
import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wavegan_src.utils.files import remove_partials, write_bytes_atomically
from wavegan_src.utils.reading import read_json, read_regular

STORE_VERSION = 3  # raise it whenever a measure or an anchor changes: stored results are keyed by it
_LIBRARIES = ("pystoi", "pesq", "mel-cepstral-distance", "frechet-audio-distance")

Arrays = dict[str, NDArray[Any]]


class Store:
    """A folder of results; with no folder nothing is kept."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        if folder is not None:
            remove_partials(folder, held=False)

    def arrays(self, kind: str, *key: object) -> Arrays | None:
        """Arrays by name, or None where there are none."""
        if self._folder is None:
            return None
        path = self._path(self._folder, kind, key, "npz")
        damaged = (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile)
        with contextlib.suppress(*damaged):
            content = io.BytesIO(read_regular(path))  # a damaged file would stay open in NumPy's hands
            with np.load(content, allow_pickle=False) as file:
                return {name: file[name] for name in file.files}
        return None

    def keep_arrays(self, arrays: Mapping[str, NDArray[Any]], kind: str, *key: object) -> None:
        """Keep arrays under a key."""
        buffer = io.BytesIO()
        entries: dict[str, Any] = dict(arrays)
        np.savez(buffer, **entries)
        self._write(buffer.getvalue(), kind, key, "npz")

    def values(self, kind: str, *key: object) -> dict[str, Any] | None:
        """Plain values, or None where there are none."""
        if self._folder is None:
            return None
        with contextlib.suppress(OSError, ValueError):
            found = read_json(self._path(self._folder, kind, key, "json"))
            if isinstance(found, dict):
                return found
        return None

    def keep_values(self, values: Mapping[str, Any], kind: str, *key: object) -> None:
        """Keep plain values under a key."""
        self._write(json.dumps(values, allow_nan=False).encode(), kind, key, "json")

    def _write(self, data: bytes, kind: str, key: tuple[object, ...], suffix: str) -> None:
        if self._folder is not None:
            with contextlib.suppress(OSError):  # a full or read-only disk: it is computed again next time
                write_bytes_atomically(self._path(self._folder, kind, key, suffix), data)

    @staticmethod
    def _path(folder: Path, kind: str, key: tuple[object, ...], suffix: str) -> Path:
        return folder / f"{kind}-{digest(STORE_VERSION, _versions(), kind, *key)[:32]}.{suffix}"


def digest(*parts: object) -> str:
    """A hash of plain values, in hex."""
    return hashlib.sha256(json.dumps([str(part) for part in parts]).encode()).hexdigest()


@cache
def _versions() -> str:
    return " ".join(f"{name}={_version(name)}" for name in ("wavegan", *_LIBRARIES))


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"
