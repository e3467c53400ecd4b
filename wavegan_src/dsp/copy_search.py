"""Search for clips that hold the same sound: copies, excerpts, and parallel microphones of one take.

Candidates are found by equal keys of `fingerprints` at one common shift, in time that grows with the number of clips
and not with its square. Each candidate is then compared exactly, by the cross-correlation of the two clips with
flattened spectra (Knapp & Carter 1976): the same sound gives one high, narrow peak; another take of the same engine
gives low peaks, or many, one per cycle.
"""

import functools
import hashlib
import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.fft
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from wavegan_src.dsp.clips import F32
from wavegan_src.dsp.fingerprints import HOP_SECONDS, Hasher, Keys, comparison_rate, moments, reduce_rate

TABLES = 3
FEWEST_BITS, MOST_BITS = 16, 28
LARGEST_BUCKET = 48  # neighbours of a key that are looked at: what is more frequent says nothing
FEWEST_VOTES = 3
SHIFT_HOPS = 2  # shifts are counted in steps of so many hops
COMPARISONS_PER_CLIP = 2  # at most, on average
TRIES = 2  # shifts that are tried for two owners

# Limits of the cross-correlation, measured on 108 recordings of engines (docs/guide/recordings.md).
LEAST_PEAK = 0.16  # share of the sound that both have in common
LEAST_CONTRAST = 20.0  # height of the peak over the root mean square of all shifts
LEAST_LEAD = 2.2  # height of the peak over the next highest one
SURE_CONTRAST = 60.0  # no second take comes near; a repeated loop does, without a lead
PEAK_SECONDS = 0.01  # half the width of a peak
LOWEST_HZ, HIGHEST_SHARE = 60.0, 0.475  # of the compared band; the latter of the rate
SMOOTHING_HZ = 3.0
SPECTRA_KEPT = 256  # of clips, in memory

Read = Callable[[int], F32]
"""Returns a clip `(time,)` by its number."""


@dataclass(frozen=True)
class Match:
    """Two clips with the same sound: their numbers, and the share of the sound that they have in common, 0 to 1."""

    first: int
    second: int
    share: float


def find_copies(
    read: Read,
    owners: Sequence[int],
    offsets: Sequence[float],
    rate: int,
    seconds: float,
    sides: Sequence[int] | None = None,
    advance: Callable[[float], None] | None = None,
) -> list[Match]:
    """Find clips of different owners that hold the same sound, one match for two owners.

    Args:
        read: returns clip number i, float32 `(time,)`.
        owners: of each clip, such as the number of its file; clips of one owner are not compared.
        offsets: of each clip in its owner, in s.
        rate: of the clips, in Hz. seconds: length of a clip.
        sides: of each clip; if given, only clips of different sides are compared.
        advance: is called with 1 for each clip that was read.
    """
    if len(set(owners)) < 2 or (sides is not None and len(set(sides)) < 2):
        return []
    index = _index(read, len(owners), rate, seconds, advance)
    searcher = _Searcher(read, np.asarray(owners), np.asarray(offsets), rate, sides)
    return searcher.search(index)


@dataclass(frozen=True)
class _Index:
    """All keys of all clips: `(tables, entries)`, and the clip and the moment of each entry, `(entries,)`.

    equal: pairs of clips with the same samples; a steady tone has no keys.
    """

    keys: Keys
    clips: NDArray[np.int64]
    moments: NDArray[np.int64]
    equal: list[tuple[int, int]]


def _index(read: Read, count: int, rate: int, seconds: float, advance: Callable[[float], None] | None) -> _Index:
    expected = max(2, count * moments(seconds))
    bits = min(max(math.ceil(math.log2(expected)), FEWEST_BITS), MOST_BITS)  # so that few keys are equal by chance
    hasher = Hasher(comparison_rate(rate), TABLES, bits)
    every, equal = [], []
    seen: dict[bytes, int] = {}
    for clip in range(count):
        samples = read(clip)
        before = seen.setdefault(hashlib.blake2b(samples.tobytes(), digest_size=16).digest(), clip)
        if before != clip:
            equal.append((before, clip))
        every.append(hasher.keys(reduce_rate(samples, rate)).astype(np.int32))
        if advance is not None:
            advance(1)
    lengths = [keys.shape[1] for keys in every]
    times = [np.arange(length) for length in lengths]
    keys = np.concatenate(every, axis=1).astype(np.int64)
    return _Index(keys, np.repeat(np.arange(count), lengths), np.concatenate(times), equal)


class _Searcher:
    """The search in an index."""

    def __init__(
        self,
        read: Read,
        owners: NDArray[np.int64],
        offsets: NDArray[np.float64],
        rate: int,
        sides: Sequence[int] | None,
    ) -> None:
        self._owners = owners
        self._starts = np.round(offsets / HOP_SECONDS).astype(np.int64)
        self._sides = None if sides is None else np.asarray(sides)
        self._rate = comparison_rate(rate)

        @functools.lru_cache(SPECTRA_KEPT)
        def flat(clip: int) -> NDArray[np.complex64]:
            return flat_spectrum(reduce_rate(read(clip), rate), self._rate)

        self._flat = flat

    def search(self, index: _Index) -> list[Match]:
        found: dict[tuple[int, int], Match] = {}
        tried: Counter[tuple[int, int]] = Counter()
        most = COMPARISONS_PER_CLIP * len(self._owners) + 100
        for first, second in index.equal:
            if self._may_match(first, second):
                found[self._pair(first, second)] = Match(first, second, 1.0)
        for first, second in self._candidates(index):
            pair = self._pair(first, second)
            if pair in found or tried[pair] >= TRIES:
                continue
            if tried.total() >= most:
                break
            tried[pair] += 1
            share = common_share(self._flat(first), self._flat(second), self._rate)
            if share is not None:
                found[pair] = Match(first, second, share)
        return sorted(found.values(), key=lambda match: (match.first, match.second))

    def _pair(self, first: int, second: int) -> tuple[int, int]:
        one, other = int(self._owners[first]), int(self._owners[second])
        return min(one, other), max(one, other)

    def _may_match(self, first: int, second: int) -> bool:
        apart = self._sides is None or self._sides[first] != self._sides[second]
        return bool(self._owners[first] != self._owners[second] and apart)

    def _candidates(self, index: _Index) -> list[tuple[int, int]]:
        """Pairs of clips with many equal keys at one shift, those with most first."""
        hits = [self._hits(index, table) for table in range(len(index.keys))]
        first, second, shift = (np.concatenate(parts) for parts in zip(*hits, strict=True))
        if not len(first):
            return []
        owners = self._owners[first] * (self._owners.max() + 1) + self._owners[second]
        span = int(np.ptp(shift)) + 1
        place = owners * span + (shift - shift.min())
        _, number, votes = np.unique(place, return_inverse=True, return_counts=True)
        useful = votes[number] >= FEWEST_VOTES
        first, second, number = first[useful], second[useful], number[useful]
        # Of the clips that meet at a shift, those with most equal keys overlap most.
        count = len(self._owners)
        meetings, among = np.unique((number * count + first) * count + second, return_counts=True)
        order = np.lexsort((-among, meetings // count**2))
        best = order[np.unique(meetings[order] // count**2, return_index=True)[1]]
        best = best[np.argsort(-votes[meetings[best] // count**2], kind="stable")]
        return [(int(meeting // count % count), int(meeting % count)) for meeting in meetings[best]]

    def _hits(self, index: _Index, table: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Equal keys of two clips that may match: first clip, second clip, and shift between their owners."""
        order = np.argsort(index.keys[table], kind="stable")
        keys, clips, times = index.keys[table][order], index.clips[order], index.moments[order]
        nothing = np.zeros(0, np.int64)
        parts = [(nothing, nothing, nothing)]
        for step in range(1, LARGEST_BUCKET):
            same = np.flatnonzero(keys[step:] == keys[:-step])
            if not len(same):
                break
            one, other = clips[same], clips[same + step]
            when, later = times[same] + self._starts[one], times[same + step] + self._starts[other]
            wanted = self._owners[one] != self._owners[other]
            if self._sides is not None:
                wanted &= self._sides[one] != self._sides[other]
            swapped = self._owners[one] > self._owners[other]
            shift = np.where(swapped, later - when, when - later) // SHIFT_HOPS
            parts.append((np.where(swapped, other, one)[wanted], np.where(swapped, one, other)[wanted], shift[wanted]))
        first, second, shift = (np.concatenate(part) for part in zip(*parts, strict=True))
        return first, second, shift


def flat_spectrum(clip: F32, rate: int) -> NDArray[np.complex64]:
    """Spectrum of a clip `(time,)`, padded to twice its length, with a level envelope and unit power."""
    size = scipy.fft.next_fast_len(2 * len(clip), real=True)
    spectrum = scipy.fft.rfft(clip, size)
    power = spectrum.real**2 + spectrum.imag**2
    width = round(max(SMOOTHING_HZ, 2 * rate / len(clip)) * size / rate) | 1
    level = np.sqrt(uniform_filter1d(power, width) + 1e-12 * power.max())
    frequencies = np.arange(len(spectrum)) * rate / size
    inside = (frequencies >= LOWEST_HZ) & (frequencies <= HIGHEST_SHARE * rate)
    flat = np.where(inside, spectrum / np.maximum(level, np.finfo(np.float32).tiny), 0)
    total = float((flat.real**2 + flat.imag**2).sum())
    return np.asarray(flat / math.sqrt(2 * total / size) if total > 0 else flat, np.complex64)


def common_share(one: NDArray[np.complex64], other: NDArray[np.complex64], rate: int) -> float | None:
    """The share of their sound that two clips have in common, 0 to 1; None if they are different sounds.

    Args:
        one, other: `flat_spectrum` of each.
        rate: of the clips, in Hz.
    """
    size = 2 * (len(one) - 1)
    heights = np.abs(scipy.fft.irfft(one * other.conj(), size))
    at = int(heights.argmax())
    peak = float(heights[at])
    contrast = peak / max(float(np.sqrt(np.mean(heights**2))), 1e-12)
    width = round(PEAK_SECONDS * rate)
    heights[np.arange(at - width, at + width + 1) % size] = 0
    alone = peak >= LEAST_LEAD * float(heights.max())
    if contrast >= SURE_CONTRAST or (alone and peak >= LEAST_PEAK and contrast >= LEAST_CONTRAST):
        return min(peak, 1.0)
    return None
