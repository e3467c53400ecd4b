"""Fingerprints of sound: numbers that two copies of one take share at the same moments, whatever was done to them.

What is described is how the sound changes: the differences in time and between neighbouring bands of a log spectrum. A
level, a filter, another format or another microphone leaves them nearly as they are, while another take of the same
engine at the same speed has other ones: the irregularity of combustion and the noise are never the same twice.

A key is the signs of random projections of a quarter of a second of these differences (locality-sensitive hashing,
Charikar 2002): similar moments have equal keys more often.
"""

import functools
from dataclasses import dataclass

import numpy as np
import scipy.fft
import soxr
from numpy.typing import NDArray

from wavegan_src.dsp.clips import F32

HIGHEST_RATE = 8000  # Hz: what lies above 4 kHz is the first that formats, microphones and distance take away
WINDOW_SECONDS = 0.093
HOP_SECONDS = 0.01  # between keys
LAG_HOPS = 6  # hops between the spectra that are compared
BANDS = 21
LOWEST_HZ = 150.0
FLOOR = 1e-7  # of the mean power: below it a spectrum is rounding
LEAST_CHANGE = 0.05  # nepers: a band that changes less says nothing
PATCH_HOPS, PATCH_STEP = 24, 3  # a key covers so many hops, looking at every third
LEAST_ACTIVE = 4  # bands that change; a steady tone has none, and so no keys

Keys = NDArray[np.int64]


def comparison_rate(rate: int) -> int:
    """The rate at which clips of a rate are compared, in Hz."""
    return min(rate, HIGHEST_RATE)


def reduce_rate(clip: F32, rate: int) -> F32:
    """A clip `(time,)` at `comparison_rate(rate)`, without its mean."""
    lower = comparison_rate(rate)
    reduced = clip if lower == rate else soxr.resample(clip, rate, lower, quality="LQ")
    return np.asarray(reduced - reduced.mean(), np.float32)


@dataclass(frozen=True)
class Hasher:
    """Makes the keys of clips.

    rate: of the clips, as `reduce_rate` returns them, in Hz. tables: independent keys per moment. bits: of a key.
    """

    rate: int
    tables: int
    bits: int

    def keys(self, clip: F32) -> Keys:
        """Keys of a clip `(time,)`: `(tables, moments)`, one moment per `HOP_SECONDS`; no moments if it is steady."""
        changes = spectral_changes(clip, self.rate)
        if changes is None or len(changes) < PATCH_HOPS:
            return np.zeros((self.tables, 0), np.int64)
        views = np.lib.stride_tricks.sliding_window_view(changes, PATCH_HOPS, axis=0)[..., ::PATCH_STEP]
        patches = np.ascontiguousarray(views).reshape(len(views), -1)
        signs = patches @ _projections(patches.shape[1], self.tables * self.bits) > 0
        weights = 1 << np.arange(self.bits, dtype=np.int64)
        return np.asarray(signs.reshape(len(views), self.tables, self.bits) @ weights).T


def moments(seconds: float) -> int:
    """How many moments a clip of this length has at most."""
    return max(0, round((seconds - WINDOW_SECONDS) / HOP_SECONDS) - LAG_HOPS - PATCH_HOPS)


def spectral_changes(clip: F32, rate: int) -> F32 | None:
    """How a clip's spectrum changes, `(hops, bands - 1)`, each column with deviation 1; None if it is steady."""
    window, hop = round(WINDOW_SECONDS * rate), round(HOP_SECONDS * rate)
    if len(clip) < window + LAG_HOPS * hop:
        return None
    frames = np.lib.stride_tricks.sliding_window_view(clip, window)[::hop] * _window(window)
    spectra = scipy.fft.rfft(frames, _fft_size(window), axis=-1)
    power = spectra.real**2 + spectra.imag**2
    bands = np.add.reduceat(power, _edges(rate, window), axis=1)[:, :-1]  # the last reaches to the end
    mean = float(bands.mean())
    if mean <= 0:
        return None
    contrast = np.diff(np.log(bands + FLOOR * mean), axis=1)
    changes = contrast[LAG_HOPS:] - contrast[:-LAG_HOPS]
    changes = changes - changes.mean(axis=0)
    deviation = changes.std(axis=0)
    if np.count_nonzero(deviation >= LEAST_CHANGE) < LEAST_ACTIVE:
        return None
    changes = np.where(deviation >= LEAST_CHANGE, changes / np.maximum(deviation, LEAST_CHANGE), 0)
    return changes.astype(np.float32)


@functools.cache
def _window(length: int) -> F32:
    return np.hanning(length + 1)[:-1].astype(np.float32)


def _fft_size(window: int) -> int:
    return int(scipy.fft.next_fast_len(window, real=True))


@functools.cache
def _edges(rate: int, window: int) -> NDArray[np.int64]:
    """First bins of the bands, and the end of the last: even steps of the logarithm, at least a bin each."""
    size = _fft_size(window)
    wanted = np.geomspace(LOWEST_HZ, 0.475 * rate, BANDS + 1) * size / rate
    edges = np.unique(np.round(wanted).astype(np.int64))
    return edges[edges < size // 2 + 1]


@functools.cache
def _projections(size: int, count: int) -> F32:
    return np.random.default_rng(0).standard_normal((size, count)).astype(np.float32)
