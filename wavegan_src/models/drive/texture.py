"""Statistics of a clip as a texture, as features of the energy distance: what a sound does within a clip.

Means, deviations and correlations of band levels over time are what tells textures apart to listeners (McDermott and
Simoncelli, Neuron 71, 2011).
"""

import torch
from torch import Tensor, nn

from wavegan_src.architectures.engine import hop_length
from wavegan_src.models.engine.critics import mel_averages

WINDOW, STEP = 16, 4  # hops: 46 and 12 ms
BANDS = 96
LAGS = (1, 3, 8)  # frames
APART = (1, 2, 4, 8, 24)  # bands
_FLOOR = 1e-7  # of power
_LEAST_DEVIATION = 0.05  # natural log
_TINY = 1e-9  # under roots and logarithms, whose gradients silence must survive
_PEAK_NORM = 8  # in the place of a maximum, which has no useful gradient


class Texture(nn.Module):
    """Groups of features of waveforms `(batch, 1, time)`, each `(batch, numbers)`."""

    window: Tensor
    bands: Tensor

    def __init__(self, sample_rate: int):
        super().__init__()
        hop = hop_length(sample_rate)
        self.step = STEP * hop
        self.register_buffer("window", torch.hann_window(WINDOW * hop), persistent=False)
        self.register_buffer("bands", mel_averages(sample_rate, WINDOW * hop, BANDS), persistent=False)

    def forward(self, clips: Tensor) -> list[Tensor]:
        """Levels, their deviations, the detail of both, how levels hang together, and the shape of the waveform."""
        wave = clips[:, 0]
        spectra = torch.stft(wave, len(self.window), self.step, window=self.window, center=False, return_complex=True)
        power = spectra.real.square() + spectra.imag.square()
        levels = (self.bands.T @ power + _FLOOR).log()
        mean = levels.mean(-1, keepdim=True)
        deviation = ((levels - mean).square().mean(-1, keepdim=True) + _TINY).sqrt()
        spread = (deviation[..., 0] + _LEAST_DEVIATION).log()
        standard = (levels - mean) / (deviation + _LEAST_DEVIATION)
        over_time = [(standard[..., lag:] * standard[..., :-lag]).mean(-1) for lag in LAGS]
        over_bands = [(standard[:, apart:] * standard[:, :-apart]).mean(-1) for apart in APART]
        return [
            mean[..., 0],
            _detail(mean[..., 0]),
            spread,
            _detail(spread),
            torch.cat(over_time, 1),
            torch.cat(over_bands, 1),
            _shape(wave),
        ]


def _detail(bands: Tensor) -> Tensor:
    """How far each band is from its neighbours: broad differences between clips would hide it, `(batch, bands - 2)`."""
    return bands[:, 1:-1] - 0.5 * (bands[:, 2:] + bands[:, :-2])


def _shape(wave: Tensor) -> Tensor:
    """Skewness, and how far the waveform's peaks stand out (natural log): `(batch, 3)`."""
    wave = wave - wave.mean(1, keepdim=True)
    unit = wave / (wave.square().mean(1, keepdim=True) + _TINY).sqrt()
    peaks = (unit.pow(_PEAK_NORM).mean(1) + _TINY).log() / _PEAK_NORM
    return torch.stack([unit.pow(3).mean(1), (unit.pow(4).mean(1) + _TINY).log(), peaks], 1)
