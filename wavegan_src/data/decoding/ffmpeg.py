"""Files that ffmpeg reads, if it is on PATH: their audio streams, and their samples from its pipe."""

import contextlib
import re
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from wavegan_src.data.decoding.headers import (
    FFMPEG,
    NEEDS_FFMPEG,
    NO_SOUND_TRACK,
    DamagedAudioError,
    Header,
    believable,
    check_not_empty,
)
from wavegan_src.data.decoding.streams import BLOCK_VALUES, TOLERATED_GAP_SECONDS, Fault
from wavegan_src.dsp.clips import F32

LOSSY_BYTES_PER_SECOND = 16_000  # 128 kbit/s, a common rate, assumed if a file does not state its length
LISTENED_SECONDS = 120  # of each audio stream, to find the one with sound
FEWEST_HEARD = 1e-4  # standard deviation, -80 dBFS: what is below it is a stream without sound
_CHANNELS = {"mono": 1, "stereo": 2, "2.1": 3, "quad": 4, "4.0": 4, "5.0": 5, "5.1": 6, "5.1(side)": 6, "7.1": 8}
_MESSAGES = {  # ffmpeg's, in our words
    "Invalid data found": "ffmpeg finds no sound in it",
    "moov atom not found": "its table of contents is missing, as when a recorder loses power",
    "matches no streams": NO_SOUND_TRACK,
    "does not contain any stream": NO_SOUND_TRACK,
}


@dataclass(frozen=True)
class _Track:
    """An audio stream of a file: rate in Hz and channels."""

    sample_rate: int
    channels: int


def find_ffmpeg() -> str | None:
    """The ffmpeg on PATH, if there is one."""
    return shutil.which("ffmpeg")


def ffmpeg_header(path: Path) -> Header:
    """The header of a file as ffmpeg reads it, with the audio stream that has sound if there are several.

    Raises:
        DamagedAudioError: ffmpeg is missing or cannot read it, or it has no audio stream.
        OSError: the file cannot be read.
    """
    size = check_not_empty(path)
    text = _ask(path)
    tracks = [
        _Track(int(rate), _count_channels(layout))
        for rate, layout in re.findall(r"Stream #.*?: Audio:.*?, (\d+) Hz, ([^,\n]+)", text)
    ]
    if not tracks:
        if re.search(r"Stream #.*?: (Video|Subtitle|Data):", text):
            raise DamagedAudioError(NO_SOUND_TRACK)
        raise DamagedAudioError(_in_words(text))
    number, remark = (0, None) if len(tracks) == 1 else _choose_track(path, len(tracks))
    rate, channels = tracks[number].sample_rate, tracks[number].channels
    duration = re.search(r"Duration: (\d+):(\d+):([\d.]+)", text)
    if duration is None:  # "N/A", as for a recorded stream
        frames = size * rate // LOSSY_BYTES_PER_SECOND
        return believable(Header(rate, channels, frames, False, FFMPEG, number, remark), size)
    hours, minutes, seconds = duration.groups()
    frames = round((3600 * int(hours) + 60 * int(minutes) + float(seconds)) * rate)
    return believable(Header(rate, channels, frames, True, FFMPEG, number, remark), size)


def _ask(path: Path) -> str:
    """What ffmpeg says about a file: on standard error, where it fails as expected, having no output file."""
    program = find_ffmpeg()
    if program is None:
        raise DamagedAudioError(NEEDS_FFMPEG)
    command = [program, "-hide_banner", "-nostdin", "-protocol_whitelist", "file", "-i", f"file:{path.absolute()}"]
    done = subprocess.run(command, capture_output=True, check=False)
    return done.stderr.decode("utf-8", "replace")


def _count_channels(layout: str) -> int:
    counted = re.match(r"(\d+) channels", layout.strip())
    return int(counted.group(1)) if counted else _CHANNELS.get(layout.strip(), 1)


def _in_words(text: str) -> str:
    """The reason in ffmpeg's messages."""
    for words, plain in _MESSAGES.items():
        if words in text:
            return plain
    return "ffmpeg cannot read it"


def _choose_track(path: Path, count: int) -> tuple[int, str]:
    """The loudest of several audio streams, and what to say about it."""
    levels = [_loudness(path, number) for number in range(count)]
    best = max(range(count), key=levels.__getitem__)
    heard = sum(level > FEWEST_HEARD for level in levels)
    why = "the only one with sound" if heard == 1 else "the loudest"
    return best, f"audio stream {best + 1} of {count} is used, {why}"


def _loudness(path: Path, track: int) -> float:
    """Standard deviation of the beginning of an audio stream; 0 if it cannot be decoded."""
    try:
        stream = FfmpegStream(path, Header(1, 1, 0, track=track))
    except DamagedAudioError:
        return 0.0
    total, squares, count = 0.0, 0.0, 0
    for block in stream:
        wide = block.astype(np.float64)
        total, squares, count = total + wide.sum(), squares + np.square(wide).sum(), count + wide.size
        if count >= LISTENED_SECONDS * stream.sample_rate * stream.channels:
            break
    stream.close()
    return float(np.sqrt(max(0.0, squares / count - (total / count) ** 2))) if count else 0.0


class FfmpegStream:
    """An audio stream of a file that ffmpeg decodes (`streams.AudioStream`), read from its pipe.

    The samples come as 32-bit floats in AU, the simplest container that states rate and channels.

    Raises:
        DamagedAudioError: ffmpeg is missing or cannot read it.
        OSError: the file cannot be read.
    """

    finer = True

    def __init__(self, path: Path, header: Header) -> None:
        check_not_empty(path)
        program = find_ffmpeg()
        if program is None:
            raise DamagedAudioError(NEEDS_FFMPEG)
        self.fault: Fault | None = None
        self.remark = header.remark
        self._announced = header.seconds if header.length_known else 0.0
        self._messages = tempfile.TemporaryFile()  # noqa: SIM115 - a pipe that nobody reads could fill up and block
        name = f"file:{path.absolute()}"
        command = [program, "-v", "error", "-nostdin", "-protocol_whitelist", "file,pipe", "-i", name]
        command += ["-map", f"0:a:{header.track}", "-map_metadata", "-1"]
        command += ["-fflags", "+bitexact", "-c:a", "pcm_f32be", "-f", "au", "-"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self._messages)
        try:
            self.sample_rate, self.channels = self._read_au_header()
        except DamagedAudioError:
            self.close()
            raise

    def __iter__(self) -> Iterator[F32]:
        pipe = self._pipe()
        frame_bytes = 4 * self.channels
        block_bytes = max(1, BLOCK_VALUES // self.channels) * frame_bytes
        done = 0
        try:
            while True:
                data = pipe.read(block_bytes)
                data = data[: len(data) // frame_bytes * frame_bytes]
                if not data:
                    break
                done += len(data) // frame_bytes
                yield np.frombuffer(data, ">f4").astype(np.float32).reshape(-1, self.channels)
            self._judge(done / self.sample_rate)
        finally:
            self.close()

    def glimpses(self) -> Iterator[F32]:
        """None: a pipe cannot be wound."""
        return iter(())

    def _judge(self, seconds: float) -> None:
        """Whether what ffmpeg decoded is all. Its messages alone do not say so: some are about time stamps."""
        missing = self._announced - seconds
        if self._process.wait() != 0:
            self.fault = Fault(seconds, "ffmpeg cannot decode the rest")
        elif self._said() and missing > TOLERATED_GAP_SECONDS:
            self.fault = Fault(seconds, f"ffmpeg finds damage, and {missing:.1f} s are missing")

    def close(self) -> None:
        """End ffmpeg, whether or not everything was read."""
        with contextlib.suppress(OSError):
            self._process.kill()
        self._pipe().close()
        self._process.wait()
        self._messages.close()

    def _pipe(self) -> IO[bytes]:
        assert self._process.stdout is not None
        return self._process.stdout

    def _read_au_header(self) -> tuple[int, int]:
        head = self._pipe().read(24)
        if len(head) < 24 or head[:4] != b".snd":
            self._process.wait()
            raise DamagedAudioError(_in_words(self._said()))
        offset, _, _, rate, channels = struct.unpack(">5I", head[4:])
        self._pipe().read(offset - 24)
        return rate, channels

    def _said(self) -> str:
        """What ffmpeg said about the file, if anything."""
        if self._messages.closed:
            return ""
        self._messages.seek(0)
        return self._messages.read().decode("utf-8", "replace").strip()
