"""Mel spectra of clips, shared by the pairing, the memorisation measure and the long-term spectrum."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from wavegan_src.dsp.arrays import Clips, Floats


@cache
def mel_filters(rate: int, fft: int, bands: int, low: float, high: float) -> Floats:
    """Triangular filters, evenly spaced on the mel scale 2595 log10(1 + f / 700): (fft // 2 + 1, bands).

    Every filter has unit sum, so that a band's value is a mean power and does not grow with its width. A filter that
    is narrower than the bins takes its nearest bin.
    """
    edges = _edges(bands, low, high)
    bins = np.fft.rfftfreq(fft, 1 / rate)[:, None]
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    filters = np.maximum(0.0, np.minimum(rising, falling))
    empty = np.flatnonzero(filters.sum(axis=0) == 0)
    filters[np.abs(bins - edges[1:-1][empty]).argmin(axis=0), empty] = 1.0
    filters /= filters.sum(axis=0)
    filters.setflags(write=False)  # the cache returns the same array
    return filters


def mel_middles(bands: int, low: float, high: float) -> Floats:
    """The frequencies in Hz at which filters of `mel_filters` are largest, (bands,)."""
    return _edges(bands, low, high)[1:-1]


def _edges(bands: int, low: float, high: float) -> Floats:
    return np.asarray(700 * (10 ** (np.linspace(_mel(low), _mel(high), bands + 2) / 2595) - 1))


def _mel(hertz: float) -> float:
    return float(2595 * np.log10(1 + hertz / 700))


def power_frames(clip: NDArray[np.floating], fft: int, hop: int) -> Floats:
    """Power spectra of Hann-windowed frames, (frames, fft // 2 + 1); a clip shorter than a frame is padded."""
    padded = np.pad(clip, (0, max(fft - len(clip), 0))).astype(np.float64)
    frames = np.lib.stride_tricks.sliding_window_view(padded, fft)[::hop]
    return np.asarray(np.abs(np.fft.rfft(frames * np.hanning(fft))) ** 2)


def long_term_mel(clip: NDArray[np.floating], rate: int, bands: int = 40, low: float = 30.0) -> Floats:
    """The average spectrum of a clip in dB relative to the sum of its bands: (bands,). Independent of the level."""
    fft = 4096
    power = power_frames(clip, fft, fft // 4).mean(axis=0) @ mel_filters(rate, fft, bands, low, rate / 2)
    return np.asarray(10 * np.log10(power / power.sum() + 1e-10))


def log_mel_profile(clips: Clips, rate: int, bands: int = 64, floor_db: float = -60.0) -> Floats:
    """A description of a clip that ignores its position in time: mean and spread over time of its log-mel bands.

    Args:
        clips: usable clips (see `clips.screen`), (clips, time).
        rate: samples per second.
        bands: mel bands from 20 Hz to half the rate.
        floor_db: power further below the clip's mean hardly counts.

    Returns:
        (clips, 2 x bands) in dB. The level does not matter: each clip is taken relative to its own mean power.
    """
    fft, hop = 1024, 256
    filters = mel_filters(rate, fft, bands, 20.0, rate / 2)
    profiles = np.empty((len(clips), 2 * bands))
    for profile, clip in zip(profiles, clips, strict=True):
        power = power_frames(clip, fft, hop) @ filters
        decibels = 10 * np.log10(power / power.mean() + 10 ** (floor_db / 10))
        profile[:bands], profile[bands:] = decibels.mean(axis=0), decibels.std(axis=0)
    return profiles
