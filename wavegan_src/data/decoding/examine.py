"""How a file becomes one channel: a look at all of it where that decides which channels are used, and at which gain."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from wavegan_src.data.decoding.channels import ChannelChoice, ChannelLevels, ChannelRule
from wavegan_src.data.decoding.headers import Header
from wavegan_src.data.decoding.opening import open_audio
from wavegan_src.data.decoding.streams import AudioStream, Fault
from wavegan_src.dsp.clips import F32, PEAK_LEVEL

# Values of a file that are held while it is looked at (16 MB). A longer one is looked at in parts, and is decoded twice
# only if its level is out of the ordinary, or if parts of it cannot be decoded alone.
HELD_VALUES = 1 << 22
# A file whose peak is below this (-40 dBFS) would keep less than 10 of 16 bits: it is raised first.
FAINT_PEAK = 0.01
# What is below this (-90 dBFS) is the noise of a converter, not a faint recording.
LEAST_PEAK = 10 ** (-90 / 20)


@dataclass(frozen=True)
class Treatment:
    """How a file becomes mono: the channels that are mixed, then a gain; peak: the source's, where it was measured."""

    choice: ChannelChoice
    gain: float = 1.0
    peak: float | None = None

    @property
    def full_scale(self) -> float:
        """The level at which the source is clipped."""
        return 1.0 if self.peak is None else max(1.0, self.peak)


def examine(
    path: Path, header: Header | None, rule: ChannelRule, *, without_offset: bool
) -> tuple[AudioStream, Treatment]:
    """Open a file, and decide how it becomes mono.

    A mono file of 16 bits needs no look: it has one channel, is within full scale, and has no finer values.

    Args:
        path: the file.
        header: what `read_header` found, if that is known.
        rule: "auto" chooses the channels; "mix" takes the mean of all.
        without_offset: whether a constant offset will be removed, so that it counts for nothing in the peak.

    Raises:
        DamagedAudioError, OSError: as `open_audio`.
    """
    stream = open_audio(path, header)
    if not stream.finer and (stream.channels == 1 or rule == "mix"):
        return stream, Treatment(ChannelChoice(tuple(range(stream.channels))))
    if header is not None and header.frames * header.channels > HELD_VALUES:
        levels = _measured(stream, stream.glimpses())
        treatment = _treatment(stream, levels, rule, without_offset)
        if levels.frames and (treatment.gain == 1.0 or not stream.finer):
            return stream, treatment
    held: list[F32] | None = []
    levels = ChannelLevels(stream.channels, stream.sample_rate)
    values = 0
    for block in stream:
        levels.add(block)
        values += block.size
        if held is not None:
            held.append(block.copy())
        if values > HELD_VALUES:
            held = None
    treatment = _treatment(stream, levels, rule, without_offset)
    return (open_audio(path, header) if held is None else HeldStream(stream, held)), treatment


def _measured(stream: AudioStream, blocks: Iterable[F32]) -> ChannelLevels:
    levels = ChannelLevels(stream.channels, stream.sample_rate)
    for block in blocks:
        levels.add(block)
    return levels


def _treatment(stream: AudioStream, levels: ChannelLevels, rule: ChannelRule, without_offset: bool) -> Treatment:
    choice = levels.choose() if rule == "auto" else ChannelChoice(tuple(range(stream.channels)))
    peak = levels.peak(choice, about_mean=without_offset)
    return Treatment(choice, gain_for(peak) if stream.finer else 1.0, peak)


def gain_for(peak: float) -> float:
    """The gain that keeps values of a peak that are finer than 16 bits within them: 1 for ordinary levels."""
    if peak > 1.0 or LEAST_PEAK <= peak < FAINT_PEAK:
        return PEAK_LEVEL / peak
    return 1.0


class HeldStream:
    """A file that has been decoded (`streams.AudioStream`)."""

    def __init__(self, stream: AudioStream, blocks: list[F32]) -> None:
        self.sample_rate, self.channels = stream.sample_rate, stream.channels
        self.finer = stream.finer
        self.remark = stream.remark
        self.fault: Fault | None = stream.fault
        self._blocks = blocks

    def __iter__(self) -> Iterator[F32]:
        yield from self._blocks

    def glimpses(self) -> Iterator[F32]:
        """All of it."""
        return iter(self._blocks)


def decibels(level: float) -> float | None:
    """A level in dBFS; None for silence."""
    return 20 * math.log10(level) if level > 0 and np.isfinite(level) else None
