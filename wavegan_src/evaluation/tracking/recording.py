"""A recording's speed over time: from the labels beside it, or else from its sound."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from wavegan_src.data.decoding.channels import mix_down
from wavegan_src.data.decoding.examine import examine
from wavegan_src.data.decoding.headers import DamagedAudioError
from wavegan_src.data.decoding.opening import read_header
from wavegan_src.data.speed.labels import SpeedLabels, read_layout, read_speed_labels
from wavegan_src.dsp.arrays import F32, Floats
from wavegan_src.dsp.order_tracking.engine import EngineLayout
from wavegan_src.dsp.order_tracking.tracker import SpeedTrack, track
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.paths import shown
from wavegan_src.utils.progress import ProgressFactory, no_progress

LONGEST_SECONDS = 3600.0


@dataclass(frozen=True)
class TrackedRecording:
    """audio: mono, (time,), at `rate` Hz; rpm and confidence: (frames,), as `track` gives them or from the labels,
    where these reach; labelled: whether there are any; layout: the engine, if it is known.
    """

    audio: F32
    rate: int
    track: SpeedTrack
    rpm: Floats
    confidence: Floats
    labelled: bool
    layout: EngineLayout | None


def track_recording(
    path: Path,
    layout: EngineLayout | None,
    progress: ProgressFactory = no_progress,
    first_seconds: float | None = None,
) -> TrackedRecording:
    """Track a recording, or its `first_seconds`.

    A layout that is given wins over `engine.json`, and labels in `NAME.csv` over the sound.

    Raises:
        UserError: no such file, no sound in it, too short or too long; labels that cannot be used.
    """
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise UserError(f"The recording {shown(path)} {what}. Name one sound file.")
    known = layout or read_layout(path.parent)
    labels = read_speed_labels(path)
    audio, rate = read_mono(path, first_seconds)
    with progress("Tracking", 1.0) as advance:
        found = track(audio, rate, known, advance)
    rpm, confidence = _with_labels(found, labels)
    return TrackedRecording(audio, rate, found, rpm, confidence, labels is not None, known)


def read_mono(path: Path, first_seconds: float | None = None) -> tuple[F32, int]:
    """All of a sound file, or its `first_seconds`, as one channel, (time,), and its rate in Hz.

    What follows a fault is left out.

    Raises:
        UserError: it cannot be read, or what is wanted of it is longer than an hour.
    """
    try:
        stream, treatment = examine(path, read_header(path), "auto", without_offset=True)
        blocks, length = [], 0
        for block in stream:
            blocks.append(mix_down(block, treatment.choice.channels).samples)
            length += len(block)
            if first_seconds is not None and length >= first_seconds * stream.sample_rate:
                break
            if length > LONGEST_SECONDS * stream.sample_rate:
                raise UserError(f"{shown(path)} is longer than an hour. Cut it into shorter recordings.")
    except (DamagedAudioError, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UserError(f"{shown(path)} cannot be read: {reason}. Name a sound file, such as WAV or FLAC.") from error
    if not blocks:
        raise UserError(f"{shown(path)} has no sound in it. Name another recording.")
    whole = np.concatenate(blocks)
    return whole if first_seconds is None else whole[: round(first_seconds * stream.sample_rate)], stream.sample_rate


def _with_labels(found: SpeedTrack, labels: SpeedLabels | None) -> tuple[Floats, Floats]:
    if labels is None:
        return found.rpm, found.confidence
    given = labels.at(found.times)
    known = np.isfinite(given)
    return np.where(known, given, found.rpm), np.where(known, 1.0, found.confidence)
