"""Clips as a page holds them: audio and a spectrogram, as addresses that carry their own data."""

import base64
import io
import math
import struct
import zlib
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from wavegan_src.data.audio_files import wav_bytes
from wavegan_src.dsp.arrays import F32
from wavegan_src.dsp.spectrogram import DYNAMIC_RANGE_DB, spectrogram_db
from wavegan_src.evaluation.result import ClipView
from wavegan_src.report.svg import Axis, Canvas, ticks
from wavegan_src.run.sample_files import read_sample

# Sample rates of MP3, in Hz; clips at other rates are packed losslessly as FLAC, which browsers play as well.
MP3_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
MP3_COMPRESSION = 0.3  # of 0 (best) to 1: some 50 kbit/s for an engine at 22 kHz, transparent for listening
PICTURE_ROWS, PICTURE_COLUMNS = 96, 160
WIDTH, HEIGHT = 300.0, 190.0
LEFT, RIGHT, TOP, BOTTOM = 34.0, 296.0, 6.0, 160.0
ROOM_FOR_UNIT = 20.0  # in pixels, where no number stands
# Matplotlib's colours "magma", quietest first; in between they are mixed.
COLOURS = ("#000004", "#1c1044", "#4f127b", "#812581", "#b5367a", "#e55064", "#fb8761", "#fec287", "#fcfdbf")
_STEP_DB = 10
_QUIETEST_DB = -60  # the top of the scale where all clips are silent
_THREADS = 4  # the encoders run outside of Python's lock


@dataclass(frozen=True)
class Sound:
    """A clip to hear and to see; `audio` and `picture` are `data:` addresses."""

    name: str
    audio: str
    picture: str
    seconds: float
    rate: int

    @property
    def size(self) -> int:
        """Bytes that it takes in a page."""
        return len(self.audio) + len(self.picture)

    def spectrogram(self) -> str:
        """The picture with its axes, as SVG in the page's own colours."""
        words = f"Spectrogram of {self.name}: frequency in kHz over time in s, level by colour"
        canvas = Canvas.of_size(WIDTH, HEIGHT, words)
        canvas.image(self.picture, (LEFT, TOP), (RIGHT - LEFT, BOTTOM - TOP))
        time, frequency = Axis(0, self.seconds, LEFT, RIGHT), Axis(0, self.rate / 2000, BOTTOM, TOP)
        for value, text in ticks(time):
            canvas.text(text, min(time.x(value), RIGHT - 8), BOTTOM + 14, "middle", "tick")
        for value, text in ticks(frequency):
            if frequency.x(value) > TOP + ROOM_FOR_UNIT:
                canvas.text(text, LEFT - 5, frequency.x(value) + 4, "end", "tick")
        canvas.text("time (s)", (LEFT + RIGHT) / 2, HEIGHT - 2, "middle", "tick")
        canvas.text("kHz", LEFT - 5, TOP + 9, "end", "tick")
        return canvas.to_svg()


@dataclass(frozen=True)
class Pair:
    """A generated clip beside its nearest real one, and the distance between them."""

    clip: Sound
    neighbour: Sound
    distance: float


def read_sounds(paths: Iterable[Path | None]) -> list[Sound | None]:
    """WAV files ready for a page, packed side by side; None for those that are missing or cannot be read."""
    with ThreadPoolExecutor(_THREADS) as pool:
        return list(pool.map(lambda path: None if path is None else read_sound(path), paths))


def read_sound(path: Path) -> Sound | None:
    """A WAV file ready for a page; None where it cannot be read."""
    if (found := read_sample(path)) is None:
        return None
    mono, rate = found
    return Sound(path.name, _packed(mono, rate), _address(picture_png(mono), "image/png"), len(mono) / rate, rate)


def pairs(views: Sequence[ClipView], rate: int, top: float) -> list[Pair]:
    """Clips of an evaluation, without loss; `top` is the level in dB at the top of the colour scale."""

    def sound(name: str, clip: F32) -> Sound:
        picture = _address(picture_png(clip, top, detail=2), "image/png")
        return Sound(name, _address(wav_bytes(clip, rate), "audio/wav"), picture, len(clip) / rate, rate)

    return [
        Pair(sound(view.name, view.samples), sound(view.neighbour, view.neighbour_samples), view.distance)
        for view in views
    ]


def loudest_level(views: Sequence[ClipView]) -> float:
    """The top of one colour scale for all clips, in dB re a full-scale sine, in steps of 10 dB."""
    clips = [samples for view in views for samples in (view.samples, view.neighbour_samples)]
    highest = max((float(spectrogram_db(clip).max()) for clip in clips), default=0.0)
    return max(_QUIETEST_DB, _STEP_DB * math.ceil(highest / _STEP_DB))


def picture_png(clip: F32, top: float = 0.0, detail: int = 1) -> bytes:
    """A spectrogram without axes; colours span `DYNAMIC_RANGE_DB` below `top` dB re a full-scale sine.

    Args:
        clip: (time,).
        top: level of the brightest colour.
        detail: times `PICTURE_ROWS` and `PICTURE_COLUMNS` that the picture has at most.
    """
    levels = spectrogram_db(clip)
    levels = _shrink(_shrink(levels, detail * PICTURE_ROWS).T, detail * PICTURE_COLUMNS).T
    share = np.clip((levels - top) / DYNAMIC_RANGE_DB + 1, 0, 1)
    return _png(np.rint(255 * share[::-1]).astype(np.uint8), palette())


@cache
def palette() -> NDArray[np.uint8]:
    """The colours of 256 levels, (256, 3)."""
    stops = np.array([[int(colour[at : at + 2], 16) for at in (1, 3, 5)] for colour in COLOURS])
    where = np.linspace(0, 255, len(COLOURS))
    mixed = np.stack([np.interp(np.arange(256), where, stops[:, channel]) for channel in range(3)], axis=1)
    colours: NDArray[np.uint8] = np.rint(mixed).astype(np.uint8)
    return colours


def _shrink(levels: F32, count: int) -> F32:
    """At most `count` rows: the loudest of each group, so that thin lines stay."""
    if len(levels) <= count:
        return levels
    starts = np.linspace(0, len(levels), count, endpoint=False).astype(np.int64)
    return np.maximum.reduceat(levels, starts, axis=0)


def _png(pixels: NDArray[np.uint8], colours: NDArray[np.uint8]) -> bytes:
    """A PNG file of indices into a palette, (height, width), without loading a library for pictures."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    height, width = pixels.shape
    rows = np.pad(pixels, ((0, 0), (1, 0)))  # each row begins with 0: it is not filtered
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            chunk(b"PLTE", colours.tobytes()),
            chunk(b"IDAT", zlib.compress(rows.tobytes())),
            chunk(b"IEND", b""),
        )
    )


def _packed(clip: F32, rate: int) -> str:
    file = io.BytesIO()
    if rate in MP3_RATES:
        soundfile.write(
            file,
            clip,
            rate,
            format="MP3",
            subtype="MPEG_LAYER_III",
            compression_level=MP3_COMPRESSION,
            bitrate_mode="VARIABLE",
        )
        return _address(file.getvalue(), "audio/mpeg")
    soundfile.write(file, clip, rate, format="FLAC", subtype="PCM_16")
    return _address(file.getvalue(), "audio/flac")


def _address(data: bytes, mime: str) -> str:
    return f"data:{mime};base64,{base64.b64encode(data).decode()}"
