"""Audio files on disk: which names are audio, finding them in a tree, their headers, writing 16-bit WAV."""

import io
import os
import re
import shutil
import subprocess
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import soundfile as sf

from wavegan_src.dsp.clips import F32
from wavegan_src.utils.reading import open_regular

# libsndfile's formats and the suffixes people give them; formats whose files are rarely sound (MATLAB) are left out.
_FORMAT_SUFFIXES = {
    "WAV": (".wav", ".wave", ".bwf"),
    "FLAC": (".flac",),
    "OGG": (".ogg", ".oga", ".opus"),
    "MP3": (".mp3", ".mp2"),
    "AIFF": (".aiff", ".aif", ".aifc"),
    "AU": (".au", ".snd"),
    "CAF": (".caf",),
    "W64": (".w64",),
    "RF64": (".rf64",),
    "VOC": (".voc",),
    "SVX": (".svx", ".8svx"),
    "NIST": (".nist", ".sph"),
    "PAF": (".paf",),
    "PVF": (".pvf",),
    "IRCAM": (".ircam", ".sf"),
    "AVR": (".avr",),
}
_FFMPEG_FORMATS = (
    "m4a m4b aac mp4 m4v wma wmv webm mka mkv mov 3gp 3g2 amr ac3 eac3 dts ape wv tta mpc avi mpg mpeg ra weba spx"
)
FFMPEG_SUFFIXES = frozenset(f".{name}" for name in _FFMPEG_FORMATS.split())
UNKNOWN_FRAMES = 1 << 60  # libsndfile reports the largest number there is
NEEDS_FFMPEG = "needs ffmpeg"
LOSSY_BYTES_PER_SECOND = 16_000  # 128 kbit/s, a common rate, assumed if a file does not state its length
WAV_HEADER_BYTES = 44
_CHANNELS = {"mono": 1, "stereo": 2, "5.1": 6, "5.1(side)": 6, "7.1": 8}  # ffmpeg's names
FFMPEG_CURE = "install ffmpeg so that it is on PATH, or convert the files to WAV or FLAC"


class DamagedAudioError(Exception):
    """A file with an audio suffix that cannot be decoded at all; the message gives the reason in a few words."""


@dataclass(frozen=True)
class Header:
    """A file's header: rate in Hz, channels, and length in frames.

    length_known: False if the file does not state its length, which is then estimated from its size.
    """

    sample_rate: int
    channels: int
    frames: int
    length_known: bool = True

    @property
    def seconds(self) -> float:
        """Length in s."""
        return self.frames / self.sample_rate


@cache
def sndfile_suffixes() -> frozenset[str]:
    """Suffixes of the formats that the installed libsndfile reads."""
    available = sf.available_formats()
    return frozenset(suffix for name, group in _FORMAT_SUFFIXES.items() if name in available for suffix in group)


def is_audio_name(name: str) -> bool:
    """Whether a file name is visible and has the suffix of an audio format."""
    return not name.startswith(".") and Path(name).suffix.lower() in sndfile_suffixes() | FFMPEG_SUFFIXES


def uses_ffmpeg(path: Path | str) -> bool:
    """Whether the file is one that only ffmpeg reads."""
    return Path(path).suffix.lower() not in sndfile_suffixes()


def find_ffmpeg() -> str | None:
    """The ffmpeg on PATH, if there is one."""
    return shutil.which("ffmpeg")


def find_audio(root: Path, exclude: Path | None = None) -> list[str]:
    """Paths of all audio files below `root`, relative with forward slashes, in a fixed order.

    Hidden files and folders, `exclude` and everything below it are left out. Linked folders are entered once.
    """
    skip = os.path.realpath(exclude) if exclude is not None else None
    return sorted(_walk(root, "", skip, set()))


def _walk(folder: Path, prefix: str, skip: str | None, seen: set[str]) -> Iterator[str]:
    real = os.path.realpath(folder)
    if real == skip or real in seen:
        return
    seen.add(real)
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except PermissionError:
        yield f"{prefix}."  # reported as an unreadable folder when it is opened
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            yield from _walk(Path(entry.path), f"{prefix}{entry.name}/", skip, seen)
        elif is_audio_name(entry.name) and (entry.is_file() or entry.is_symlink()):  # pipes would block
            yield prefix + entry.name


def read_header(path: Path) -> Header:
    """Read a file's header.

    Raises:
        DamagedAudioError: not audio, empty, or ffmpeg is needed and missing.
        OSError: the file cannot be read (permissions, a link to nothing).
    """
    with open_regular(path) as file:  # libsndfile's errors do not distinguish a missing permission from a broken file
        if not file.read(1):
            raise DamagedAudioError("the file is empty")
    if uses_ffmpeg(path):
        return _ffmpeg_header(path)
    try:
        with sf.SoundFile(path) as sound:
            header = _sndfile_header(sound, path.stat().st_size)
    except (sf.SoundFileError, RuntimeError, TypeError) as error:
        raise DamagedAudioError(explain(error)) from error
    if header.sample_rate <= 0 or header.channels <= 0:
        raise DamagedAudioError("its header gives no sample rate or no channels")
    return header


def _sndfile_header(sound: sf.SoundFile, size: int) -> Header:
    rate, channels, frames = int(sound.samplerate), int(sound.channels), int(sound.frames)
    if frames < UNKNOWN_FRAMES:
        return Header(rate, channels, frames)
    # FLAC written to a pipe does not state its length; it takes about one byte per sample.
    return Header(rate, channels, size // max(channels, 1), length_known=False)


def explain(error: Exception) -> str:
    """The useful part of a decoder's message, without the path, which the caller names."""
    text = str(getattr(error, "error_string", "")) or str(error)
    return text.strip().removeprefix("Error : ").rstrip(".") or type(error).__name__


def _ffmpeg_header(path: Path) -> Header:
    """Ask ffmpeg, which prints the header on standard error and, as expected, fails because it has no output file."""
    program = find_ffmpeg()
    if program is None:
        raise DamagedAudioError(NEEDS_FFMPEG)
    done = subprocess.run(
        [program, "-hide_banner", "-nostdin", "-i", f"file:{path.absolute()}"],
        capture_output=True,
        check=False,
    )
    text = done.stderr.decode("utf-8", "replace")
    stream = re.search(r"Stream #.*?: Audio:.*?, (\d+) Hz, ([^,\n]+)", text)
    if stream is None:
        lines = text.strip().splitlines()
        raise DamagedAudioError(lines[-1].replace(f"file:{path.absolute()}: ", "") if lines else "no audio in it")
    rate = int(stream.group(1))
    duration = re.search(r"Duration: (\d+):(\d+):([\d.]+)", text)
    channels = _CHANNELS.get(stream.group(2).strip(), 1)
    if duration is None:  # "N/A", as for a recorded stream
        return Header(rate, channels, path.stat().st_size * rate // LOSSY_BYTES_PER_SECOND, length_known=False)
    hours, minutes, seconds = duration.groups()
    return Header(rate, channels, round((3600 * int(hours) + 60 * int(minutes) + float(seconds)) * rate))


def pcm16(samples: F32) -> bytes:
    """Samples `(time,)` as little-endian 16-bit PCM, clipped to full scale.

    The scale is 32768, by which decoders divide, so that 16-bit sources are unchanged; that of the cache is 32767
    (`clips.to_int16`).
    """
    scaled = np.clip(samples, -1, 1) * 32768  # exact also in float32: the factor is a power of two
    return np.minimum(np.rint(scaled, out=scaled), 32767, out=scaled).astype("<i2").tobytes()


def wav_bytes(samples: F32, sample_rate: int) -> bytes:
    """A mono 16-bit WAV file as bytes; the same samples give the same bytes."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(sample_rate)
        file.writeframes(pcm16(samples))
    return buffer.getvalue()


def write_wav(path: Path, samples: F32, sample_rate: int) -> None:
    """Write a mono 16-bit WAV file.

    Written through Python's files rather than libsndfile, which does not report a full disk.
    """
    path.write_bytes(wav_bytes(samples, sample_rate))
