"""The frames of an MP3 file, counted where its own index is missing or wrong.

mpg123, the decoder in libsndfile, takes the length from the index in the first frame (Xing, Info or VBRI). Without one
it assumes that all frames are as long as the first, which is wrong at variable bit rates. So we count, and put a frame
with a Xing index of our own in front.
"""

import mmap
import struct
from dataclasses import dataclass

KBITS_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)  # layer III of MPEG 1
KBITS_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)  # of MPEG 2 and 2.5
RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
INDEX_KBITS = 9  # position in the tables above of the rate of our own frame: 128 and 80 kbit/s
VBRI_AT = 36
# What an index may leave uncovered: titles and pictures at the end of the file.
TAG_BYTES = 1 << 16
FRAMES_FLAG, BYTES_FLAG = 1, 2

Data = bytes | mmap.mmap


@dataclass(frozen=True)
class FrameIndex:
    """The bytes of a frame with the right index, where the frames after it start, and the length of the sound."""

    head: bytes
    start: int
    frames: int


@dataclass(frozen=True)
class _Frame:
    """A frame's length in bytes and in samples, and where an index in it would be."""

    length: int
    samples: int
    index_at: int


def index_of_frames(data: Data) -> FrameIndex | None:
    """The right index of an MP3 file; None if its own is right, or if it has no frames of layer III."""
    start = _first_frame(data)
    if start is None:
        return None
    first = _frame_at(data, start)
    assert first is not None
    own = _own_index(data, start, first)
    if own is not None:
        count, covered = own
        if start + covered + TAG_BYTES >= len(data):
            return None
        start += first.length  # the frame of the index holds no sound
    total = _count(data, start)
    if not total or (own is not None and total <= count):
        return None
    head = bytearray(data[start : start + 4])
    head[1] |= 1  # no checksum
    head[2] = INDEX_KBITS << 4 | (head[2] & 0x0C)
    own_frame = _frame_at(bytes(head), 0)
    assert own_frame is not None
    body = bytes(head) + bytes(own_frame.index_at - 4) + b"Xing" + struct.pack(">II", FRAMES_FLAG, total)
    return FrameIndex(body.ljust(own_frame.length, b"\0"), start, total * first.samples)


def _first_frame(data: Data) -> int | None:
    """Where the first frame starts, after titles and pictures."""
    at = 0
    while data[at : at + 3] == b"ID3":
        size = data[at + 6 : at + 10]
        if len(size) < 4:
            return None
        at += 10 + (size[0] << 21 | size[1] << 14 | size[2] << 7 | size[3])
    return _next_frame(data, at)


def _next_frame(data: Data, at: int) -> int | None:
    """The next frame from `at` on that another one follows."""
    while (at := data.find(b"\xff", at)) >= 0:
        frame = _frame_at(data, at)
        if frame is not None and _frame_at(data, at + frame.length) is not None:
            return at
        at += 1
    return None


def _count(data: Data, start: int) -> int:
    """How many frames there are from `start` on, over gaps of other bytes."""
    at: int | None = start
    count = 0
    while at is not None:
        frame = _frame_at(data, at)
        if frame is None:
            at = _next_frame(data, at)
            continue
        count += at + frame.length <= len(data)
        at += frame.length
        if at + 4 > len(data):
            break
    return count


def _frame_at(data: Data, at: int) -> _Frame | None:
    """The frame of layer III whose header is at `at`, or None."""
    head = data[at : at + 4]
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return None
    version, kbits, rate = head[1] >> 3 & 3, head[2] >> 4, head[2] >> 2 & 3
    if version == 1 or kbits in (0, 15) or rate == 3:
        return None
    first, mono = version == 3, head[3] >> 6 == 3
    hertz = RATES[version][rate]
    bits = (KBITS_1 if first else KBITS_2)[kbits] * 1000
    length = (144 if first else 72) * bits // hertz + (head[2] >> 1 & 1)
    side = (17 if mono else 32) if first else (9 if mono else 17)
    return _Frame(length, 1152 if first else 576, 4 + side)


def _own_index(data: Data, start: int, first: _Frame) -> tuple[int, int] | None:
    """How many frames and bytes the file's own index covers; None if it has none that says both."""
    at = start + first.index_at
    if data[at : at + 4] in (b"Xing", b"Info"):
        flags = int.from_bytes(data[at + 4 : at + 8], "big")
        if flags & FRAMES_FLAG and flags & BYTES_FLAG:
            frames, covered = struct.unpack(">II", data[at + 8 : at + 16])
            return frames, covered
    if data[start + VBRI_AT : start + VBRI_AT + 4] == b"VBRI":
        covered, frames = struct.unpack(">II", data[start + VBRI_AT + 10 : start + VBRI_AT + 18])
        return frames, covered
    return None
