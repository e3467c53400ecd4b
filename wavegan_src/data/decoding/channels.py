"""Which channels of a file carry its sound, and their mix.

A microphone that was wired the wrong way round cancels the other in a mix; a dead input halves it; many microphones
stand at different places, and their mix is a comb filter. So the channels are measured first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from wavegan_src.dsp.clips import CLIPPED_LEVEL, F32

# Larger values in a float file cannot be sound, and their sums and squares would overflow.
LARGEST_VALUE = 1e10
# A channel this much fainter than the loudest (30 dB) adds nothing but its noise.
DEAD_POWER = 1e-3
# The power that the mix of two channels must keep of theirs: unrelated channels keep 0.5, equal ones 1.
LEAST_KEPT_POWER = 0.35
# More clipped samples than this make a channel worse than a fainter one.
MOST_CLIPPED = 1e-3
GROUP_SECONDS = 0.01  # offsets and rumble are measured, and left out, in groups this long
MOST_PAIRED = 16  # of more channels no two are mixed

Mask = NDArray[np.bool_]
ChannelRule = Literal["auto", "mix"]


class ChannelReason(StrEnum):
    """Why the channels that are used were chosen."""

    ALL = "all"
    DEAD = "dead"  # the others are silent or faint
    CANCEL = "cancel"  # they cancel each other
    MANY = "many"  # they are several microphones


@dataclass(frozen=True)
class ChannelChoice:
    """The channels that are mixed, from 0, and why."""

    channels: tuple[int, ...]
    reason: ChannelReason = ChannelReason.ALL


@dataclass(frozen=True)
class MonoBlock:
    """A block mixed to one channel `(frames,)`; a mask `(frames,)` that would be all False is None."""

    samples: F32
    clipped: Mask | None
    unusable: Mask | None


class ChannelLevels:
    """Levels of the channels of a file and their correlation, without offset and rumble; from its blocks."""

    def __init__(self, channels: int, sample_rate: int) -> None:
        self._group = max(1, round(GROUP_SECONDS * sample_rate))
        self.frames = 0  # that were measured
        self._clipped = np.zeros(channels)
        self._sums = np.zeros(channels)
        self._powers = np.zeros(channels)
        self._products = np.zeros((channels, channels)) if channels <= MOST_PAIRED else None
        self._high = np.full(channels, -np.inf)
        self._low = np.full(channels, np.inf)

    def add(self, block: F32) -> None:
        """Measure the next block `(frames, channels)`; values that cannot be sound count as 0."""
        values = np.ascontiguousarray(_usable(block)[0].T)  # (channels, frames): sums over long rows are fast
        channels, frames = values.shape
        self.frames += frames
        high, low = values.max(axis=1), values.min(axis=1)
        self._high, self._low = np.maximum(self._high, high), np.minimum(self._low, low)
        if max(high.max(), -low.min()) >= CLIPPED_LEVEL:
            self._clipped += np.count_nonzero(np.abs(values) >= CLIPPED_LEVEL, axis=1)
        self._sums += values.sum(axis=1)
        group = min(self._group, frames)
        groups = values[:, : frames // group * group].reshape(channels, -1, group)
        flat = (groups - groups.mean(axis=2, keepdims=True)).reshape(channels, -1)
        if self._products is not None:
            products = flat @ flat.T
            self._products += products
            self._powers += products.diagonal()
        else:
            self._powers += np.einsum("ct,ct->c", flat, flat)

    def peak(self, choice: ChannelChoice, *, about_mean: bool) -> float:
        """Largest magnitude in the chosen channels, about their mean or about 0."""
        if not self.frames:
            return 0.0
        chosen = list(choice.channels)
        middle = self._sums[chosen] / self.frames if about_mean else np.zeros(len(chosen))
        return float(np.maximum(self._high[chosen] - middle, middle - self._low[chosen]).max())

    def choose(self) -> ChannelChoice:
        """The channels to mix."""
        count = len(self._powers)
        if count == 1 or not self._powers.max(initial=0.0):
            return ChannelChoice(tuple(range(count)))
        live = np.flatnonzero(self._powers >= DEAD_POWER * self._powers.max())
        if len(live) > 2:
            return ChannelChoice((self._best(live),), ChannelReason.MANY)
        if len(live) == 2 and self._kept(int(live[0]), int(live[1])) < LEAST_KEPT_POWER:
            return ChannelChoice((self._best(live),), ChannelReason.CANCEL)
        return ChannelChoice(
            tuple(int(channel) for channel in live), ChannelReason.ALL if len(live) == count else ChannelReason.DEAD
        )

    def _best(self, channels: NDArray[np.int64]) -> int:
        """The loudest channel, of those that are not clipped if there are any."""
        clean = [channel for channel in channels if self._clipped[channel] <= MOST_CLIPPED * self.frames]
        return int(max(clean or channels, key=lambda channel: self._powers[channel]))

    def _kept(self, one: int, other: int) -> float:
        """The power of the mix of two channels as a share of their mean power, up to 1."""
        if self._products is None:
            return 0.0
        both = self._powers[one] + self._powers[other]
        return float((both + 2 * self._products[one, other]) / (2 * both))


def mix_down(block: F32, channels: Sequence[int] | None = None, full_scale: float = 1.0) -> MonoBlock:
    """Mean of channels of `(frames, channels)`, with masks of clipped and of unusable samples.

    NaN, infinite and absurdly large values are unusable and count as 0. `channels`: those to mix; None means all.
    `full_scale`: the level at which the source is clipped.
    """
    if channels is not None and len(channels) < block.shape[1]:
        block = block[:, list(channels)]
    block, bad, largest = _usable(block)
    unusable = None if bad is None else np.any(bad, axis=1)
    clipped: Mask | None = None
    if largest >= CLIPPED_LEVEL * full_scale:
        clipped = np.any(np.abs(block) >= CLIPPED_LEVEL * full_scale, axis=1)
    mono = block[:, 0].copy()
    for channel in range(1, block.shape[1]):  # several times faster than a mean over a short axis
        mono += block[:, channel]
    if block.shape[1] > 1:
        mono *= np.float32(1.0 / block.shape[1])
    return MonoBlock(mono, clipped, unusable)


def _usable(block: F32) -> tuple[F32, Mask | None, float]:
    """A block with 0 in place of what cannot be sound, where that was, and the largest magnitude of the rest."""
    high, low = float(block.max(initial=0.0)), float(block.min(initial=0.0))
    if high <= LARGEST_VALUE and low >= -LARGEST_VALUE:
        return block, None, max(high, -low)
    bad = ~(np.abs(block) <= LARGEST_VALUE)  # also true for NaN
    block = np.where(bad, np.float32(0.0), block)
    return block, bad, float(np.abs(block).max(initial=0.0))
