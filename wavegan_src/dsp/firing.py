"""How often a clip's sound repeats, from correlations: the rate of its firing pulses, taken to be steady."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.fft import ifft, irfft, next_fast_len, rfft
from scipy.signal import find_peaks

from wavegan_src.dsp.arrays import Floats

RATE = 22050  # samples per second of all clips here

LOWEST_FIRING, HIGHEST_FIRING = 8.0, 450.0  # Hz: a slow idling single, a racing twelve-cylinder
# Bands whose envelopes show the firing pulses, in Hz.
_PULSE_BANDS = ((60.0, 400.0), (400.0, 1500.0), (1500.0, 6000.0))
_WAVEFORM_SHARE = 0.25  # of the waveform's own correlation; the envelopes share the rest
_FIRING_RATES = np.geomspace(LOWEST_FIRING, HIGHEST_FIRING, 900)  # steps of 0.45 %
_COMB_TEETH = 12
BEST_SHARE = 0.9  # combs this close to the best fit count as equally good


@dataclass(frozen=True)
class Firing:
    """The firing rate of a clip in Hz and how periodic the clip is there, from 0 to 1."""

    rate: float
    strength: float


def find_firing(clip: NDArray[np.floating]) -> Firing | None:
    """The rate of the firing pulses, or None if nothing repeats.

    Among the rates whose comb fits best the highest is taken: a cycle of several cylinders repeats as well, at a
    fraction of the firing rate.
    """
    correlation = correlate(clip)
    fit = comb_fit(correlation, _FIRING_RATES)
    peaks = find_peaks(fit)[0]
    if len(peaks) == 0 or fit[peaks].max() <= 0:
        return None
    best = peaks[fit[peaks] >= BEST_SHARE * fit[peaks].max()][-1]
    rate = float(_FIRING_RATES[best])
    return Firing(rate, float(np.clip(correlation[round(RATE / rate)], 0.0, 1.0)))


def correlate(clip: NDArray[np.floating]) -> Floats:
    """The sum of the autocorrelations of the waveform and of three bands' envelopes, (time // 2,).

    An exhaust may sing at its own resonance while only the envelopes show the firing.
    """
    envelopes = band_envelopes(clip, _PULSE_BANDS)
    share = (1 - _WAVEFORM_SHARE) / len(envelopes)
    correlation = _WAVEFORM_SHARE * autocorrelation(clip)
    for envelope in envelopes:
        correlation += share * autocorrelation(_without_slow_changes(envelope))
    return correlation


def comb_fit(correlation: Floats, rates: Floats) -> Floats:
    """How well firing rates in Hz explain a correlation: (rates,) from (lags,) and (rates,).

    The mean of the correlation at up to twelve multiples of the period, less half its mean midway between them. The
    resonance of a pipe dies out before the later multiples; twice the true period is high midway too.
    """
    multiples = np.arange(1, _COMB_TEETH + 1)
    periods = RATE / rates[:, None]
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
