"""Features that engine experts listen for: firing rate, orders, harmonicity, modulation, average spectrum.

Each clip is described by itself; `engine_distances` then compares the distributions of two sets.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.fft import next_fast_len, rfft
from scipy.signal import welch

from wavegan_src.dsp.arrays import Clips, Floats
from wavegan_src.dsp.clips import resample
from wavegan_src.dsp.firing import RATE, Firing, autocorrelation, band_envelopes
from wavegan_src.dsp.mel import long_term_mel
from wavegan_src.dsp.rhythm import find_rhythm
from wavegan_src.utils.parallel import map_items

HALF_ORDERS = 24
_ORDER_WIDTH = 0.15  # half the width of an order's band, in half-orders
_FLOOR_DB = -60.0
# Bands whose envelopes' spectra are the modulation spectrum, in Hz, and the edges of its bins.
MODULATION_BANDS = ((60.0, 300.0), (300.0, 1200.0), (1200.0, 3500.0), (3500.0, 9000.0))
MODULATION_EDGES = np.geomspace(3.0, 250.0, 13)
_MODULATION_SIZE = len(MODULATION_BANDS) * (len(MODULATION_EDGES) - 1)
_ENVELOPE_STEP = 20  # envelopes are kept at a 20th of the rate
LONG_TERM_BANDS = 40


@dataclass(frozen=True)
class EngineDescriptors:
    """Descriptions of a set of clips.

    Attributes:
        firing_rate: Hz, (rhythmic,): only of the clips where a period was found.
        strength: the correlation at the period, from 0 to 1, (rhythmic,).
        order_levels: dB below the strongest, at half-orders 1/2, 1, … 12 of the firing rate: (rhythmic, 24).
        harmonic_to_noise: dB, (rhythmic,).
        modulation: dB, (clips, bands x bins) = (clips, 48).
        long_term_spectrum: dB, (clips, 40).
        rhythmic: positions of the clips with a period, (rhythmic,).
        tracked: of which of those order tracking is confident, (rhythmic,).
    """

    firing_rate: Floats
    strength: Floats
    order_levels: Floats
    harmonic_to_noise: Floats
    modulation: Floats
    long_term_spectrum: Floats
    rhythmic: NDArray[np.int64]
    tracked: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.modulation)


@dataclass(frozen=True)
class _Description:
    firing: Firing | None
    tracked: bool
    order_levels: Floats
    harmonic_to_noise: float
    modulation: Floats
    long_term_spectrum: Floats


def describe(
    clips: Clips, rate: int, workers: int | None = None, progress: Callable[[int], None] | None = None
) -> EngineDescriptors:
    """Describe usable clips (see `clips.screen`), (clips, time), in parallel processes.

    Clips are resampled to 22050 Hz. Firing rate, orders and harmonicity are taken along the tracked speed, or where
    order tracking is not confident at the best constant one. A clip in which nothing repeats has none of them; it is
    left out of those, and `rhythmic` says which remain.
    """
    described = map_items(describe_clip, list(resample(clips, rate, RATE)), workers, progress)
    found = [(index, item, item.firing) for index, item in enumerate(described) if item.firing is not None]
    return EngineDescriptors(
        np.array([firing.rate for _, _, firing in found]),
        np.array([firing.strength for _, _, firing in found]),
        np.array([item.order_levels for _, item, _ in found]).reshape(-1, HALF_ORDERS),
        np.array([item.harmonic_to_noise for _, item, _ in found]),
        np.array([item.modulation for item in described]).reshape(len(described), _MODULATION_SIZE),
        np.array([item.long_term_spectrum for item in described]).reshape(len(described), LONG_TERM_BANDS),
        np.array([index for index, _, _ in found], dtype=np.int64),
        np.array([item.tracked for _, item, _ in found], dtype=np.bool_),
    )


def describe_clip(clip: NDArray[np.float32]) -> _Description:
    """Describe one usable clip at 22050 Hz, (time,)."""
    centred = clip.astype(np.float64) - clip.mean(dtype=np.float64)
    rhythm = find_rhythm(centred)
    return _Description(
        None if rhythm is None else rhythm.firing,
        rhythm is not None and rhythm.tracked,
        np.empty(0) if rhythm is None else order_levels(rhythm.even, rhythm.firing.rate),
        0.0 if rhythm is None else harmonic_to_noise(rhythm.even, rhythm.firing.rate),
        modulation_spectrum(centred),
        long_term_mel(centred, RATE, LONG_TERM_BANDS),
    )


def order_levels(clip: NDArray[np.floating], firing_rate: float) -> Floats:
    """Levels at half-orders k f / 2, k = 1 … 24, in dB below the strongest of them, at least -60: (24,)."""
    fft = next_fast_len(4 * len(clip), real=True)
    power = np.abs(rfft(clip * np.hanning(len(clip)), fft)) ** 2
    below = np.concatenate([[0.0], np.cumsum(power)])
    centres = np.arange(1, HALF_ORDERS + 1) * firing_rate / 2
    half_width = _ORDER_WIDTH * firing_rate / 2
    edges = [
        np.clip(np.rint((centres + offset) * fft / RATE).astype(np.int64), 0, len(power))
        for offset in (-half_width, half_width)
    ]
    energy = below[edges[1]] - below[edges[0]]
    return np.asarray(10 * np.log10(np.maximum(energy / energy.max(), 10 ** (_FLOOR_DB / 10))))


def harmonic_to_noise(clip: NDArray[np.floating], firing_rate: float) -> float:
    """10 log10 r / (1 - r) in dB, r the waveform's autocorrelation at the firing period, within ±30 dB."""
    correlation = autocorrelation(clip)
    lag = round(RATE / firing_rate)
    best = correlation[max(2, lag - 6) : lag + 7].max()
    share = float(np.clip(best, 1e-3, 1 - 1e-3))
    return float(10 * np.log10(share / (1 - share)))


def modulation_spectrum(clip: NDArray[np.floating]) -> Floats:
    """Power spectra of the envelopes of four bands, relative to their means, in dB: (4 x 12,)."""
    levels = []
    for envelope in band_envelopes(clip, MODULATION_BANDS):
        whole = len(envelope) // _ENVELOPE_STEP * _ENVELOPE_STEP
        slow = envelope[:whole].reshape(-1, _ENVELOPE_STEP).mean(axis=1)
        relative = slow / max(slow.mean(), 1e-12) - 1
        frequencies, power = welch(relative, RATE / _ENVELOPE_STEP, nperseg=min(1024, len(relative)), nfft=1024)
        which = np.digitize(frequencies, MODULATION_EDGES) - 1
        levels += [10 * np.log10(power[which == index].mean() + 1e-7) for index in range(len(MODULATION_EDGES) - 1)]
    return np.array(levels)
