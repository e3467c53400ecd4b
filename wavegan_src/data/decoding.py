"""Decoding audio in blocks, whatever the file's length, through libsndfile or ffmpeg."""

import contextlib
import re
import struct
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

import numpy as np
import soundfile as sf
from numpy.typing import NDArray

from wavegan_src.data.audio_files import NEEDS_FFMPEG, DamagedAudioError, explain, find_ffmpeg, read_header, uses_ffmpeg
from wavegan_src.dsp.clips import CLIPPED_LEVEL, F32

BLOCK_VALUES = 1 << 18  # decoded values held at once (1 MB), all channels together
SMALL_BLOCKS = (1024, 64)  # frames
SKIP_FRAMES = 4096
# Larger values in a float file cannot be sound, and their sums and squares would overflow.
LARGEST_VALUE = 1e10
# The length of a lossy file is rounded to its frames, so only a larger gap means that something is missing.
TOLERATED_GAP_SECONDS = 0.1

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Fault:
    """Where decoding stopped, in s from the start, and why."""

    second: float
    reason: str


class AudioStream(Protocol):
    """A file being decoded: an iterator of float32 blocks `(frames, channels)`, each valid until the next.

    `fault` is set if the iteration ended before the end of the file.
    """

    sample_rate: int
    fault: Fault | None

    def __iter__(self) -> Iterator[F32]: ...


@dataclass(frozen=True)
class MonoBlock:
    """A block mixed to one channel `(frames,)`; a mask `(frames,)` that would be all False is None."""

    samples: F32
    clipped: Mask | None
    unusable: Mask | None


def open_audio(path: Path) -> AudioStream:
    """Open a file for decoding.

    Raises:
        DamagedAudioError: it is not audio, is empty, or needs ffmpeg, which is missing.
        OSError: it cannot be read.
    """
    if uses_ffmpeg(path):
        return _FfmpegStream(path)
    return _SndfileStream(path)


def mix_down(block: F32) -> MonoBlock:
    """Mean of the channels of `(frames, channels)`, with masks of clipped and of unusable samples.

    NaN, infinite and absurdly large values are unusable and count as 0.
    """
    unusable: Mask | None = None
    high, low = float(block.max(initial=0.0)), float(block.min(initial=0.0))
    if not (high <= LARGEST_VALUE and low >= -LARGEST_VALUE):  # also true for NaN
        bad = ~(np.abs(block) <= LARGEST_VALUE)
        block = np.where(bad, np.float32(0.0), block)
        unusable = np.any(bad, axis=1)
        high, low = float(block.max(initial=0.0)), float(block.min(initial=0.0))
    clipped: Mask | None = None
    if max(high, -low) >= CLIPPED_LEVEL:
        clipped = np.any(np.abs(block) >= CLIPPED_LEVEL, axis=1)
    mono = block[:, 0].copy()
    for channel in range(1, block.shape[1]):  # several times faster than a mean over a short axis
        mono += block[:, channel]
    if block.shape[1] > 1:
        mono *= np.float32(1.0 / block.shape[1])
    return MonoBlock(mono, clipped, unusable)


class _SndfileStream:
    """A file that libsndfile decodes."""

    def __init__(self, path: Path) -> None:
        self._header = read_header(path)
        self.path = path
        self.sample_rate = self._header.sample_rate
        self.fault: Fault | None = None
        self._done = 0  # frames returned so far
        self._missing = 0.0

    def __iter__(self) -> Iterator[F32]:
        reason = ""
        # A failed call loses the samples between the last block and the fault: they are read in smaller steps.
        for size in (max(1, BLOCK_VALUES // self._header.channels), *SMALL_BLOCKS):
            try:
                yield from self._blocks(size)
            except (sf.SoundFileError, RuntimeError) as error:
                reason = reason or explain(error)  # the first reason is the most useful
            else:
                reason = ""
                break
        if reason and self._header.length_known:  # otherwise the end of the file looks like a fault
            self.fault = Fault(self._done / self.sample_rate, reason)
        elif self._header.length_known:
            self._missing += (self._header.frames - self._done) / self.sample_rate
            if self._missing > TOLERATED_GAP_SECONDS:
                reason = f"the last {self._missing:.1f} s that the header announces are missing"
                self.fault = Fault(self._done / self.sample_rate, reason)

    def _blocks(self, size: int) -> Iterator[F32]:
        """Continue after the frames returned so far, by reading and not by seeking, which fails in damaged files."""
        with sf.SoundFile(self.path) as sound:
            self._missing = _announced_gap(sound)
            buffer = np.empty((max(size, SKIP_FRAMES), sound.channels), np.float32)
            skip = self._done
            while skip and (skipped := len(_read(sound, buffer[: min(skip, SKIP_FRAMES)]))):
                skip -= skipped
            while len(block := _read(sound, buffer[:size])):
                self._done += len(block)
                yield block


def _read(sound: sf.SoundFile, out: F32) -> F32:
    """Fill `out` `(frames, channels)`, or as much of it as there is."""
    block: F32 = sound.read(dtype="float32", always_2d=True, out=out)
    return block


def _announced_gap(sound: sf.SoundFile) -> float:
    """Seconds that the chunk sizes of a truncated file announce but that are missing; libsndfile only logs this.

    Programs that write to a pipe leave sizes near the largest possible ones, which mean nothing.
    """
    sizes = re.findall(r"^\s*(?:data|Data Size|FORM|riff)\s*: (\d+) \(should be (\d+)\)", sound.extra_info, re.M)
    gaps = [(int(said), int(there)) for said, there in sizes if 0 < int(there) < int(said) < 0x7FFF0000]
    return max((sound.frames / sound.samplerate * (said - there) / there for said, there in gaps), default=0.0)


class _FfmpegStream:
    """A file that ffmpeg decodes, read from its pipe.

    The samples come as 32-bit floats in AU, the simplest container that states rate and channels.
    """

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            if not file.read(1):
                raise DamagedAudioError("the file is empty")
        program = find_ffmpeg()
        if program is None:
            raise DamagedAudioError(NEEDS_FFMPEG)
        self.fault: Fault | None = None
        self._messages = tempfile.TemporaryFile()  # noqa: SIM115 - a pipe that nobody reads could fill up and block
        name = f"file:{path.absolute()}"
        command = [program, "-v", "error", "-nostdin", "-i", name, "-map", "0:a:0", "-map_metadata", "-1"]
        command += ["-fflags", "+bitexact", "-c:a", "pcm_f32be", "-f", "au", "-"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self._messages)
        try:
            self.sample_rate, self._channels = self._read_au_header()
        except DamagedAudioError:
            self.close()
            raise

    def __iter__(self) -> Iterator[F32]:
        pipe = self._pipe()
        frame_bytes = 4 * self._channels
        block_bytes = max(1, BLOCK_VALUES // self._channels) * frame_bytes
        done = 0
        try:
            while True:
                data = pipe.read(block_bytes)
                data = data[: len(data) // frame_bytes * frame_bytes]
                if not data:
                    break
                done += len(data) // frame_bytes
                yield np.frombuffer(data, ">f4").astype(np.float32).reshape(-1, self._channels)
            if self._process.wait() != 0 or self._last_message():
                self.fault = Fault(done / self.sample_rate, self._last_message() or "ffmpeg failed")
        finally:
            self.close()

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
            raise DamagedAudioError(self._last_message() or "ffmpeg found no audio in it")
        offset, _, _, rate, channels = struct.unpack(">5I", head[4:])
        self._pipe().read(offset - 24)
        return rate, channels

    def _last_message(self) -> str:
        """The last of ffmpeg's messages, the one that names the problem."""
        if self._messages.closed:
            return ""
        self._messages.seek(0)
        lines = self._messages.read().decode("utf-8", "replace").strip().splitlines()
        return re.sub(r"^(\[[^]]*\] ?)+", "", lines[-1]) if lines else ""
