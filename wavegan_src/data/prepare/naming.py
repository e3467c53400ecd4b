"""Names of the files that `prepare` writes: valid on every system, unique, and the same each time."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath

from wavegan_src.utils.format import printable

LONGEST_BYTES = 120  # file systems allow 255; the offset and the suffixes of temporary files are added
_RESERVED = frozenset(["con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))])


def distinct_names(names: Sequence[str], are_files: Sequence[bool]) -> list[str]:
    """One portable name for each relative path, in order, all different even if case is ignored.

    Args:
        names: relative paths with forward slashes; folders become part of the name.
        are_files: whether the path is a file's: its suffix is dropped unless it is needed to distinguish a.wav from
            a.flac, or from a folder a.
    """
    suffixes = [PurePosixPath(name).suffix if file else "" for name, file in zip(names, are_files, strict=True)]
    plain = [portable(name[: len(name) - len(suffix)]) for name, suffix in zip(names, suffixes, strict=True)]
    plain = [
        f"{name}_{suffix[1:].lower()}" if again and suffix else name
        for name, suffix, again in zip(plain, suffixes, _clashes(plain), strict=True)
    ]
    # Names that still clash get a hash of the whole path, so that a name does not depend on other files.
    return [
        f"{short}_{_digest(name)}" if again else short
        for name, short, again in zip(names, plain, _clashes(plain), strict=True)
    ]


def _clashes(names: Sequence[str]) -> list[bool]:
    """Which names occur more than once."""
    counts = Counter(_folded(name) for name in names)
    return [counts[_folded(name)] > 1 for name in names]


def portable(name: str) -> str:
    """A relative path as one file name: spaces and letters of all languages stay, separators are replaced."""
    text = unicodedata.normalize("NFC", printable(name))
    text = text.replace("/", "__")
    text = re.sub(r'[<>:"|?*\\\x00-\x1f\x7f]', "_", text).strip().rstrip(".")
    text = re.sub(r"^\.+", "_", text) or "_"  # a leading dot would hide it
    if text.partition(".")[0].lower() in _RESERVED:
        text = f"_{text}"
    if len(text.encode()) > LONGEST_BYTES:
        text = text.encode()[:LONGEST_BYTES].decode("utf-8", "ignore") + f"_{_digest(name)}"
    return text


def clip_name(stem: str, offset: float, decimals: int) -> str:
    """File name of a clip that starts at `offset` s; the names of one file sort by time."""
    return f"{stem}_{offset:0{6 + decimals}.{decimals}f}.wav"


def offset_decimals(hop_seconds: float) -> int:
    """Decimals needed to distinguish the offsets of neighbouring windows; at least milliseconds."""
    return 3 if hop_seconds >= 0.002 else 6


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name.casefold())


def _digest(name: str) -> str:
    return hashlib.blake2b(name.encode("utf-8", "surrogateescape"), digest_size=4).hexdigest()
