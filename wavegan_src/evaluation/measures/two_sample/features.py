"""What classifiers are given of a clip: families of features, each of one property of sound, and two spectrograms.

Level and length say nothing of an engine, and ends are faded, so each clip loses both ends, gets one level, and is
rounded to 16 bits, as if all had been stored alike.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wavegan_src.dsp.arrays import F32, Clips, Floats, Indices
from wavegan_src.dsp.clips import FULL_SCALE, resample
from wavegan_src.dsp.mel import mel_filters, mel_middles, power_frames
from wavegan_src.utils.parallel import map_items

RATE = 22050  # Hz: all clips are described at this rate
END_SECONDS = 0.1  # left out at both ends
LEVEL = 0.1
MEL_FFT, MEL_HOP, BANDS, LOWEST_HZ = 1024, 256, 96, 20.0
FINE_FFT, FINE_HOP, FINE_BINS = 4096, 512, 256  # up to 1.4 kHz in steps of 5.4 Hz
FLOOR_MEL, FLOOR_FINE = 1e-6, 1e-3  # added before logarithms: 66 and 83 dB below the mean power of a bin
APART = 8  # bands, for the correlation of distant ones
LAGS = (1, 2, 3, 5, 8)  # frames of 11.6 ms
EVERY = 8  # every eighth band, for the autocorrelation
LINE_HZ, LINES_FROM_HZ, LINES_TO_HZ = 45.0, 22.0, 1500.0
_SMALL = 1e-9


@dataclass(frozen=True)
class Described:
    """What classifiers are given of a set of clips.

    Attributes:
        families: by key, (clips, columns).
        log_mel: natural logarithms of mel power, (clips, 96 bands, frames).
        fine: natural logarithms of magnitudes up to 1.4 kHz, (clips, 256 bins, frames).
    """

    families: dict[str, Floats]
    log_mel: F32
    fine: F32

    def __len__(self) -> int:
        return len(self.log_mel)

    def take(self, indices: Indices) -> "Described":
        """Those clips, in that order."""
        families = {key: rows[indices] for key, rows in self.families.items()}
        return Described(families, self.log_mel[indices], self.fine[indices])

    def join(self, other: "Described") -> "Described":
        """These clips and the other ones."""
        families = {key: np.concatenate([rows, other.families[key]]) for key, rows in self.families.items()}
        log_mel, fine = np.concatenate([self.log_mel, other.log_mel]), np.concatenate([self.fine, other.fine])
        return Described(families, log_mel, fine)


@dataclass(frozen=True)
class Views:
    """A clip in the forms that families are computed from.

    Attributes:
        clip: (time,).
        log_mel: (bands, frames); `standard` is the same with mean 0 and deviation 1 over time in each band.
        fine: (bins, frames).
    """

    clip: Floats
    log_mel: Floats
    standard: Floats
    fine: Floats


def describe(
    clips: Clips, rate: int, workers: int | None = None, progress: Callable[[int], None] | None = None
) -> Described:
    """Describe usable clips (see `inputs.screening`) of half a second or more, (clips, time), in parallel processes."""
    described = map_items(describe_clip, list(resample(clips, rate, RATE)), workers, progress)
    return Described(
        {key: np.array([families[key] for families, _, _ in described]) for key in FEATURES},
        np.array([log_mel for _, log_mel, _ in described]),
        np.array([fine for _, _, fine in described]),
    )


def describe_clip(clip: NDArray[np.float32]) -> tuple[dict[str, Floats], F32, F32]:
    """The families and both spectrograms of one clip at 22050 Hz, (time,)."""
    views = view(clip)
    families = {key: np.asarray(function(views), dtype=np.float64) for key, function in FEATURES.items()}
    return families, views.log_mel.astype(np.float32), views.fine.astype(np.float32)


def view(clip: NDArray[np.floating]) -> Views:
    """Level a clip without its ends, and compute its spectrograms."""
    end = round(END_SECONDS * RATE)
    inner = clip[end : len(clip) - end].astype(np.float64)
    inner -= inner.mean()
    inner *= LEVEL / max(float(inner.std()), _SMALL)
    inner = np.round(inner * FULL_SCALE) / FULL_SCALE
    power = power_frames(inner, MEL_FFT, MEL_HOP)
    log_mel = np.log(power @ mel_filters(RATE, MEL_FFT, BANDS, LOWEST_HZ, RATE / 2) + FLOOR_MEL).T
    fine = np.log(np.sqrt(power_frames(inner, FINE_FFT, FINE_HOP)[:, :FINE_BINS]) + FLOOR_FINE).T
    return Views(inner, log_mel, standardise(log_mel), fine)


def standardise(rows: Floats) -> Floats:
    """Rows with mean 0 and deviation 1 each."""
    return np.asarray((rows - rows.mean(axis=1, keepdims=True)) / (rows.std(axis=1, keepdims=True) + 1e-6))


def _moment(rows: Floats, power: int) -> Floats:
    """The mean of a power of rows, each with mean 0 and deviation 1."""
    return np.asarray((standardise(rows) ** power).mean(axis=-1))


def _thirds(views: Views) -> Floats:
    third = views.log_mel.shape[1] // 3
    return np.asarray(np.abs(views.log_mel[:, :third].mean(axis=1) - views.log_mel[:, -third:].mean(axis=1)))


def _autocorrelation(views: Views) -> Floats:
    rows = views.standard[::EVERY]
    return np.concatenate([(rows[:, lag:] * rows[:, :-lag]).mean(axis=1) for lag in LAGS])


def _lines(views: Views) -> Floats:
    """How far the highest line of each 45 Hz stands above the median there, over the whole clip."""
    magnitudes = np.abs(np.fft.rfft(views.clip * np.hanning(len(views.clip))))
    bin_hz = RATE / len(views.clip)
    edges = np.arange(LINES_FROM_HZ, LINES_TO_HZ, LINE_HZ) / bin_hz
    parts = [magnitudes[round(low) : round(high)] for low, high in itertools.pairwise(edges)]
    return np.log([(part.max() + _SMALL) / (np.median(part) + _SMALL) for part in parts])


def _waveform(views: Views) -> Floats:
    skewness, kurtosis = _moment(views.clip[None], 3)[0], _moment(views.clip[None], 4)[0]
    return np.array([skewness, np.log(kurtosis), np.log(np.abs(views.clip).max() / views.clip.std())])


FEATURES: dict[str, Callable[[Views], Floats]] = {
    "mean_spectrum": lambda views: views.log_mel.mean(axis=1),
    "fluctuation": lambda views: views.log_mel.std(axis=1),
    "neighbouring_bands": lambda views: (views.standard[1:] * views.standard[:-1]).mean(axis=1),
    "distant_bands": lambda views: (views.standard[APART:] * views.standard[:-APART]).mean(axis=1),
    "waveform": _waveform,
    "frame_change": lambda views: np.abs(np.diff(views.log_mel, axis=1)).mean(axis=1),
    "band_autocorrelation": _autocorrelation,
    "spectral_ripple": lambda views: np.abs(np.diff(views.fine.mean(axis=1)))[::2],
    "narrow_lines": _lines,
    "line_steadiness": lambda views: views.fine.std(axis=1)[::2],
    "band_skewness": lambda views: _moment(views.log_mel, 3),
    "drift": _thirds,
    "attack_decay": lambda views: _moment(np.diff(views.log_mel, axis=1), 3),
    "band_kurtosis": lambda views: _moment(views.log_mel, 4),
}


def frequencies(family: str) -> Floats:
    """The frequency in Hz of each of a family's features, (columns,); empty where they are not one per frequency."""
    if family in ("band_autocorrelation", "waveform") or family not in FEATURES:
        return np.empty(0)
    bands = mel_middles(BANDS, LOWEST_HZ, RATE / 2)
    bins: Floats = np.arange(FINE_BINS, dtype=np.float64) * (RATE / FINE_FFT)
    lines = np.arange(LINES_FROM_HZ, LINES_TO_HZ, LINE_HZ)
    others: dict[str, Floats] = {
        "neighbouring_bands": (bands[1:] + bands[:-1]) / 2,
        "distant_bands": (bands[APART:] + bands[:-APART]) / 2,
        "spectral_ripple": ((bins[1:] + bins[:-1]) / 2)[::2],
        "narrow_lines": (lines[1:] + lines[:-1]) / 2,
        "line_steadiness": bins[::2],
    }
    return others.get(family, bands)
