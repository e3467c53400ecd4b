"""What the header of a sound file says, and the limits within which it is believed."""

import os
from dataclasses import dataclass, replace
from pathlib import Path

from wavegan_src.utils.reading import open_regular

LIBSNDFILE, FFMPEG = "libsndfile", "ffmpeg"
NEEDS_FFMPEG = "needs ffmpeg"
NO_SOUND_TRACK = "has no sound track"
LOWEST_RATE, HIGHEST_RATE = 1000, 1_000_000  # Hz; recorders of ultrasound reach 768 kHz
MOST_CHANNELS = 256
# No sound is stored in less: Opus at its lowest rate has 64 frames a byte. Longer claims are those of a damaged header.
MOST_FRAMES_PER_BYTE = 512


class DamagedAudioError(Exception):
    """A file with an audio suffix that cannot be decoded at all; the message gives the reason in a few words."""


class UnbelievableHeaderError(DamagedAudioError):
    """A file whose header gives a sample rate or a number of channels that no recording has."""


@dataclass(frozen=True)
class Header:
    """A file's header: rate in Hz, channels, and length in frames.

    Attributes:
        length_known: False if the file does not state its length, which is then estimated from its size.
        decoder: `LIBSNDFILE` or `FFMPEG`, whichever reads it.
        track: number of the audio stream that is used, from 0.
        remark: what its owner should know about it, in words that follow its name; None if it is in order.
        container, encoding: libsndfile's names for them, such as "WAV" and "PCM_16"; empty with ffmpeg.
    """

    sample_rate: int
    channels: int
    frames: int
    length_known: bool = True
    decoder: str = LIBSNDFILE
    track: int = 0
    remark: str | None = None
    container: str = ""
    encoding: str = ""

    @property
    def seconds(self) -> float:
        """Length in s."""
        return self.frames / self.sample_rate


def check_not_empty(path: Path) -> int:
    """A file's size in bytes.

    Raises:
        DamagedAudioError: it is empty.
        OSError: it cannot be read; libsndfile's errors do not distinguish that from a broken file.
    """
    with open_regular(path) as file:
        if not file.read(1):
            raise DamagedAudioError("the file is empty")
        return os.fstat(file.fileno()).st_size


def believable(header: Header, size: int) -> Header:
    """The header of a file of `size` bytes, with a length that fits into them.

    Raises:
        UnbelievableHeaderError: its rate or its number of channels is no recording's.
    """
    rate, channels = header.sample_rate, header.channels
    if not LOWEST_RATE <= rate <= HIGHEST_RATE:
        raise UnbelievableHeaderError(
            f"its header gives a sample rate of {rate} Hz, and only {LOWEST_RATE} to {HIGHEST_RATE} Hz are read"
        )
    if not 1 <= channels <= MOST_CHANNELS:
        raise UnbelievableHeaderError(f"its header gives {channels} channels, and only 1 to {MOST_CHANNELS} are read")
    most = MOST_FRAMES_PER_BYTE * size
    if header.frames <= most:
        return header
    return replace(header, frames=most, length_known=False)
