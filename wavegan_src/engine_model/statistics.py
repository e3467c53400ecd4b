"""What the generator is told of the training clips before it learns: average spectra, firing rates, steadiness.

A network started from these sounds like the set's engines in tone and speed at once; training adds the rest.
"""

import numpy as np
import torch
from torch import Tensor

from wavegan_src.engine_model.frames import LONG_WINDOW, hop_length
from wavegan_src.engine_model.generator import DEFAULT_RATE, QUANTILES, ClipStatistics
from wavegan_src.evaluation.clips import resample
from wavegan_src.evaluation.engine import RATE, find_firing
from wavegan_src.evaluation.measurement import Floats

_WINDOW_S = 0.75  # parts of a clip whose firing rates tell how steady it runs
_SAME_RATE = 0.1  # octaves: a part farther away was taken for a multiple of its rate
_FLOOR = 1e-9  # of power, below 16-bit rounding


def measure(clips: Tensor, sample_rate: int, components: int) -> ClipStatistics:
    """Describe training clips `(clips, time)` in [-1, 1] by up to `components` principal components."""
    spectra = average_spectra(clips, sample_rate)
    mean = spectra.mean(0)
    _, spread, axes = torch.linalg.svd(spectra - mean, full_matrices=False)
    found = min(components, len(clips) - 1)
    scaled = torch.zeros(components, len(mean))
    scaled[:found] = axes[:found] * (spread[:found] / max(len(clips) - 1, 1) ** 0.5)[:, None]
    rates, swings = _rhythm(resample(clips.numpy(), sample_rate, RATE))
    return ClipStatistics(mean, scaled, _quantiles(rates), _quantiles(swings))


def average_spectra(clips: Tensor, sample_rate: int) -> Tensor:
    """Natural logarithm of each clip's root-mean-square short-time magnitudes: `(clips, bins)` of `(clips, time)`."""
    size = LONG_WINDOW * hop_length(sample_rate)
    window = torch.hann_window(size)
    powers = [
        torch.stft(part, size, size // 4, window=window, center=False, return_complex=True).abs().square().mean(-1)
        for part in torch.split(clips, 64)
    ]
    return 0.5 * torch.cat(powers).add(_FLOOR).log()


def _rhythm(clips: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> tuple[Floats, Floats]:
    """log2 of the firing rate of every clip that has one, and how far it swings within the clip, in octaves."""
    rates, swings = [], []
    length = min(int(_WINDOW_S * RATE), clips.shape[1])
    for clip in clips:
        firing = find_firing(clip - clip.mean())
        if firing is None:
            continue
        parts = [find_firing(clip[start : start + length]) for start in range(0, len(clip) - length + 1, length // 2)]
        near = [np.log2(part.rate / firing.rate) for part in parts if part is not None]
        near = [offset for offset in near if abs(offset) < _SAME_RATE]
        rates.append(np.log2(firing.rate))
        swings.append(float(np.std(near)) if near else 0.0)
    if not rates:
        return np.array([np.log2(DEFAULT_RATE)]), np.zeros(1)
    return np.array(rates), np.array(swings)


def _quantiles(values: Floats) -> Tensor:
    return torch.from_numpy(np.quantile(values, np.linspace(0, 1, QUANTILES))).float()
