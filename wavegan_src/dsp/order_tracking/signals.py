"""The two signals in which an engine's cycle shows: its low tones, and how loud its higher ones are."""

from dataclasses import dataclass

import numpy as np
import soxr
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d
from scipy.signal import butter, sosfilt

from wavegan_src.dsp.arrays import F32

ANALYSIS_RATE = 1200  # Hz
_WIDE_RATE = 12000  # Hz, for the envelopes
_BANDS = ((300.0, 1200.0), (1200.0, 5500.0))  # Hz: knock and valves, audible where the exhaust is not
_SLOW = 0.2  # s: slower changes of loudness are not the engine's cycle
_SILENCE = 1e-9


@dataclass(frozen=True)
class AnalysisSignals:
    """Both signals `(2, time)` at 1600 Hz: the waveform, and the summed envelopes of two bands."""

    samples: F32

    @property
    def seconds(self) -> float:
        """Their length."""
        return float(self.samples.shape[1] / ANALYSIS_RATE)


def analysis_signals(audio: NDArray[np.floating], rate: int) -> AnalysisSignals:
    """The analysis signals of a recording `(time,)` at `rate` Hz, of any level."""
    level = max(float(np.abs(audio).max(initial=0.0)), _SILENCE)
    sound = (audio / level).astype(np.float32)
    waveform = soxr.resample(sound, rate, ANALYSIS_RATE, quality="MQ")
    wide = soxr.resample(sound, rate, _WIDE_RATE, quality="MQ") if rate > _WIDE_RATE else sound
    wide_rate = min(rate, _WIDE_RATE)
    loudness = np.zeros_like(waveform)
    for low, high in _BANDS:
        if low >= 0.45 * wide_rate:
            continue
        band = butter(3, (low, min(high, 0.45 * wide_rate)), "bandpass", fs=wide_rate, output="sos")
        envelope = np.sqrt(np.abs(sosfilt(band, wide)))
        slow = soxr.resample(envelope.astype(np.float32), wide_rate, ANALYSIS_RATE, quality="MQ")
        slow = _fit(slow, len(waveform))
        slow = slow - uniform_filter1d(slow, int(_SLOW * ANALYSIS_RATE))
        loudness += slow / max(float(slow.std()), _SILENCE)
    return AnalysisSignals(np.stack([waveform, loudness]).astype(np.float32))


def _fit(signal: F32, length: int) -> F32:
    return np.pad(signal, (0, max(0, length - len(signal))))[:length]
