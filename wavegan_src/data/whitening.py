"""Spectral whitening: a filter that flattens the training set's average spectrum, and its inverse.

The description's "spectral normalisation" of the data. Most of an engine's power is in the lowest tenth of the
spectrum; a flat spectrum lets the networks see the rest. The filter is smooth and has no phase, it is applied in the
frequency domain, and it is stored with the model, so that generated clips can be given their spectrum back.
"""

import contextlib
import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from wavegan_src.data.clips.cache import CachedClips
from wavegan_src.data.clips.shards import Shards
from wavegan_src.dsp.clips import I16, PEAK_LEVEL, from_int16
from wavegan_src.utils.files import write_bytes_atomically
from wavegan_src.utils.reading import read_regular

WHITENING_VERSION = 2  # increase it when `measure` gives another filter: stored filters are looked up by it
POINTS = 128
LOWEST = 1e-3  # of the Nyquist frequency: 11 Hz at 22050 Hz
MAX_GAIN_DB = 40.0
MOST_CLIPS = 2000
CHUNK_CLIPS = 32
LEVEL_CLIPS = 64  # evenly spread clips that determine the filter's overall gain

F64 = NDArray[np.float64]


@dataclass(frozen=True)
class Whitening:
    """A zero-phase filter, given by the average spectrum that it flattens.

    response_db: that spectrum in dB, float32 `(128,)`, at frequencies spaced evenly on a logarithmic scale from 1/1000
    of the Nyquist frequency to the Nyquist frequency. Its shape is within ±40 dB of the spectrum's mean; an added
    constant makes the filter keep the median clip's peak.
    """

    response_db: torch.Tensor

    def apply(self, clips: torch.Tensor) -> torch.Tensor:
        """Whiten clips `(batch, 1, time)` without adjusting their level."""
        return self._filter(clips, sign=-1.0)

    def invert(self, clips: torch.Tensor) -> torch.Tensor:
        """Give whitened clips `(batch, 1, time)` their spectrum back; one that would exceed 1 is scaled down to 1."""
        coloured = self._filter(clips, sign=1.0)
        return coloured / coloured.abs().amax(dim=-1, keepdim=True).clamp(min=1.0)

    def to_tensor(self) -> torch.Tensor:
        """The filter as a plain float32 tensor `(128,)`, for a checkpoint."""
        return self.response_db.detach().clone()

    @classmethod
    def from_tensor(cls, tensor: torch.Tensor) -> "Whitening":
        """The filter from what `to_tensor` returned.

        Raises:
            ValueError: the tensor is not such a filter.
        """
        if tensor.shape != (POINTS,) or not bool(torch.isfinite(tensor).all()):
            raise ValueError(
                f"a whitening filter has {POINTS} finite values, not a tensor of shape {tuple(tensor.shape)}"
            )
        return cls(tensor.detach().to("cpu", torch.float32).clone())

    def _filter(self, clips: torch.Tensor, sign: float) -> torch.Tensor:
        length = clips.shape[-1]
        gain = torch.from_numpy(gain_at_bins(self.response_db.numpy(), length, sign)).to(clips.device, clips.dtype)
        filtered: torch.Tensor = torch.fft.irfft(torch.fft.rfft(clips) * gain, n=length)
        return filtered


def whiten_batch(clips: torch.Tensor, whitening: Whitening) -> torch.Tensor:
    """Whiten clips `(batch, 1, time)` and bring each to a peak of 0.95."""
    white = whitening.apply(clips)
    return white * (PEAK_LEVEL / white.abs().amax(dim=-1, keepdim=True).clamp(min=1e-8))


def gain_at_bins(response_db: NDArray[np.float32], length: int, sign: float) -> NDArray[np.float32]:
    """Gains of the bins of a `length`-sample transform, `(length // 2 + 1,)`; constant below the lowest point."""
    bins = np.arange(length // 2 + 1) / (length / 2)
    decibels = np.interp(np.log(np.maximum(bins, LOWEST)), np.log(grid()), response_db.astype(np.float64))
    return (10.0 ** (sign * decibels / 20.0)).astype(np.float32)


def grid() -> F64:
    """Frequencies of the filter's points, as shares of the Nyquist frequency, `(128,)`."""
    return np.geomspace(LOWEST, 1.0, POINTS)


def choose_clips(train: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """The clips to measure: all, or 2000 drawn with the seed; ascending."""
    if len(train) <= MOST_CLIPS:
        return np.sort(train)
    generator = np.random.default_rng([seed, 0x77686974])
    return np.sort(generator.choice(train, MOST_CLIPS, replace=False))


def measure(samples: I16 | Shards, indices: NDArray[np.int64]) -> Whitening:
    """Measure the average spectrum of the clips `indices` of int16 `(clips, time)`.

    The filter's overall gain keeps the peak of the median clip, so that clips generated in the whitened domain return
    to the level of the recordings.
    """
    shape = from_power(_average_power(samples, indices))
    chosen = indices[:: max(1, len(indices) // LEVEL_CLIPS)]
    clips = torch.from_numpy(from_int16(samples[chosen]))
    gains_db = 20 * torch.log10(_peaks(shape.apply(clips)) / _peaks(clips))
    return Whitening(shape.response_db + gains_db.median())


def from_power(power: F64) -> Whitening:
    """The filter for an average power spectrum `(time // 2 + 1,)`, smoothed to the grid's resolution."""
    bins = np.arange(len(power)) / max(len(power) - 1, 1)
    points = grid()
    half_step = (points[1] / points[0]) ** 0.5
    summed = np.concatenate([[0.0], np.cumsum(power)])
    low = np.clip(np.searchsorted(bins, points / half_step), 0, len(power) - 1)
    high = np.clip(np.searchsorted(bins, points * half_step), low + 1, len(power))  # at least the nearest bin
    smooth = (summed[high] - summed[low]) / (high - low)
    # Where there is almost no power, the rounding of the cumulative sum can give zero or less.
    decibels = 10.0 * np.log10(np.maximum(smooth, max(float(power.max()), 1e-30) * 1e-12))
    decibels -= decibels.mean()
    return Whitening(torch.from_numpy(np.clip(decibels, -MAX_GAIN_DB, MAX_GAIN_DB).astype(np.float32)))


def _peaks(clips: torch.Tensor) -> torch.Tensor:
    return clips.abs().amax(dim=-1).clamp(min=1e-8)


def _average_power(samples: I16 | Shards, indices: NDArray[np.int64]) -> F64:
    total = np.zeros(samples.shape[1] // 2 + 1)
    for chunk in _chunks(indices):
        spectrum = np.fft.rfft(from_int16(samples[chunk]), axis=1)
        total += np.sum(np.square(np.abs(spectrum), dtype=np.float64), axis=0)
    return total / max(len(indices), 1)


def _chunks(indices: NDArray[np.int64]) -> Iterable[NDArray[np.int64]]:
    return (indices[at : at + CHUNK_CLIPS] for at in range(0, len(indices), CHUNK_CLIPS))


def load_or_measure(clips: CachedClips, train: NDArray[np.int64], seed: int) -> Whitening:
    """The filter for these training clips, read from next to the clips, or measured now and stored there."""
    chosen = choose_clips(train, seed)
    name = hashlib.blake2b(chosen.tobytes(), digest_size=8).hexdigest()
    path = clips.folder / f"whitening-v{WHITENING_VERSION}-{name}.npy"
    with contextlib.suppress(OSError, ValueError, EOFError, TypeError):
        return Whitening.from_tensor(torch.from_numpy(np.load(io.BytesIO(read_regular(path)), allow_pickle=False)))
    whitening = measure(clips.samples, chosen)
    buffer = io.BytesIO()
    np.save(buffer, whitening.to_tensor().numpy(), allow_pickle=False)
    with contextlib.suppress(OSError):  # it can be measured again
        write_bytes_atomically(path, buffer.getvalue())
    return whitening
