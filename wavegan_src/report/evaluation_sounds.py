"""Clips as a page holds them: audio and spectrograms as addresses that carry their own data."""

import base64
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from wavegan_src.analytics import RANGE_DB, spectrogram_db
from wavegan_src.data.audio_files import wav_bytes
from wavegan_src.dsp.clips import F32
from wavegan_src.evaluation.result import ClipView

_WINDOW = 512  # samples; shorter clips are padded to it
_STEP_DB = 10
_QUIETEST_DB = -60  # the top of the scale where all clips are silent
# Dark in both of the page's modes, as the colours of the spectrogram are.
_PAPER, _INK = "#16181d", "#d8dbe2"


@dataclass(frozen=True)
class Sound:
    """A clip to hear and to see: its name, and `data:` addresses of a WAV file and of a spectrogram."""

    name: str
    audio: str
    picture: str


@dataclass(frozen=True)
class Pair:
    """A generated clip beside its nearest real one, and the distance between them."""

    clip: Sound
    neighbour: Sound
    distance: float


def pairs(views: Sequence[ClipView], rate: int, top: float) -> list[Pair]:
    """Clips ready for the page; `top` is the level in dB at the top of the colour scale."""
    return [
        Pair(
            _sound(view.name, view.samples, rate, top),
            _sound(view.neighbour, view.neighbour_samples, rate, top),
            view.distance,
        )
        for view in views
    ]


def loudest_level(views: Sequence[ClipView]) -> float:
    """The top of one colour scale for all clips, in dB re a full-scale sine, in steps of 10 dB."""
    clips = [samples for view in views for samples in (view.samples, view.neighbour_samples)]
    highest = max((float(spectrogram_db(clip, _WINDOW).max()) for clip in clips), default=0.0)
    return max(_QUIETEST_DB, _STEP_DB * math.ceil(highest / _STEP_DB))


def spectrogram_png(clip: F32, rate: int, top: float) -> bytes:
    """A spectrogram with its axes as a PNG file; colours span `RANGE_DB` below `top` dB."""
    figure = Figure(figsize=(3.4, 2.2), layout="constrained", facecolor=_PAPER)
    axis = figure.subplots()
    levels = spectrogram_db(clip, _WINDOW)
    extent = (0, max(len(clip), _WINDOW) / rate, 0, rate / 2000)
    image = axis.imshow(
        levels, origin="lower", aspect="auto", extent=extent, cmap="magma", vmin=top - RANGE_DB, vmax=top
    )
    axis.set_xlabel("time (s)", color=_INK)
    axis.set_ylabel("frequency (kHz)", color=_INK)
    bar = figure.colorbar(image, ax=axis)
    bar.set_label("level (dB)", color=_INK)
    for part in (axis, bar.ax):
        part.tick_params(colors=_INK, labelsize=8)
    file = io.BytesIO()
    figure.savefig(file, dpi=140, format="png")
    return file.getvalue()


def data_uri(data: bytes, mime: str) -> str:
    """An address that carries the file itself."""
    return f"data:{mime};base64,{base64.b64encode(data).decode()}"


def _sound(name: str, clip: F32, rate: int, top: float) -> Sound:
    return Sound(
        name,
        data_uri(wav_bytes(clip, rate), "audio/wav"),
        data_uri(spectrogram_png(clip, rate, top), "image/png"),
    )
