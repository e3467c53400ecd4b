"""Statistics of the training clips that the generator starts from: average spectra, firing rates, steadiness.

Initialised with these, it matches the recorded engines in tone and speed at once; training adds the rest.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from scipy.stats import rankdata
from torch import Tensor

from wavegan_src.architectures.engine import SPECTRUM_WINDOW, hop_length
from wavegan_src.dsp.arrays import Floats
from wavegan_src.dsp.clips import resample
from wavegan_src.dsp.firing import RATE, find_firing
from wavegan_src.models.engine.generator import DEFAULT_RATE, QUANTILES, ClipStatistics

FEWEST_CORRELATED = 8  # clips; fewer say too little
MOST_CORRELATED = 0.9  # largest correlation of the firing rate with all factors together
_WINDOW_S = 0.75  # parts of a clip whose firing rates show how steadily it runs
_SAME_RATE = 0.1  # octaves: a part farther off was detected at a multiple of its rate
POWER_FLOOR = 1e-9  # of power, below 16-bit rounding


def measure(clips: Tensor, sample_rate: int, components: int) -> ClipStatistics:
    """Measure training clips `(clips, time)` in [-1, 1], with up to `components` principal components."""
    mean, scaled, factors = principal_components(average_spectra(clips, sample_rate), components)
    rhythm = _rhythm(resample(clips.numpy(), sample_rate, RATE))
    loadings = torch.zeros(components)
    loadings[: factors.shape[1]] = rate_loadings(rhythm.rates, factors[rhythm.heard])
    return ClipStatistics(
        mean, scaled, _quantiles(rhythm.rates, math.log2(DEFAULT_RATE)), _quantiles(rhythm.swings, 0.0), loadings
    )


def principal_components(spectra: Tensor, components: int) -> tuple[Tensor, Tensor, Tensor]:
    """The mean of spectra `(clips, bins)`, `(bins,)`; their principal components; and each clip's factors.

    The components `(components, bins)` are scaled by their standard deviations; those that there are too few clips for
    are zeros. The factors `(clips, found)` of the others have variance 1.
    """
    mean = spectra.mean(0)
    factors, spread, axes = torch.linalg.svd(spectra - mean, full_matrices=False)
    found, unit = min(components, len(spectra) - 1), max(len(spectra) - 1, 1) ** 0.5
    scaled = torch.zeros(components, len(mean))
    scaled[:found] = axes[:found] * (spread[:found] / unit)[:, None]
    return mean, scaled, unit * factors[:, :found]


def average_spectra(clips: Tensor, sample_rate: int) -> Tensor:
    """Natural logarithm of each clip's root-mean-square short-time magnitudes: `(clips, bins)` of `(clips, time)`."""
    size = SPECTRUM_WINDOW * hop_length(sample_rate)
    window = torch.hann_window(size, device=clips.device)
    powers = [
        torch.stft(part, size, size // 4, window=window, center=False, return_complex=True).abs().square().mean(-1)
        for part in torch.split(clips, 64)
    ]
    return 0.5 * torch.cat(powers).add(POWER_FLOOR).log()


def rate_loadings(rates: Floats, factors: Tensor) -> Tensor:
    """Correlations `(n,)` of the normal score of clips' firing rates `(clips,)` with uncorrelated factors `(clips, n)`.

    Large engines sound dark and turn slowly, so tone and rate are not drawn independently. Correlations within the
    range of chance are dropped; the rest are limited so that they never determine the rate entirely.
    """
    loadings = torch.zeros(factors.shape[1])
    if len(rates) < FEWEST_CORRELATED:
        return loadings
    ranks = torch.from_numpy(rankdata(rates)).float()
    normal = torch.special.ndtri((ranks - 0.5) / len(ranks))
    found = (normal[:, None] * factors).mean(0)
    by_chance = 2 / len(rates) ** 0.5
    loadings = torch.where(found.abs() > by_chance, found, loadings)
    return loadings * min(1.0, MOST_CORRELATED / max(float(loadings.norm()), 1e-6))


@dataclass(frozen=True)
class _Rhythm:
    """The clips with a firing rate: their indices, log2 of the rate, and its spread within each in octaves."""

    heard: list[int]
    rates: Floats
    swings: Floats


def _rhythm(clips: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> _Rhythm:
    heard, rates, swings = [], [], []
    length = min(int(_WINDOW_S * RATE), clips.shape[1])
    for index, clip in enumerate(clips):
        firing = find_firing(clip - clip.mean())
        if firing is None:
            continue
        parts = [find_firing(clip[start : start + length]) for start in range(0, len(clip) - length + 1, length // 2)]
        near = [np.log2(part.rate / firing.rate) for part in parts if part is not None]
        near = [offset for offset in near if abs(offset) < _SAME_RATE]
        heard.append(index)
        rates.append(np.log2(firing.rate))
        swings.append(float(np.std(near)) if near else 0.0)
    return _Rhythm(heard, np.array(rates), np.array(swings))


def _quantiles(values: Floats, default: float) -> Tensor:
    if not len(values):
        return torch.full((QUANTILES,), default)
    return torch.from_numpy(np.quantile(values, np.linspace(0, 1, QUANTILES))).float()
