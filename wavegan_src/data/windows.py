"""Cutting a recording into clips while it is decoded, with memory for one window and one block."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr

from wavegan_src.config_schema import AudioConfig, DatasetConfig
from wavegan_src.data.decoding.channels import ChannelRule, Mask, mix_down
from wavegan_src.data.decoding.examine import decibels, examine
from wavegan_src.data.decoding.facts import SourceFacts
from wavegan_src.data.decoding.headers import Header
from wavegan_src.data.decoding.streams import BLOCK_VALUES, Fault
from wavegan_src.dsp.bandwidth import Bandwidth
from wavegan_src.dsp.clips import (
    F32,
    NON_FINITE,
    SILENT,
    complete,
    count_windows,
    hop_length,
    is_silent,
    needs_last_window,
    peak_level,
    rms_level,
    short_fate,
)
from wavegan_src.dsp.high_pass import HighPass

QUALITY = "HQ"  # soxr's 20-bit preset: its error is below the 16 bits that are kept


@dataclass(frozen=True)
class WindowSpec:
    """How recordings are cut: rate in Hz, samples per clip, overlap 0 to 1, fate of short ones, threshold in dBFS.

    high_pass_hz: limit of the high-pass, 0 for none. channels: whether the channels to mix are chosen.
    """

    sample_rate: int
    length: int
    overlap: float
    short_clips: str
    silence_threshold_db: float
    high_pass_hz: float = 0.0
    channels: ChannelRule = "auto"

    @classmethod
    def of(cls, audio: AudioConfig, dataset: DatasetConfig, overlap: float | None = None) -> "WindowSpec":
        """Take the parameters from a configuration; `overlap` replaces the configured one."""
        return cls(
            audio.sample_rate,
            audio.audio_length_samples,
            dataset.overlap if overlap is None else overlap,
            dataset.short_clips,
            dataset.silence_threshold_db,
            audio.high_pass_hz,
            audio.channels,
        )

    @property
    def hop(self) -> int:
        """Samples from one window to the next."""
        return hop_length(self.length, self.overlap)

    def estimate(self, header: Header) -> int:
        """Windows that a file of this header gives, before silence is dropped."""
        total = round(header.frames * self.sample_rate / header.sample_rate)
        return count_windows(total, self.length, self.hop, self.short_clips, self.sample_rate)


@dataclass(frozen=True)
class Window:
    """One clip-length window of a recording, at the recording's level.

    samples: float32 `(time,)`; empty if the recording is too short to fill a window and is dropped.
    offset: start in s. peak, rms: levels, 1.0 is full scale. clipped_share: of the source's samples, 0 to 1.
    dropped: why it is not used, or None.
    """

    samples: F32
    offset: float
    peak: float
    rms: float
    clipped_share: float
    dropped: str | None


class FileWindows:
    """The windows of one file; after the iteration `fault` says whether decoding stopped early, and where.

    The constructor raises `DamagedAudioError` or `OSError` if nothing can be decoded. `header` is what `read_header`
    found, if that is known. `advance` is called with the seconds of source as they are decoded.
    """

    def __init__(
        self,
        path: Path,
        spec: WindowSpec,
        advance: Callable[[float], None] | None = None,
        header: Header | None = None,
    ) -> None:
        self._spec = spec
        self._advance = advance
        self._stream, self._treatment = examine(path, header, spec.channels, without_offset=spec.high_pass_hz > 0)
        self._sum, self._frames, self._peak = 0.0, 0, 0.0
        self._bandwidth = Bandwidth(spec.sample_rate)

    @property
    def fault(self) -> Fault | None:
        """Where decoding stopped early, or None."""
        return self._stream.fault

    def facts(self) -> SourceFacts:
        """What was found in the file, after the iteration."""
        stream, choice, gain = self._stream, self._treatment.choice, self._treatment.gain
        return SourceFacts(
            sample_rate=stream.sample_rate,
            channels=stream.channels,
            used="+".join(str(channel + 1) for channel in choice.channels),
            why_channels=choice.reason.value,
            peak_db=_rounded(decibels(self._peak / gain), 2),
            gain_db=round(decibels(gain) or 0.0, 2),
            offset=round(self._sum / max(self._frames, 1), 5),
            bandwidth_hz=_rounded(self._bandwidth.hertz(), 0),
            remark=stream.remark or "",
        )

    def __iter__(self) -> Iterator[Window]:
        cutter = WindowCutter(self._spec, self._stream.sample_rate)
        filtered = self._filtered(self._resampled(cutter))
        for samples in filtered:
            self._peak = max(self._peak, peak_level(samples))
            self._bandwidth.add(samples)
            yield from cutter.push(samples)
        yield from cutter.finish()

    def _mono(self, cutter: "WindowCutter") -> Iterator[F32]:
        """The file as one channel at its own rate, marked in the cutter."""
        treatment, rate = self._treatment, self._stream.sample_rate
        gain = np.float32(treatment.gain)
        for block in self._stream:
            mono = mix_down(block, treatment.choice.channels, treatment.full_scale)
            cutter.mark(len(mono.samples), mono.clipped, mono.unusable)
            self._sum += float(mono.samples.sum(dtype=np.float64))
            self._frames += len(mono.samples)
            yield mono.samples if gain == 1 else mono.samples * gain
            if self._advance:
                self._advance(len(block) / rate)

    def _resampled(self, cutter: "WindowCutter") -> Iterator[F32]:
        """The file at the clips' rate, in blocks that a low rate in the header does not make large."""
        rate, target = self._stream.sample_rate, self._spec.sample_rate
        if rate == target:
            yield from self._mono(cutter)
            return
        resampler = soxr.ResampleStream(rate, target, 1, dtype="float32", quality=QUALITY)
        size = max(1, min(BLOCK_VALUES, BLOCK_VALUES * rate // target))
        for mono in self._mono(cutter):
            for start in range(0, len(mono), size):
                yield resampler.resample_chunk(mono[start : start + size])
        yield resampler.resample_chunk(np.zeros(0, np.float32), last=True)

    def _filtered(self, blocks: Iterable[F32]) -> Iterator[F32]:
        """The file without offset and rumble."""
        if not self._spec.high_pass_hz:
            yield from blocks
            return
        high_pass = HighPass(self._spec.sample_rate, self._spec.high_pass_hz)
        for block in blocks:
            yield high_pass.push(block)
        yield high_pass.finish()


def _rounded(number: float | None, digits: int) -> float | None:
    return None if number is None else round(number, digits)


class WindowCutter:
    """Cuts pushed samples into windows. Keeps the last window's worth, so that the last can be aligned to the end."""

    def __init__(self, spec: WindowSpec, source_rate: int) -> None:
        self.spec = spec
        self._ratio = source_rate / spec.sample_rate
        self._clipped = _Marks()
        self._unusable = _Marks()
        self._kept: F32 = np.zeros(0, np.float32)
        self._kept_from = 0  # index of the first kept sample
        self._next = 0  # start of the next window

    def mark(self, frames: int, clipped: Mask | None, unusable: Mask | None) -> None:
        """Mark which of the next `frames` samples of the source are clipped or unusable, before they are pushed."""
        self._clipped.add(frames, clipped)
        self._unusable.add(frames, unusable)

    def push(self, samples: F32) -> Iterator[Window]:
        """Add samples at the clips' rate and yield the windows that they complete."""
        self._kept = np.concatenate([self._kept, samples])
        while self._next + self.spec.length <= self._total:
            yield self._window(self._next)
            self._next += self.spec.hop
        start = max(self._kept_from, self._total - self.spec.length)
        self._kept = self._kept[start - self._kept_from :]
        self._kept_from = start
        self._clipped.forget(int(start * self._ratio))
        self._unusable.forget(int(start * self._ratio))

    def finish(self) -> Iterator[Window]:
        """Yield the window that is aligned to the end, if it is needed, or the only window of a short recording."""
        spec, total = self.spec, self._total
        if total < spec.length:
            fate = short_fate(total, spec.length, spec.short_clips, spec.sample_rate)
            empty = np.zeros(0, np.float32)
            samples = complete(self._kept, spec.length, spec.short_clips, spec.sample_rate) if fate is None else empty
            yield self._measured(samples, 0, total, fate)
        elif needs_last_window(total, self._next - spec.hop + spec.length, spec.hop):
            yield self._window(total - spec.length)

    @property
    def _total(self) -> int:
        return self._kept_from + len(self._kept)

    def _window(self, start: int) -> Window:
        first = start - self._kept_from
        return self._measured(self._kept[first : first + self.spec.length].copy(), start, self.spec.length, None)

    def _measured(self, samples: F32, start: int, span: int, dropped: str | None) -> Window:
        low, high = int(start * self._ratio), int(np.ceil((start + span) * self._ratio))
        if dropped is None and self._unusable.count(low, high):
            dropped = NON_FINITE
        elif dropped is None and is_silent(samples, self.spec.silence_threshold_db):
            dropped = SILENT
        measured = samples if len(samples) else self._kept
        share = self._clipped.count(low, high) / max(high - low, 1)
        offset = start / self.spec.sample_rate
        return Window(samples, offset, peak_level(measured), rms_level(measured), min(share, 1.0), dropped)


class _Marks:
    """Which samples of a stream are marked; blocks without marks take no memory."""

    def __init__(self) -> None:
        self._pieces: deque[tuple[int, Mask]] = deque()
        self._end = 0

    def add(self, frames: int, mask: Mask | None) -> None:
        if mask is not None:
            self._pieces.append((self._end, mask))
        self._end += frames

    def count(self, start: int, stop: int) -> int:
        return sum(int(np.count_nonzero(mask[max(0, start - at) : max(0, stop - at)])) for at, mask in self._pieces)

    def forget(self, before: int) -> None:
        while self._pieces and self._pieces[0][0] + len(self._pieces[0][1]) <= before:
            self._pieces.popleft()
