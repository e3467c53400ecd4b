"""Files whose container hides part of the sound from libsndfile, seen as files that do not.

Recorders that lose power leave the sizes in a WAV header at 0. MP3 files without an index, or with the index of their
first part only, are read up to an estimated end. Ogg and FLAC files that were appended to each other end after the
first. Each is read as one or several parts: some bytes of our own, then a span of the file.
"""

import io
import mmap
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wavegan_src.data.decoding.mp3_index import index_of_frames

UNKNOWN_SIZE = b"\xff\xff\xff\xff"
# Fewer bytes after the end that a WAV header gives are padding or a foreign tag, not sound.
FEWEST_HIDDEN_BYTES = 4096
FLAC_START = b"fLaC\x00\x00\x00\x22"
OGG_PAGE, OGG_FIRST_PAGE = b"OggS", 0x02
UNFINISHED = "its header was never finished: all that the file holds is read"


@dataclass(frozen=True)
class Part:
    """A span of a file, `start` to `stop` in bytes, with `head` before it."""

    head: bytes
    start: int
    stop: int


@dataclass(frozen=True)
class Layout:
    """How a file must be read; remark: why, in words that follow its name; frames: its length, where it is known."""

    parts: tuple[Part, ...]
    remark: str | None = None
    frames: int | None = None


class PartFile(io.RawIOBase):
    """A part of a file as a file of its own."""

    def __init__(self, path: Path, part: Part) -> None:
        self._file = path.open("rb")
        self._part = part
        self._at = 0
        self._length = len(part.head) + part.stop - part.start

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def tell(self) -> int:
        """Position in bytes."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a position in bytes."""
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._length}[whence]
        self._at = max(0, origin + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer as far as there are bytes."""
        out = memoryview(buffer).cast("B")
        head = self._part.head[self._at : self._at + len(out)]
        out[: len(head)] = head
        done = len(head)
        if done < len(out) and self._at + done >= len(self._part.head):
            within = self._at + done - len(self._part.head)
            count = max(0, min(len(out) - done, self._part.stop - self._part.start - within))
            self._file.seek(self._part.start + within)
            done += self._file.readinto(out[done : done + count])
        self._at += done
        return done

    def close(self) -> None:
        """Close the file behind it."""
        self._file.close()
        super().close()


def layout_of_wav(path: Path) -> Layout | None:
    """How a WAV file is read whose header gives less sound than the file holds; None for all others."""
    with path.open("rb") as file:
        size = file.seek(0, io.SEEK_END)
        file.seek(0)
        if file.read(4) not in (b"RIFF", b"RF64", b"BW64") or file.read(8)[4:] != b"WAVE":
            return None
        found = _find_data(file, size)
        if found is None:
            return None
        start, length = found
        hidden = size - (start + length)
        if hidden < FEWEST_HIDDEN_BYTES or _are_chunks(file, start + length + length % 2, size):
            return None
        file.seek(0)
        head = bytearray(file.read(start))
    head[0:8] = b"RIFF" + UNKNOWN_SIZE
    head[-4:] = UNKNOWN_SIZE
    if head[12:16] == b"ds64":
        head[12:16] = b"JUNK"
    return Layout((Part(bytes(head), start, size),), UNFINISHED)


def _find_data(file: Any, size: int) -> tuple[int, int] | None:
    """Where a WAV file's samples start and how many bytes of them its header gives.

    None if it gives no end, or one beyond the file's, which are no case for us.
    """
    at, wide = 12, None
    while at + 8 <= size:
        file.seek(at)
        name, length = struct.unpack("<4sI", file.read(8))
        if name == b"ds64":
            wide = int.from_bytes(file.read(16)[8:], "little")
        if name == b"data":
            if length == 0xFFFFFFFF:  # stated elsewhere, or never known
                length = size if wide is None else wide
            return (at + 8, length) if at + 8 + length <= size else None
        at += 8 + length + length % 2
    return None


def _are_chunks(file: Any, at: int, size: int) -> bool:
    """Whether the bytes from `at` on are more chunks, as programs append them for titles and markers."""
    while at + 8 <= size:
        file.seek(at)
        name, length = struct.unpack("<4sI", file.read(8))
        if not all(32 <= letter < 127 for letter in name) or at + 8 + length > size:
            return size - at < FEWEST_HIDDEN_BYTES
        at += 8 + length + length % 2
    return True


def layout_of_mp3(path: Path) -> Layout | None:
    """How an MP3 file is read whose index is missing or covers only its beginning; None for all others."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        index = index_of_frames(data)
        if index is None:
            return None
        return Layout((Part(index.head, index.start, len(data)),), None, index.frames)


def layout_of_chain(path: Path) -> Layout | None:
    """How Ogg or FLAC files that were appended to each other are read; None for a single one."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        starts = _ogg_starts(data) if data[:4] == OGG_PAGE else _flac_starts(data)
        stops = [*starts[1:], len(data)]
    if len(starts) < 2:
        return None
    parts = tuple(Part(b"", start, stop) for start, stop in zip(starts, stops, strict=True))
    return Layout(parts, f"it is {len(parts)} files in one: all are read")


def _ogg_starts(data: mmap.mmap) -> list[int]:
    """Where an Ogg file's streams start that follow one another: at first pages after other pages."""
    starts, at, within = [0], 0, False
    while at >= 0 and at + 27 <= len(data):
        if data[at : at + 4] != OGG_PAGE:
            at = data.find(OGG_PAGE, at)
            continue
        first = bool(data[at + 5] & OGG_FIRST_PAGE)
        if first and within:
            starts.append(at)
        within = not first
        segments = data[at + 26]
        at += 27 + segments + sum(data[at + 27 : at + 27 + segments])
    return starts


def _flac_starts(data: mmap.mmap) -> list[int]:
    """Where FLAC files start in a file: at its beginning, whatever is there, and at each further header."""
    starts, at = [0], data.find(FLAC_START, 0)
    while (at := data.find(FLAC_START, at + 4)) > 0:
        starts.append(at)
    return starts
