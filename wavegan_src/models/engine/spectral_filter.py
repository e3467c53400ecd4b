"""Filters that shape white sound: overlapping bands, and a smooth spectrum over a whole clip."""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

HANN_POWER = 0.375  # mean square of a Hann window
BEND = 20.0  # of the spacing of bands, about as in hearing


def band_gains(bands: int, bins: int, bend: float = BEND) -> Tensor:
    """Triangular gains `(bands, bins)` that add up to one, evenly spaced in log(1 + bend f / Nyquist)."""
    place = place_of_band(torch.linspace(0, 1, bins), bands, bend)
    return torch.clamp(1 - (place - torch.arange(bands)[:, None]).abs(), min=0)


def place_of_band(frequencies: Tensor, bands: int, bend: float = BEND) -> Tensor:
    """Where frequencies, as shares of half the sample rate, lie among the middles of `bands`: 0 to `bands` - 1."""
    return torch.log1p(bend * frequencies) / math.log1p(bend) * (bands - 1)


def apply_spectrum(wave: Tensor, spectrum: Tensor) -> Tensor:
    """Give white sound the magnitudes of a spectrum, without delay. It works in a circle: the ends of the clip meet.

    Args:
        wave: `(batch, time)`, of variance 1.
        spectrum: natural logarithm of the magnitudes `(batch, bins)` that are measured in a Hann window of
            `2 * (bins - 1)` samples.
    """
    time, window = wave.shape[1], 2 * (spectrum.shape[1] - 1)
    gains = F.interpolate(spectrum.exp()[:, None], size=time // 2 + 1, mode="linear", align_corners=True)[:, 0]
    unit = 1 / math.sqrt(HANN_POWER * window)  # white noise of variance 1 under the window
    filtered: Tensor = torch.fft.irfft(torch.fft.rfft(wave) * gains, time)
    return filtered * unit
