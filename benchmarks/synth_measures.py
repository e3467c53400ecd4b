"""Measures of engine sound, computed only from the samples: firing rate, orders, noise, modulation, spectrum.

They do not depend on how a clip was made, so recordings and synthesised clips are measured alike.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import signal
from scipy.stats import wasserstein_distance

Array = NDArray[np.float64]

ENVELOPE_BANDS_HZ = ((60.0, 400.0), (400.0, 1500.0), (1500.0, 6000.0))
MODULATION_BANDS_HZ = ((60.0, 300.0), (300.0, 1200.0), (1200.0, 3500.0), (3500.0, 9000.0))
FIRING_RANGE_HZ = (450.0, 8.0)
MODULATION_EDGES_HZ = np.geomspace(3.0, 250.0, 13)
MEL_BANDS = 40
HALF_ORDERS = 24


@dataclass(frozen=True)
class Description:
    """The measures of one clip.

    firing_hz: strongest repetition rate; periodicity: its normalised autocorrelation, 0 to 1; hnr_db:
    harmonic-to-noise ratio at that rate; orders_db (24,): level at half orders of the rate re the strongest;
    modulation_db (48,): envelope spectrum in 4 bands x 12 rates; spectrum_db (40,): long-term mel spectrum re
    its sum; flux_db: mean frame-to-frame change of the mel spectrum.
    """

    firing_hz: float
    periodicity: float
    hnr_db: float
    orders_db: Array
    modulation_db: Array
    spectrum_db: Array
    flux_db: float


def describe(samples: Array, sample_rate: int) -> Description:
    """Measure one mono clip `(time,)`, which should be at least one second long."""
    samples = samples - samples.mean()
    rate, periodicity = estimate_firing(samples, sample_rate)
    spectrum, flux = _mel_statistics(samples, sample_rate)
    return Description(
        firing_hz=rate,
        periodicity=periodicity,
        hnr_db=harmonic_to_noise_db(samples, sample_rate, rate),
        orders_db=_order_profile(samples, sample_rate, rate),
        modulation_db=_modulation(samples, sample_rate),
        spectrum_db=spectrum,
        flux_db=flux,
    )


def estimate_firing(samples: Array, sample_rate: int) -> tuple[float, float]:
    """Strongest early peak of the autocorrelation of the waveform and of three bands' envelopes: (Hz, strength)."""
    envelope_filter = signal.butter(2, [4.0, 500.0], "bandpass", fs=sample_rate, output="sos")
    correlation = 0.4 * _autocorrelation(samples)
    for band in ENVELOPE_BANDS_HZ:
        envelope = _envelope(samples, sample_rate, band)
        correlation += 0.2 * _autocorrelation(signal.sosfilt(envelope_filter, envelope - envelope.mean()))
    first, last = (int(sample_rate / limit) for limit in FIRING_RANGE_HZ)
    peaks = signal.find_peaks(correlation[first:last])[0] + first
    if len(peaks) == 0:
        return 30.0, 0.0
    heights = correlation[peaks]
    earliest = int(peaks[heights >= 0.85 * heights.max()][0])
    return sample_rate / earliest, float(correlation[earliest])


def harmonic_to_noise_db(samples: Array, sample_rate: int, rate: float) -> float:
    """Harmonic-to-noise ratio from the autocorrelation r at one period: 10 log10(r / (1 - r)) (Boersma 1993)."""
    correlation = _autocorrelation(samples)
    lag = int(sample_rate / rate)
    near = correlation[max(2, lag - 6) : lag + 7]
    r = float(np.clip(near.max(), 1e-3, 0.999))
    return float(10 * np.log10(r / (1 - r)))


def distances(real: Sequence[Description], other: Sequence[Description]) -> dict[str, float]:
    """Mean one-dimensional Wasserstein distance per measure; dB, or octaves for the firing rate."""

    def scalar(name: str) -> float:
        a, b = (np.array([getattr(item, name) for item in items]) for items in (real, other))
        return float(wasserstein_distance(a, b))

    def vector(name: str) -> float:
        a, b = (np.array([getattr(item, name) for item in items]) for items in (real, other))
        return float(np.mean([wasserstein_distance(a[:, k], b[:, k]) for k in range(a.shape[1])]))

    return {
        "firing rate (octaves)": _octave_distance(real, other),
        "periodicity (0..1)": scalar("periodicity"),
        "harmonic-to-noise (dB)": scalar("hnr_db"),
        "half orders (dB)": vector("orders_db"),
        "modulation (dB)": vector("modulation_db"),
        "long-term spectrum (dB)": vector("spectrum_db"),
        "spectral flux (dB)": scalar("flux_db"),
    }


def _octave_distance(real: Sequence[Description], other: Sequence[Description]) -> float:
    a, b = (np.log2([item.firing_hz for item in items]) for items in (real, other))
    return float(wasserstein_distance(a, b))


def _autocorrelation(samples: Array) -> Array:
    """Unbiased normalised autocorrelation at lags up to half the clip."""
    count = len(samples)
    power = np.abs(np.fft.rfft(samples, 2 * count)) ** 2
    raw = np.fft.irfft(power)[: count // 2]
    result: Array = raw / (raw[0] + 1e-12) / (1 - np.arange(count // 2) / count)
    return result


def _envelope(samples: Array, sample_rate: int, band: tuple[float, float]) -> Array:
    band_filter = signal.butter(2, band, "bandpass", fs=sample_rate, output="sos")
    envelope: Array = np.abs(signal.hilbert(signal.sosfilt(band_filter, samples)))
    return envelope


def _order_profile(samples: Array, sample_rate: int, rate: float) -> Array:
    """Energy within 15 % of the spacing around each half order of `rate`, in dB re the strongest."""
    size = 4 * len(samples)
    power = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), size)) ** 2
    frequency = np.fft.rfftfreq(size, 1 / sample_rate)
    total = np.append(0.0, np.cumsum(power))
    centre = 0.5 * rate * np.arange(1, HALF_ORDERS + 1)
    low, high = (np.searchsorted(frequency, centre + sign * 0.075 * rate) for sign in (-1, 1))
    energy = total[high] - total[low]
    result: Array = 10 * np.log10(energy / energy.max() + 1e-6)
    return result


def _modulation(samples: Array, sample_rate: int) -> Array:
    levels = []
    for band in MODULATION_BANDS_HZ:
        envelope = _envelope(samples, sample_rate, band)[::20]
        envelope = envelope / envelope.mean() - 1
        frequency, power = signal.welch(envelope, sample_rate / 20, nperseg=min(1024, len(envelope)))
        for low, high in itertools.pairwise(MODULATION_EDGES_HZ):
            chosen = power[(frequency >= low) & (frequency < high)]
            levels.append(10 * np.log10(chosen.mean() + 1e-7) if len(chosen) else -70.0)
    return np.array(levels)


def _mel_statistics(samples: Array, sample_rate: int) -> tuple[Array, float]:
    """Long-term mel spectrum in dB re its sum, and the mean absolute change between frames 46 ms apart, in dB."""
    size, hop = 4096, 1024
    frames = np.lib.stride_tricks.sliding_window_view(samples, size)[::hop] * np.hanning(size)
    power = np.abs(np.fft.rfft(frames, axis=1)) ** 2
    mel = power @ _mel_filters(sample_rate, size).T + 1e-12
    mean = mel.mean(0)
    flux = np.abs(np.diff(10 * np.log10(mel), axis=0)).mean() if len(mel) > 1 else 0.0
    return 10 * np.log10(mean / mean.sum() + 1e-9), float(flux)


def _mel_filters(sample_rate: int, size: int) -> Array:
    """Triangular filters of equal area, evenly spaced in mel (O'Shaughnessy) from 30 Hz to half the rate."""
    low_mel, high_mel = (2595 * np.log10(1 + limit / 700) for limit in (30.0, sample_rate / 2))
    edges = 700 * (10 ** (np.linspace(low_mel, high_mel, MEL_BANDS + 2) / 2595) - 1)
    frequency = np.fft.rfftfreq(size, 1 / sample_rate)
    low, centre, high = (edges[k : k + MEL_BANDS, None] for k in range(3))
    rising, falling = (frequency - low) / (centre - low), (high - frequency) / (high - centre)
    filters: Array = np.maximum(0, np.minimum(rising, falling)) * 2 / (high - low)
    return filters
