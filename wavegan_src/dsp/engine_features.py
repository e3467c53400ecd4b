"""Features that engine experts listen for: firing rate, orders, harmonicity, modulation, average spectrum.

Each clip is described by itself; `engine_distances` then compares the distributions of two sets.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.fft import ifft, irfft, next_fast_len, rfft
from scipy.signal import find_peaks, welch

from wavegan_src.dsp.arrays import Clips, Floats
from wavegan_src.dsp.clips import resample
from wavegan_src.dsp.mel import long_term_mel
from wavegan_src.utils.parallel import map_items

RATE = 22050  # all clips are described at this rate, so that sets of different rates compare

LOWEST_FIRING, HIGHEST_FIRING = 8.0, 450.0  # Hz: a slow idling single, a racing twelve-cylinder
HALF_ORDERS = 24
_ORDER_WIDTH = 0.15  # half the width of an order's band, in half-orders
_FLOOR_DB = -60.0
# Bands whose envelopes show the firing pulses, in Hz.
_PULSE_BANDS = ((60.0, 400.0), (400.0, 1500.0), (1500.0, 6000.0))
_WAVEFORM_SHARE = 0.25  # of the waveform's own correlation; the envelopes share the rest
_FIRING_RATES = np.geomspace(LOWEST_FIRING, HIGHEST_FIRING, 900)  # steps of 0.45 %
_COMB_TEETH = 12
_BEST_SHARE = 0.9  # combs this close to the best fit count as equally good
# Bands whose envelopes' spectra are the modulation spectrum, in Hz, and the edges of its bins.
MODULATION_BANDS = ((60.0, 300.0), (300.0, 1200.0), (1200.0, 3500.0), (3500.0, 9000.0))
MODULATION_EDGES = np.geomspace(3.0, 250.0, 13)
_MODULATION_SIZE = len(MODULATION_BANDS) * (len(MODULATION_EDGES) - 1)
_ENVELOPE_STEP = 20  # envelopes are kept at a 20th of the rate
LONG_TERM_BANDS = 40


@dataclass(frozen=True)
class Firing:
    """The firing rate of a clip in Hz and how periodic the clip is there, from 0 to 1."""

    rate: float
    strength: float


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
    """

    firing_rate: Floats
    strength: Floats
    order_levels: Floats
    harmonic_to_noise: Floats
    modulation: Floats
    long_term_spectrum: Floats
    rhythmic: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.modulation)


@dataclass(frozen=True)
class _Description:
    firing: Firing | None
    order_levels: Floats
    harmonic_to_noise: float
    modulation: Floats
    long_term_spectrum: Floats


def describe(
    clips: Clips, rate: int, workers: int | None = None, progress: Callable[[int], None] | None = None
) -> EngineDescriptors:
    """Describe usable clips (see `clips.screen`), (clips, time), in parallel processes.

    Clips are resampled to 22050 Hz. A clip in which no period is found (no comb between 8 and 450 Hz
    fits) has no firing rate, orders or harmonicity; it is left out of those, and `rhythmic` says which remain.
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
    )


def describe_clip(clip: NDArray[np.float32]) -> _Description:
    """Describe one usable clip at 22050 Hz, (time,)."""
    centred = clip.astype(np.float64) - clip.mean(dtype=np.float64)
    firing = find_firing(centred)
    return _Description(
        firing,
        np.empty(0) if firing is None else order_levels(centred, firing.rate),
        0.0 if firing is None else harmonic_to_noise(centred, firing.rate),
        modulation_spectrum(centred),
        long_term_mel(centred, RATE, LONG_TERM_BANDS),
    )


def find_firing(clip: NDArray[np.floating]) -> Firing | None:
    """The rate of the firing pulses, or None if nothing repeats.

    The autocorrelations of the waveform and of three bands' envelopes are added up: an exhaust may sing at its own
    resonance while only the envelopes show the firing. Among the rates whose comb fits best the highest is taken:
    a cycle of several cylinders repeats as well, at a fraction of the firing rate.
    """
    envelopes = band_envelopes(clip, _PULSE_BANDS)
    share = (1 - _WAVEFORM_SHARE) / len(envelopes)
    correlation = _WAVEFORM_SHARE * autocorrelation(clip)
    for envelope in envelopes:
        correlation += share * autocorrelation(_without_slow_changes(envelope))
    fit = comb_fit(correlation)
    peaks = find_peaks(fit)[0]
    if len(peaks) == 0 or fit[peaks].max() <= 0:
        return None
    best = peaks[fit[peaks] >= _BEST_SHARE * fit[peaks].max()][-1]
    rate = float(_FIRING_RATES[best])
    return Firing(rate, float(np.clip(correlation[round(RATE / rate)], 0.0, 1.0)))


def comb_fit(correlation: Floats) -> Floats:
    """How well each of a grid of firing rates explains a correlation: (rates,) from (lags,).

    The mean of the correlation at up to twelve multiples of the period, less half its mean midway between them. The
    resonance of a pipe dies out before the later multiples; twice the true period is high midway too.
    """
    multiples = np.arange(1, _COMB_TEETH + 1)
    periods = RATE / _FIRING_RATES[:, None]
    heard = periods * multiples < len(correlation) - 1
    lags = np.arange(len(correlation))
    teeth = np.interp(periods * multiples, lags, correlation) * heard
    gaps = np.interp(periods * (multiples - 0.5), lags, correlation) * heard
    return np.asarray((teeth.sum(axis=1) - 0.5 * gaps.sum(axis=1)) / np.maximum(heard.sum(axis=1), 1))


def autocorrelation(signal: NDArray[np.floating]) -> Floats:
    """Autocorrelation relative to lag 0, (time // 2,), each lag divided by the length of its overlap."""
    length = len(signal)
    spectrum = rfft(signal, next_fast_len(2 * length, real=True))
    sums = irfft(np.abs(spectrum) ** 2, next_fast_len(2 * length, real=True))[: length // 2]
    return np.asarray(sums / max(sums[0], 1e-30) / (1 - np.arange(length // 2) / length))


def band_envelopes(clip: NDArray[np.floating], bands: tuple[tuple[float, float], ...]) -> list[Floats]:
    """Envelopes |analytic signal| of bands in Hz, (time,) each, by Butterworth gains of order 2 without delay."""
    length = next_fast_len(len(clip))
    spectrum = rfft(clip.astype(np.float32), length)
    frequencies = np.maximum(np.arange(length // 2 + 1) * (RATE / length), 1e-9)
    envelopes = []
    for low, high in bands:
        gain = 1 / np.sqrt((1 + (low / frequencies) ** 4) * (1 + (frequencies / high) ** 4))
        analytic = np.zeros(length, dtype=np.complex64)  # single precision is plenty, and twice as fast
        analytic[: len(gain)] = 2 * gain * spectrum
        envelopes.append(np.abs(ifft(analytic))[: len(clip)].astype(np.float64))
    return envelopes


def _without_slow_changes(envelope: Floats, low: float = 4.0, high: float = 500.0) -> Floats:
    """An envelope with its mean, swells below 4 Hz and flutter above 500 Hz taken out."""
    spectrum = rfft(envelope - envelope.mean())
    frequencies = np.maximum(np.fft.rfftfreq(len(envelope), 1 / RATE), 1e-9)
    gain = 1 / np.sqrt((1 + (low / frequencies) ** 4) * (1 + (frequencies / high) ** 4))
    return np.asarray(irfft(gain * spectrum, len(envelope)))


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
