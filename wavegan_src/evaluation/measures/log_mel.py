"""Fréchet distance of log-mel statistics: a cheap measure of how far generated clips are from real ones.

Each clip is described by the mean and the standard deviation over time of its log-mel spectrum; two sets of clips
are compared by the Fréchet distance of Gaussians fitted to these descriptions (the construction of FID,
arXiv 1706.08500, equation 6, without a learned embedding).
"""

from functools import lru_cache

import torch
from torch import Tensor

from wavegan_src.evaluation.measures import fad as frechet

MEL_BANDS = 64
FFT_SECONDS = 0.0464  # 1024 samples at 22050 Hz
LOWEST_HZ = 20.0
FLOOR_DB = -80.0


def log_mel_spectrogram(clips: Tensor, sample_rate: int) -> Tensor:
    """Log-mel power spectrogram in dB, no less than -80.

    Args:
        clips: `(batch, time)` in [-1, 1].
        sample_rate: in Hz.

    Returns:
        `(batch, bands, frames)`; a full-scale sine reads about 0 dB in its band.
    """
    size = max(64, round(sample_rate * FFT_SECONDS))
    window = torch.hann_window(size)
    spectrum = torch.stft(
        clips, size, hop_length=size // 4, window=window, center=True, pad_mode="constant", return_complex=True
    )
    power = spectrum.abs().square() * (2 / window.sum()) ** 2
    bands = mel_filterbank(sample_rate, size) @ power
    return 10 * torch.log10(bands.clamp_min(10 ** (FLOOR_DB / 10)))


@lru_cache(maxsize=4)
def mel_filterbank(sample_rate: int, fft_size: int) -> Tensor:
    """Triangular mel filters of peak 1, `(bands, fft_size // 2 + 1)` (the mel scale of HTK: 2595 log10(1 + f/700))."""
    frequencies = torch.linspace(0, sample_rate / 2, fft_size // 2 + 1)
    edges = torch.linspace(
        _mel(torch.tensor(LOWEST_HZ)).item(), _mel(torch.tensor(sample_rate / 2)).item(), MEL_BANDS + 2
    )
    centres_hz = 700 * (10 ** (edges / 2595) - 1)
    lower, centre, upper = centres_hz[:-2, None], centres_hz[1:-1, None], centres_hz[2:, None]
    rising = (frequencies - lower) / (centre - lower)
    falling = (upper - frequencies) / (upper - centre)
    filters = torch.minimum(rising, falling).clamp_min(0)
    # At low frequencies a filter can fall between two bins of the FFT: it then takes the nearest one.
    empty = filters.sum(1) == 0
    nearest = (frequencies[None, :] - centre).abs().argmin(1)
    filters[empty, nearest[empty]] = 1.0
    return filters


def describe_clips(clips: Tensor, sample_rate: int, batch: int = 32) -> Tensor:
    """Mean and standard deviation over time of each clip's log-mel spectrum, `(clips, 2 * bands)`, in dB."""
    rows = []
    for part in torch.split(clips, batch):
        levels = log_mel_spectrogram(part, sample_rate)
        rows.append(torch.cat([levels.mean(2), levels.std(2, correction=0)], dim=1))
    return torch.cat(rows).double()


def frechet_distance(x: Tensor, y: Tensor) -> float:
    """Fréchet distance between Gaussians fitted to two sets of vectors.

    It grows with smaller sets (its bias): compare values only at equal counts.

    Args:
        x: `(count, dimensions)`, float64, at least two rows.
        y: the same for the other set.
    """
    if len(x) < 2 or len(y) < 2:
        raise ValueError("a Fréchet distance needs at least two clips on each side")
    return frechet.frechet_distance(x.numpy(), y.numpy())


def mean_pairwise_distance(described: Tensor) -> float | None:
    """How different the clips of one set sound: the mean Euclidean distance of two of them; None below two clips.

    Args:
        described: `(count, dimensions)`, what `describe_clips` returns, in dB.
    """
    return float(torch.nn.functional.pdist(described).mean()) if len(described) > 1 else None


def _mel(frequency: Tensor) -> Tensor:
    return 2595 * torch.log10(1 + frequency / 700)
