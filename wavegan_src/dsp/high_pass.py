"""Removes offset and rumble from a stream: a high-pass without phase shift, as cheap as a copy.

A weighted mean over the surroundings of each sample is subtracted. The weights are a Hann window: 3 dB are lost at the
limit, 0.7 dB a third above it, less than 0.2 dB from there on; below it 12 dB at half the limit, 19 dB at a third, and
all of a constant. That mean needs few values a second, so it is computed from triangular means at about 1 kHz, and
interpolated.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from wavegan_src.dsp.clips import F32

NODE_RATE = 1000  # Hz, of the means
# Length of the window in periods of the limit, which makes the loss at the limit 3 dB.
WINDOW_PERIODS = 1.3

F64 = NDArray[np.float64]


class HighPass:
    """A high-pass for a stream of one channel; the samples come out later than they go in, and are as many."""

    def __init__(self, rate: int, hertz: float) -> None:
        """Args: rate: of the samples, in Hz; hertz: the limit, where 3 dB are lost."""
        self._group = max(1, round(rate / NODE_RATE))
        self._half = max(1, round(WINDOW_PERIODS * rate / (2 * hertz * self._group)))
        self._window = _window(self._half)
        self._ramps = _ramps(self._group)
        self._waiting: F32 = np.zeros(0, np.float32)  # samples that are in no whole group yet
        self._kept: F32 = np.zeros(0, np.float32)  # samples of whole groups that are not out yet
        self._nodes: F64 = np.zeros(0)  # means at the groups' edges, from `half` before the first kept sample on
        self._last_rise: float | None = None  # the part of the last edge's mean that lies before it
        self._mirrored = False

    def push(self, samples: F32) -> F32:
        """Take in samples `(time,)`, and give out those that are ready."""
        samples = np.concatenate([self._waiting, samples])
        whole = len(samples) // self._group * self._group
        self._waiting = samples[whole:]
        if not whole:
            return samples[:0]
        return self._take(samples[:whole])

    def finish(self) -> F32:
        """The rest `(time,)`."""
        spare = -len(self._waiting) % self._group
        out = []
        if len(self._waiting):
            padded = np.pad(self._waiting, (0, spare), mode="symmetric")
            out.append(self._take(padded))
        if self._last_rise is not None:
            ended = np.append(self._nodes, 2 * self._last_rise)
            inner = ended if self._mirrored else _mirror_before(ended, self._half)
            self._nodes, self._mirrored = _mirror_before(inner[::-1], self._half)[::-1], True
            out.append(self._ready())
        whole = np.concatenate(out) if out else np.zeros(0, np.float32)
        return whole[: len(whole) - spare] if spare else whole

    def _take(self, groups: F32) -> F32:
        parts = groups.reshape(-1, self._group) @ self._ramps / np.float32(self._group)  # (groups, rise and fall)
        rises, falls = parts[:, 0].astype(np.float64), parts[:, 1].astype(np.float64)
        before = falls[0] if self._last_rise is None else self._last_rise  # mirrored at the beginning
        edges = falls + np.concatenate([[before], rises[:-1]])
        self._last_rise = float(rises[-1])
        self._nodes = np.concatenate([self._nodes, edges])
        self._kept = np.concatenate([self._kept, groups])
        if not self._mirrored and len(self._nodes) > self._half:
            self._nodes = _mirror_before(self._nodes, self._half)
            self._mirrored = True
        return self._ready()

    def _ready(self) -> F32:
        """The kept samples whose surroundings are known, without their mean."""
        count = len(self._nodes) - 2 * self._half - 1  # groups with means at both edges
        if not self._mirrored or count < 1:
            return self._kept[:0]
        smooth = np.convolve(self._nodes, self._window, mode="valid")[: count + 1].astype(np.float32)
        length = count * self._group
        ends = np.array((smooth[1:], smooth[:-1]))  # (2, groups)
        means = ends.T @ self._ramps.T  # (groups, group)
        out: F32 = self._kept[:length] - means.reshape(-1)
        self._kept = self._kept[length:]
        self._nodes = self._nodes[count:]
        return out


@cache
def _window(half: int) -> F64:
    """Weights of the means on both sides of a sample; the two ends are 0."""
    window = np.hanning(2 * half + 1)
    return np.asarray(window / window.sum())


@cache
def _ramps(group: int) -> F32:
    """The rise and the fall of a triangular mean over a group of samples: (group, 2)."""
    rise = (np.arange(group) + 0.5) / group
    return np.stack([rise, 1 - rise], axis=1).astype(np.float32)


def _mirror_before(nodes: F64, count: int) -> F64:
    """Values with `count` more in front, mirrored at the first."""
    if len(nodes) > count:
        return np.concatenate([nodes[count:0:-1], nodes])
    return np.pad(nodes, (count, 0), mode="reflect")
