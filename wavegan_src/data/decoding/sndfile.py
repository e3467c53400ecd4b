"""Files that libsndfile reads."""

import contextlib
import os
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile as sf

from wavegan_src.data.decoding.containers import Layout, PartFile, layout_of_chain, layout_of_mp3, layout_of_wav
from wavegan_src.data.decoding.headers import DamagedAudioError, Header, believable, check_not_empty
from wavegan_src.data.decoding.quiet import quiet
from wavegan_src.data.decoding.streams import BLOCK_VALUES, TOLERATED_GAP_SECONDS, Fault
from wavegan_src.dsp.clips import F32

SMALL_BLOCKS = (1024, 64)  # frames
SKIP_FRAMES = 4096
UNKNOWN_FRAMES = 1 << 60  # libsndfile reports the largest number there is
# Sample formats that are no finer than the 16 bits of a clip.
COARSE = frozenset(("PCM_16", "PCM_S8", "PCM_U8", "DPCM_8", "DPCM_16", "ULAW", "ALAW", "IMA_ADPCM", "MS_ADPCM"))
FLOATS = frozenset(("FLOAT", "DOUBLE"))
GLIMPSES, GLIMPSE_VALUES = 16, 1 << 16
_MESSAGES = {  # libsndfile's, in our words
    "Format not recognised": "not in a sound format that libsndfile knows",
    "unknown format": "not in a sound format that libsndfile knows",
    "unsupported encoding": "in an encoding that libsndfile does not know",
    "Unspecified internal error": "libsndfile cannot decode it",
    "File does not exist": "libsndfile cannot decode it",  # so it calls some damaged MP3 files
}

Source = str | bytes | PartFile


def sndfile_header(path: Path) -> Header:
    """The header of a file as libsndfile reads it.

    Raises:
        DamagedAudioError: libsndfile does not read it; a bad rate or number of channels.
        OSError: it cannot be read.
    """
    size = check_not_empty(path)
    try:
        layout = layout_of_wav(path)
        with _opened(_source(path, layout)) as sound:
            header = Header(
                int(sound.samplerate),
                int(sound.channels),
                int(sound.frames),
                remark=layout.remark if layout is not None else None,
                container=sound.format,
                encoding=sound.subtype,
            )
    except (sf.SoundFileError, RuntimeError, TypeError) as error:
        raise DamagedAudioError(explain(error)) from error
    if header.container == "MP3" and (layout := layout_of_mp3(path)) is not None and layout.frames is not None:
        header = replace(header, frames=layout.frames)
    if header.frames >= UNKNOWN_FRAMES:
        # FLAC written to a pipe does not state its length; it takes about one byte per sample.
        header = replace(header, frames=size // max(header.channels, 1), length_known=False)
    return believable(header, size)


def explain(error: Exception) -> str:
    """The useful part of libsndfile's message, without the path, which the caller names."""
    text = str(getattr(error, "error_string", "")) or str(error)
    for words, plain in _MESSAGES.items():
        if words in text:
            return plain
    return text.strip().removeprefix("Error : ").rstrip(".") or type(error).__name__


class SndfileStream:
    """A file that libsndfile decodes (`streams.AudioStream`).

    Raises:
        DamagedAudioError: it is empty.
        OSError: it cannot be read.
    """

    def __init__(self, path: Path, header: Header) -> None:
        check_not_empty(path)
        self.path = path
        self.sample_rate = header.sample_rate
        self.channels = header.channels
        self.fault: Fault | None = None
        self.finer = header.encoding not in COARSE
        self._floats = header.encoding in FLOATS
        self._length_known = header.length_known
        self._layout = _LAYOUTS.get(header.container, _no_layout)(path)
        self.remark = self._layout.remark if self._layout is not None else None
        self._frames = header.frames  # of the first part
        self._done = 0  # frames of the present part that were returned
        self._seconds = 0.0  # of the parts before it
        self._missing = 0.0

    def __iter__(self) -> Iterator[F32]:
        parts = self._layout.parts if self._layout is not None else ()
        if not parts:
            yield from self._part(_name(self.path))
        for part in parts:
            source = PartFile(self.path, part)
            try:
                yield from self._part(source)
            finally:
                source.close()
            if self.fault is not None:
                return
            self._seconds += self._done / self.sample_rate
            self._done = 0

    def glimpses(self) -> Iterator[F32]:
        """Blocks spread over a long file, for which all of it need not be decoded; none if that is not possible.

        Floats are not compressed, so decoding them takes no time, and a glimpse could miss their peak.
        """
        if self._layout is not None or not self._length_known or self._floats:
            return
        size = GLIMPSE_VALUES // self.channels
        every = self._frames // GLIMPSES
        with contextlib.suppress(sf.SoundFileError, RuntimeError), _opened(_name(self.path)) as sound:
            buffer = np.empty((size, self.channels), np.float32)
            for number in range(GLIMPSES if every > size else 0):
                with quiet():
                    sound.seek(number * every)
                if len(block := _read(sound, buffer)):
                    yield block

    def _part(self, source: Source) -> Iterator[F32]:
        """Decode the file, or one part of it."""
        reason = ""
        # A failed call loses the samples between the last block and the fault: they are read in smaller steps.
        for size in (max(1, BLOCK_VALUES // self.channels), *SMALL_BLOCKS):
            try:
                yield from self._blocks(source, size)
            except (sf.SoundFileError, RuntimeError) as error:
                reason = reason or explain(error)  # the first reason is the most useful
            else:
                reason = ""
                break
        if reason and self._length_known:  # otherwise the end of the file looks like a fault
            self.fault = self._fault(reason)
        elif self.fault is None and self._length_known and not self._seconds:
            self._missing += (self._frames - self._done) / self.sample_rate
            if self._missing > TOLERATED_GAP_SECONDS:
                self.fault = self._fault(f"the last {self._missing:.1f} s that the header announces are missing")

    def _blocks(self, source: Source, size: int) -> Iterator[F32]:
        """Continue after the frames returned so far, by reading and not by seeking, which fails in damaged files."""
        if isinstance(source, PartFile):
            source.seek(0)
        with _opened(source) as sound:
            if (sound.samplerate, sound.channels) != (self.sample_rate, self.channels):
                self.fault = self._fault(f"it goes on at {sound.samplerate} Hz with {sound.channels} channels")
                return
            self._missing = _announced_gap(sound)
            buffer = np.empty((max(size, SKIP_FRAMES), sound.channels), np.float32)
            skip = self._done
            while skip and (skipped := len(_read(sound, buffer[: min(skip, SKIP_FRAMES)]))):
                skip -= skipped
            while len(block := _read(sound, buffer[:size])):
                self._done += len(block)
                yield block

    def _fault(self, reason: str) -> Fault:
        return Fault(self._seconds + self._done / self.sample_rate, reason)


def _no_layout(path: Path) -> Layout | None:
    return None


# How a file of a container, by libsndfile's name, may have to be read.
_LAYOUTS: dict[str, Callable[[Path], Layout | None]] = {
    "WAV": layout_of_wav,
    "WAVEX": layout_of_wav,
    "RF64": layout_of_wav,
    "MP3": layout_of_mp3,
    "OGG": layout_of_chain,
    "FLAC": layout_of_chain,
}


def _name(path: Path) -> str | bytes:
    """A path as libsndfile takes it: as bytes, since names from old disks are not valid Unicode."""
    return str(path) if sys.platform == "win32" else os.fsencode(path)


def _source(path: Path, layout: Layout | None) -> Source:
    return PartFile(path, layout.parts[0]) if layout is not None else _name(path)


@contextlib.contextmanager
def _opened(source: Source) -> Iterator[sf.SoundFile]:
    with quiet():
        sound = sf.SoundFile(source)
    with sound:
        yield sound


def _read(sound: sf.SoundFile, out: F32) -> F32:
    """Fill `out` `(frames, channels)`, or as much of it as there is."""
    with quiet() if sound.format == "MP3" else contextlib.nullcontext():
        block: F32 = sound.read(dtype="float32", always_2d=True, out=out)
    return block


def _announced_gap(sound: sf.SoundFile) -> float:
    """Seconds that the chunk sizes of a truncated file announce but that are missing; libsndfile only logs this.

    Programs that write to a pipe leave sizes near the largest possible ones, which mean nothing.
    """
    sizes = re.findall(r"^\s*(?:data|Data Size|FORM|riff)\s*: (\d+) \(should be (\d+)\)", sound.extra_info, re.M)
    gaps = [(int(said), int(there)) for said, there in sizes if 0 < int(there) < int(said) < 0x7FFF0000]
    return max((sound.frames / sound.samplerate * (said - there) / there for said, there in gaps), default=0.0)
