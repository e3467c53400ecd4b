"""Statistics of a clip as a texture, as features of the energy distance: what a sound does within a clip.

Means, deviations and correlations of band levels over time are what tells textures apart to listeners (McDermott and
Simoncelli, Neuron 71, 2011). The phases of an engine's lowest orders are heard in how bands follow one another within a
stroke: correlations of low bands with each other, some frames later.
"""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from wavegan_src.architectures.engine import hop_length
from wavegan_src.models.drive.course import steadied
from wavegan_src.models.engine.critics import mel_averages

WINDOW, STEP = 16, 4  # hops: 46 and 12 ms
BANDS = 96
LAGS = (1, 3, 8)  # frames
APART = (1, 2, 4, 8, 24)  # bands
LOW_BINS = (*range(1, 9), 11, 16, 22, 32)  # all up to 180 Hz, then fewer: an idling engine's lowest orders beat there
LOW_LAGS = (0, 1, 2, 3)  # frames
SHORT_WINDOW, SHORT_STEP = 8, 2  # hops: 23 and 6 ms, so that an idling engine's strokes are apart
WIDE_BANDS, WIDE_FROM_HZ, WIDE_KEPT = 24, 20.0, 16  # the lowest ones, up to 4 kHz at 22050 Hz
WIDE_LAGS = (1, 2)  # short frames
LINES_WINDOW, LINES_STEP = 128, 32  # hops: 372 and 93 ms, so that an idling engine's orders are apart
LOWEST_LINES = 6  # bands, up to 240 Hz: a group of their own, as what an engine hums is easily lost among the others
LINES_EDGES_HZ = (  # above, what stands out is what codecs leave
    20.0, 40.0, 60.0, 85.0, 120.0, 170.0, 240.0, 340.0, 480.0, 680.0, 960.0, 1360.0, 1900.0, 2700.0, 3800.0,
)  # fmt: skip
SHAPES = 3  # numbers of the waveform's shape
_FLOOR = 1e-7  # of power
_LEAST_DEVIATION = 0.05  # natural log
_TINY = 1e-9  # under roots and logarithms, whose gradients silence must survive
_PEAK_NORM = 8  # in the place of a maximum, which has no useful gradient


class Texture(nn.Module):
    """Groups of features of waveforms `(batch, 1, time)` and their conditions, each `(batch, numbers)`.

    Attributes:
        numbers: how many there are in all.
    """

    window: Tensor
    short_window: Tensor
    lines_window: Tensor
    bands: Tensor
    wide_bands: Tensor

    def __init__(self, sample_rate: int):
        super().__init__()
        hop = hop_length(sample_rate)
        self.step, self.short_step, self.lines_step = STEP * hop, SHORT_STEP * hop, LINES_STEP * hop
        size, short, long = WINDOW * hop, SHORT_WINDOW * hop, LINES_WINDOW * hop
        self.edges = [round(edge * long / sample_rate) for edge in LINES_EDGES_HZ if edge <= sample_rate / 2]
        buffers = {
            "window": torch.hann_window(size),
            "short_window": torch.hann_window(short),
            "lines_window": torch.hann_window(long),
            "bands": mel_averages(sample_rate, size, BANDS),
            "wide_bands": mel_averages(sample_rate, short, WIDE_BANDS, WIDE_FROM_HZ)[:, :WIDE_KEPT].contiguous(),
        }
        for name, value in buffers.items():
            self.register_buffer(name, value, persistent=False)
        pairs = _pairs(len(LOW_BINS), LOW_LAGS) + _pairs(WIDE_KEPT, WIDE_LAGS)
        apart = sum(BANDS - step for step in APART)
        self.numbers = 2 * (2 * BANDS - 2) + len(LAGS) * BANDS + apart + pairs + len(self.edges) - 1 + SHAPES

    def forward(self, clips: Tensor, condition: Tensor | None) -> list[Tensor]:
        """Levels, their deviations, the detail of both; how they hang together over time, over bands, and in sequence;
        lines; the shape of the waveform. A condition is `(batch, rows, points)`.
        """
        wave = clips[:, 0]
        power = _power(wave, self.window, self.step)
        levels = (self.bands.T @ power + _FLOOR).log()
        mean, deviation, standard = _standardised(levels)
        spread = (deviation + _LEAST_DEVIATION).log()
        over_time = [(standard[..., lag:] * standard[..., :-lag]).mean(-1) for lag in LAGS]
        over_bands = [(standard[:, apart:] * standard[:, :-apart]).mean(-1) for apart in APART]
        lines = self.lines(wave, condition).mean(-1)
        wide = self.wide_bands.T @ _power(wave, self.short_window, self.short_step)
        return [
            mean,
            _detail(mean),
            spread,
            _detail(spread),
            torch.cat(over_time, 1),
            torch.cat(over_bands, 1),
            _sequence((power[:, LOW_BINS] + _FLOOR).log(), LOW_LAGS),
            _sequence((wide + _FLOOR).log(), WIDE_LAGS),
            lines[:, :LOWEST_LINES],
            lines[:, LOWEST_LINES:],
            _shape(wave),
        ]

    def lines(self, wave: Tensor, condition: Tensor | None) -> Tensor:
        """How far lines stand out from what is between them (natural log), in bands `(batch, bands, frames)`.

        The engine is made to turn evenly first: what moves leaves no line in a window that is long enough to find one.
        """
        window = len(self.lines_window)
        still = wave if condition is None else steadied(wave, condition)
        padded = F.pad(still, (0, max(0, window - wave.shape[1])))
        power = _power(padded, self.lines_window, self.lines_step) + _FLOOR
        bands = [power[:, first:last] for first, last in pairwise(self.edges)]
        return torch.stack([band.mean(1).log() - band.log().mean(1) for band in bands], 1)


def _power(wave: Tensor, window: Tensor, step: int) -> Tensor:
    """Power spectra `(batch, bins, frames)`."""
    spectra = torch.stft(wave, len(window), step, window=window, center=False, return_complex=True)
    return spectra.real.square() + spectra.imag.square()


def _standardised(levels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Means and deviations of levels `(batch, bands, frames)` over time, `(batch, bands)`, and levels without both."""
    mean = levels.mean(-1, keepdim=True)
    deviation = ((levels - mean).square().mean(-1, keepdim=True) + _TINY).sqrt()
    return mean[..., 0], deviation[..., 0], (levels - mean) / (deviation + _LEAST_DEVIATION)


def _pairs(bands: int, lags: Sequence[int]) -> int:
    """How many numbers `_sequence` gives."""
    return sum(bands * bands if lag else bands * (bands - 1) // 2 for lag in lags)


def _sequence(levels: Tensor, lags: Sequence[int]) -> Tensor:
    """Correlations of each band with each, `lag` frames earlier, for each lag; of each pair once at lag 0."""
    _, _, standard = _standardised(levels)
    bands, frames = standard.shape[1:]
    one, other = torch.triu_indices(bands, bands, 1, device=levels.device)
    found = []
    for lag in lags:
        pairs = standard[..., lag:] @ standard[..., : frames - lag].transpose(1, 2) / (frames - lag)
        found.append(pairs.flatten(1) if lag else pairs[:, one, other])
    return torch.cat(found, 1)


def _detail(bands: Tensor) -> Tensor:
    """How far each band is from its neighbours: broad differences between clips would hide it, `(batch, bands - 2)`."""
    return bands[:, 1:-1] - 0.5 * (bands[:, 2:] + bands[:, :-2])


def _shape(wave: Tensor) -> Tensor:
    """Skewness, and how far the waveform's peaks stand out (natural log): `(batch, SHAPES)`."""
    wave = wave - wave.mean(1, keepdim=True)
    unit = wave / (wave.square().mean(1, keepdim=True) + _TINY).sqrt()
    peaks = (unit.pow(_PEAK_NORM).mean(1) + _TINY).log() / _PEAK_NORM
    return torch.stack([unit.pow(3).mean(1), (unit.pow(4).mean(1) + _TINY).log(), peaks], 1)
