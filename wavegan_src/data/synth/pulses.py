"""Adding many short pulses, each at its own instant between samples, to a signal."""

from collections.abc import Callable

import numpy as np

from wavegan_src.data.synth.grid import Array

# Pulses are computed as a table (pulses, samples); this many at a time keep it in the processor's cache.
_CHUNK = 64

_RETURN_SCALE = 3.5  # how much slower gas flows back than it came

# Where the shapes below may be cut off, in units of their scale; they have decayed by 50 dB and 120 dB then.
BLOW_DOWN_SPAN = 28.0
ROUND_SWELL_SPAN = 8.0


def scatter_impulses(times: Array, amplitudes: Array, samples: int, rate: float) -> Array:
    """Sum of unit impulses: amplitude k is shared linearly between the two samples next to time k.

    Args:
        times: in s, shape (pulses,); those outside the signal are left out.
        amplitudes: shape (pulses,).
        samples: length of the result.
        rate: in Hz.
    """
    position = times * rate
    inside = (position >= 0) & (position < samples - 1)
    before = np.floor(position[inside]).astype(np.int64)
    share = position[inside] - before
    signal: Array = np.bincount(before, amplitudes[inside] * (1 - share), samples).astype(np.float64)
    signal += np.bincount(before + 1, amplitudes[inside] * share, samples)
    return signal


def scatter_pulses(
    times: Array,
    amplitudes: Array,
    scales: Array,
    shape: Callable[[Array], Array],
    *,
    span: float,
    samples: int,
    rate: float,
) -> Array:
    """Sum of amplitude_k * shape((t - time_k) / scale_k) for t > time_k, exact between samples.

    Args:
        times: beginnings in s, shape (pulses,); pulses that begin outside the signal are left out.
        amplitudes: shape (pulses,).
        scales: time scale of each pulse in s, shape (pulses,).
        shape: the pulse as a function of dimensionless time.
        span: where a pulse is cut off, in units of its scale.
        samples: length of the result.
        rate: in Hz.
    """
    inside = np.flatnonzero((times >= 0) & (times * rate < samples))
    inside = inside[np.argsort(times[inside])]  # neighbours in time share a table
    times, amplitudes, scales = times[inside], amplitudes[inside], scales[inside]
    if len(times) == 0:
        return np.zeros(samples)
    longest = int(np.ceil(span * scales.max() * rate)) + 1
    first = np.floor(times * rate).astype(np.int64) + 1
    signal = np.zeros(samples + longest)
    for start in range(0, len(times), _CHUNK):
        part = slice(start, start + _CHUNK)
        index = first[part, None] + np.arange(longest)
        since = (index / rate - times[part, None]) / scales[part, None]
        values = np.where(since <= span, amplitudes[part, None] * shape(since), 0.0)
        begin = first[start]
        total = np.bincount((index - begin).ravel(), values.ravel())
        signal[begin : begin + len(total)] += total
    return signal[:samples]


def swell(since: Array) -> Array:
    """Pulse that rises to 1 at dimensionless time 1 and decays exponentially: t exp(1 - t)."""
    return since * np.exp(1 - since)


def round_swell(since: Array) -> Array:
    """Swell cubed: it also begins gently, so that its repetition has few overtones."""
    rounded: Array = swell(since) ** 3
    return rounded


def blow_down(since: Array) -> Array:
    """Outflow when an exhaust valve opens: a swell, then a slow return of equal area, so that nothing is left over.

    Cut off at BLOW_DOWN_SPAN, 0.5 % of what came out is left.
    """
    return swell(since) - swell(since / _RETURN_SCALE) / _RETURN_SCALE
