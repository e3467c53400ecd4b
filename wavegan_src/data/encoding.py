"""Turning recordings into the 16-bit clips that the cache holds: level, edge taper, quantisation."""

import contextlib
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from wavegan_src.config_schema import AudioConfig
from wavegan_src.data.decoding.facts import SourceFacts
from wavegan_src.data.decoding.headers import DamagedAudioError
from wavegan_src.data.decoding.problems import DAMAGED
from wavegan_src.data.recordings import AudioFile
from wavegan_src.data.windows import FileWindows, WindowSpec
from wavegan_src.dsp.clips import (
    EMPTY,
    F32,
    I16,
    SILENT,
    edge_taper,
    is_silent,
    level_gain,
    normalise,
    peak_level,
    to_int16,
)

# What one recording may hold in memory until it is written; more goes through a temporary file.
SPILL_BYTES = 16 << 20

Spill = tempfile.SpooledTemporaryFile[bytes]


@dataclass
class EncodedClips:
    """The clips of one source, as consecutive 16-bit samples, and what was left out."""

    name: str
    data: Spill
    offsets: list[float] = field(default_factory=list)
    gains: list[float] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)
    problem: str | None = None
    overloaded: int = 0  # clips beyond full scale, which were clipped
    facts: SourceFacts | None = None  # of a file that could be decoded

    def add(self, samples: I16, offset: float, gain: float) -> None:
        """Append one clip that starts at `offset` s and was given a gain."""
        self.data.write(samples.astype("<i2", copy=False).tobytes())
        self.offsets.append(offset)
        self.gains.append(gain)

    def close(self) -> None:
        """Free the memory or the temporary file."""
        with contextlib.suppress(OSError):  # a full disk is reported when writing
            self.data.close()


@dataclass(frozen=True)
class Encoder:
    """How windows become clips."""

    spec: WindowSpec
    normalization: str
    taper: F32

    @classmethod
    def of(cls, spec: WindowSpec, audio: AudioConfig) -> "Encoder":
        """Take level and taper from a configuration."""
        return cls(spec, audio.normalization, edge_taper(spec.length, round(audio.taper_ms * spec.sample_rate / 1000)))

    def clip(self, samples: F32) -> I16:
        """One clip `(time,)`: brought to its level, faded at the edges, quantised."""
        return to_int16(normalise(samples, self.normalization) * self.taper)

    def encode_file(self, file: AudioFile, folder: Path, advance: Callable[[float], None]) -> EncodedClips:
        """All clips of one file; those of a long one are spilled to `folder`. `problem` says what is damaged."""
        clips = EncodedClips(file.name, spill_file(folder))
        try:
            windows = FileWindows(file.path, self.spec, advance, file.header)
        except (DamagedAudioError, OSError) as error:
            clips.problem = str(error)
            clips.dropped[DAMAGED] += 1
            return clips
        try:
            for window in windows:
                if window.dropped:
                    clips.dropped[window.dropped] += 1
                    continue
                clips.overloaded += self.normalization == "none" and window.peak > 1.0
                clips.add(self.clip(window.samples), window.offset, level_gain(window.samples, self.normalization))
        except BaseException:
            clips.close()
            raise
        clips.problem = _describe_damage(windows, clips)
        clips.facts = windows.facts()
        return clips

    def encode_synthetic(self, name: str, samples: F32, folder: Path) -> EncodedClips:
        """One synthetic clip `(time,)` of exactly the clips' length."""
        clips = EncodedClips(name, spill_file(folder))
        if is_silent(samples, self.spec.silence_threshold_db):
            clips.dropped[SILENT] += 1
        else:
            clips.overloaded += self.normalization == "none" and peak_level(samples) > 1.0
            clips.add(self.clip(samples), 0.0, level_gain(samples, self.normalization))
        return clips


def spill_file(folder: Path) -> Spill:
    """A file in memory that moves to `folder` when it becomes large."""
    return tempfile.SpooledTemporaryFile(SPILL_BYTES, dir=str(folder))


def _describe_damage(windows: FileWindows, clips: EncodedClips) -> str | None:
    if windows.fault is not None:
        kept = "what comes before is used" if clips.offsets else "nothing before it is usable"
        return f"damaged at {windows.fault.second:.1f} s ({windows.fault.reason}); {kept}"
    return "it holds no samples" if clips.dropped[EMPTY] else None
