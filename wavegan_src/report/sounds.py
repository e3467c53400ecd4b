"""Clips as a report holds them: compressed audio, and a small spectrogram, as addresses that carry their own data."""

import base64
import io
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

import matplotlib.image
import numpy as np
import soundfile
from numpy.typing import NDArray

from wavegan_src.analytics import RANGE_DB, spectrogram_db
from wavegan_src.report.svg import Axis, ticks

# Sample rates that MP3 knows, in Hz; clips at others are packed without loss as FLAC, which browsers play as well.
MP3_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
MP3_COMPRESSION = 0.3  # of 0 (best) to 1: some 50 kbit/s for an engine at 22 kHz, transparent for listening
PICTURE_ROWS, PICTURE_COLUMNS = 96, 160
WIDTH, HEIGHT = 300.0, 190.0
LEFT, RIGHT, TOP, BOTTOM = 34.0, 296.0, 6.0, 160.0
ROOM_FOR_UNIT = 20.0  # in pixels, where no number stands

F32 = NDArray[np.float32]


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
        return _with_axes(self)


def read_sound(path: Path) -> Sound | None:
    """A WAV file ready for a page; None where it cannot be read."""
    try:
        clip, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, OSError):  # torn by a full disk, or somebody else's file
        return None
    if not len(clip):
        return None
    mono = clip.mean(axis=1)
    return Sound(path.name, _pack(mono, rate), _data_uri(picture_png(mono), "image/png"), len(mono) / rate, rate)


def picture_png(clip: F32) -> bytes:
    """A spectrogram without axes; colours span `RANGE_DB` below a full-scale sine."""
    levels = spectrogram_db(clip)
    levels = _shrink(_shrink(levels, PICTURE_ROWS).T, PICTURE_COLUMNS).T
    file = io.BytesIO()
    matplotlib.image.imsave(file, levels, vmin=-RANGE_DB, vmax=0, cmap="magma", origin="lower", format="png")
    return file.getvalue()


def _shrink(levels: F32, count: int) -> F32:
    """At most `count` rows: the loudest of each group, so that thin lines stay."""
    if len(levels) <= count:
        return levels
    starts = np.linspace(0, len(levels), count, endpoint=False).astype(np.int64)
    return np.maximum.reduceat(levels, starts, axis=0)


def _pack(clip: F32, rate: int) -> str:
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
        return _data_uri(file.getvalue(), "audio/mpeg")
    soundfile.write(file, clip, rate, format="FLAC", subtype="PCM_16")
    return _data_uri(file.getvalue(), "audio/flac")


def _with_axes(sound: Sound) -> str:
    root = ET.Element(
        "svg",
        {
            "viewBox": f"0 0 {WIDTH:g} {HEIGHT:g}",
            "role": "img",
            "aria-label": f"Spectrogram of {sound.name}: frequency in kHz over time in s, level by colour",
        },
    )
    place = {"x": LEFT, "y": TOP, "width": RIGHT - LEFT, "height": BOTTOM - TOP}
    attributes = {name: f"{value:g}" for name, value in place.items()}
    ET.SubElement(root, "image", attributes | {"href": sound.picture, "preserveAspectRatio": "none"})
    time, frequency = Axis(0, sound.seconds, LEFT, RIGHT), Axis(0, sound.rate / 2000, BOTTOM, TOP)
    for value, text in ticks(time):
        _text(root, text, min(time.x(value), RIGHT - 8), BOTTOM + 14, "middle")
    for value, text in ticks(frequency):
        if frequency.x(value) > TOP + ROOM_FOR_UNIT:
            _text(root, text, LEFT - 5, frequency.x(value) + 4, "end")
    _text(root, "time (s)", (LEFT + RIGHT) / 2, HEIGHT - 2, "middle")
    _text(root, "kHz", LEFT - 5, TOP + 9, "end")
    return ET.tostring(root, encoding="unicode")


def _text(root: ET.Element, text: str, x: float, y: float, align: str) -> None:
    place = {"x": f"{x:.1f}", "y": f"{y:.1f}", "text-anchor": align, "class": "tick"}
    ET.SubElement(root, "text", place).text = text


def _data_uri(data: bytes, mime: str) -> str:
    return f"data:{mime};base64,{base64.b64encode(data).decode()}"
