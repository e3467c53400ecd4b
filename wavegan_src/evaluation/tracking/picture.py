"""The picture of a tracked recording: its spectrogram with the orders drawn in, and the speed with its confidence."""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from wavegan_src.dsp.clips import resample
from wavegan_src.dsp.order_tracking.picture import draw_orders
from wavegan_src.dsp.order_tracking.tracker import CONFIDENT
from wavegan_src.evaluation.tracking.recording import TrackedRecording
from wavegan_src.utils.files import write_atomically

_RATE = 2000  # Hz: the lowest orders are what can be seen
_MOST_ORDERS = 8


def draw_track(recording: TrackedRecording, title: str, path: Path) -> None:
    """Write the picture as PNG."""
    figure = track_figure(recording, title)
    write_atomically(path, lambda file: figure.savefig(file, format="png", dpi=110))


def track_figure(recording: TrackedRecording, title: str) -> Figure:
    """Spectrogram up to 1 kHz with lines at multiples of the spacing; below it rpm and confidence."""
    figure = Figure(figsize=(11, 7), layout="constrained")
    sound, speed = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    seconds = len(recording.audio) / recording.rate
    track, sure = recording.track, recording.confidence >= CONFIDENT
    heights = np.outer(np.arange(1, _MOST_ORDERS + 1), recording.rpm / track.readings[0].rpm_per_hertz)
    lines = np.where(sure & (heights < _RATE / 2), heights, np.nan)
    draw_orders(sound, resample(recording.audio, recording.rate, _RATE), _RATE, track.times, lines)
    sound.set(title=title, ylabel="frequency (Hz)")
    speed.plot(track.times, np.where(sure, recording.rpm, np.nan), color="C0", label="rpm")
    speed.set(xlabel="time (s)", ylabel="rpm", xlim=(0, seconds))
    speed.grid(alpha=0.3)
    confidence = speed.twinx()
    confidence.fill_between(track.times, recording.confidence, color="C1", alpha=0.2, linewidth=0)
    confidence.set(ylabel="confidence", ylim=(0, 1.02))
    return figure
