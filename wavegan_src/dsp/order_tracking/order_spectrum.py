"""A recording's mean spectrum by order: time is stretched until the tracked rate is constant."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.fft import rfft

from wavegan_src.dsp.arrays import F32, Floats, Indices
from wavegan_src.dsp.order_tracking.evidence import HOP, whiten
from wavegan_src.dsp.order_tracking.signals import ANALYSIS_RATE, AnalysisSignals

_PER_PERIOD = 32  # samples: orders up to 16
_WHITENING = 3.0  # orders, over which the spectrum's own shape is averaged


@dataclass(frozen=True)
class OrderSpectrum:
    """Levels in nepers above the mean around them, (bins,), `per_order` bins from one order to the next."""

    levels: F32
    per_order: float

    def at(self, orders: Floats) -> Floats:
        """The levels at orders, (n,): the highest of three bins; NaN above the spectrum."""
        bins = np.rint(orders * self.per_order).astype(np.int64)
        last = len(self._peaks) - 1
        return np.where(bins <= last, self._peaks[np.minimum(np.maximum(bins, 1), last)], np.nan)

    @cached_property
    def _peaks(self) -> F32:
        """The highest of each bin and its neighbours."""
        return np.maximum(np.maximum(self.levels[:-1], np.roll(self.levels[:-1], 1)), self.levels[1:])


def order_spectrum(signals: AnalysisSignals, rates: Floats, periods: int) -> OrderSpectrum:
    """The mean over both signals and over blocks of so many periods (or all there are) of rates in Hz (frames,)."""
    times = np.arange(signals.samples.shape[1]) / ANALYSIS_RATE
    turns = np.cumsum(np.interp(times, np.arange(len(rates)) * HOP, rates)) / ANALYSIS_RATE
    count = max(int(turns[-1] * _PER_PERIOD), 2)
    positions = np.interp(np.arange(count) / _PER_PERIOD, turns, times) * ANALYSIS_RATE
    whole = np.minimum(positions.astype(np.int64), max(len(times) - 2, 0))
    part = (positions - whole).astype(np.float32)
    size = min(periods * _PER_PERIOD, count)
    per_order = 2 * size / _PER_PERIOD
    levels = [_mean_levels(signal, whole, part, size, per_order) for signal in signals.samples]
    return OrderSpectrum(np.mean(levels, axis=0, dtype=np.float32), per_order)


def _mean_levels(signal: F32, whole: Indices, part: F32, size: int, per_order: float) -> F32:
    turned = signal[whole] * (1 - part) + signal[np.minimum(whole + 1, len(signal) - 1)] * part
    blocks = np.lib.stride_tricks.sliding_window_view(turned, size)[:: max(1, size // 2)]
    spectrum = rfft(blocks * np.hanning(size).astype(np.float32), 2 * size)
    levels = 0.5 * np.log(spectrum.real**2 + spectrum.imag**2 + np.float32(1e-16))
    averaged: F32 = whiten(levels.astype(np.float32), max(3, round(_WHITENING * per_order))).mean(axis=0)
    return averaged
