"""The critic: four small networks that look at log-spectrograms of different time and frequency resolution.

Multi-resolution spectrogram critics as in UnivNet (arXiv 2106.07889), here small enough for a laptop: fine in
frequency for the engine's orders, fine in time for its pulses, and in between on the ear's scale.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from wavegan_src.architectures.engine import LONGEST_VIEW, hop_length
from wavegan_src.dsp.mel import mel_filters

FLOOR = 1e-7  # of power; about the rounding of 16 bits


class View(NamedTuple):
    """What one critic sees: window and step in hops, and the part of the spectrum that is kept."""

    window: int
    step: float
    bands: int  # mel bands; 0 keeps the bins themselves
    bins: int  # the lowest bins that are kept; 0 keeps all
    width: int
    strides: tuple[tuple[int, int], ...]


VIEWS = (
    View(8, 2, 64, 0, 24, ((2, 2), (2, 2), (2, 2), (2, 2))),
    View(32, 8, 0, 192, 24, ((2, 2), (2, 1), (2, 2), (2, 2))),  # up to 2 kHz in steps of 11 Hz
    View(2, 0.5, 0, 0, 16, ((2, 2), (2, 2), (2, 2), (2, 2))),
    View(LONGEST_VIEW, 24, 0, 160, 16, ((2, 1), (2, 1), (2, 2), (2, 2))),  # up to 0.6 kHz in steps of 3.6 Hz
)
KERNELS = ((5, 5), (3, 5), (3, 3), (3, 3))


class EngineCritic(nn.Module):
    """Scores clips with the sum of its critics' scores; higher means more real. Only differences of scores matter."""

    def __init__(self, sample_rate: int):
        super().__init__()
        hop = hop_length(sample_rate)
        self.spectrograms = nn.ModuleList(Spectrogram(view, hop, sample_rate) for view in VIEWS)
        self.critics = nn.ModuleList(SpectrogramCritic(view.width, view.strides) for view in VIEWS)

    def forward(self, clips: Tensor) -> Tensor:
        """Scores `(batch, 1)` of waveforms `(batch, 1, time)`, independent of one another."""
        return self.scores(self.views(clips)).sum(0)[:, None]

    def views(self, clips: Tensor, starts: Sequence[float] | None = None) -> list[Tensor]:
        """Log-spectrograms `(batch, bins, frames)` of waveforms `(batch, 1, time)`.

        Args:
            clips: the waveforms.
            starts: for each view, where the half of the clip that it shows begins, 0 to 1; None shows whole clips.
        """
        waves = clips[:, 0]
        parts = [waves] * len(VIEWS) if starts is None else [_half(waves, start) for start in starts]
        return [spectrogram(part) for spectrogram, part in zip(self.spectrograms, parts, strict=True)]

    def scores(self, views: Sequence[Tensor]) -> Tensor:
        """Each critic's scores of its view, `(critics, batch)`."""
        return torch.stack([critic(view) for critic, view in zip(self.critics, views, strict=True)])


class Spectrogram(nn.Module):
    """Log-power spectrograms at about unit scale."""

    window: Tensor
    filters: Tensor | None

    def __init__(self, view: View, hop: int, sample_rate: int):
        super().__init__()
        self.size, self.step, self.bins = view.window * hop, int(view.step * hop), view.bins
        self.register_buffer("window", torch.hann_window(self.size) / self.size**0.5, persistent=False)
        filters = None
        if view.bands:
            filters = mel_averages(sample_rate, self.size, view.bands).T.contiguous()
        self.register_buffer("filters", filters, persistent=False)

    def forward(self, clips: Tensor) -> Tensor:
        """`(batch, bins, frames)` of waveforms `(batch, time)`."""
        spectra = torch.stft(clips, self.size, self.step, window=self.window, return_complex=True)
        power = spectra.real.square() + spectra.imag.square()
        if self.filters is not None:
            power = self.filters @ power
        return 0.35 * torch.log((power[:, : self.bins] if self.bins else power) + FLOOR) + 2


class SpectrogramCritic(nn.Module):
    """Four convolutions of falling resolution over a spectrogram; the score is the mean over all positions."""

    def __init__(self, width: int, strides: Sequence[tuple[int, int]]):
        super().__init__()
        widths = (1, width, 2 * width, 4 * width, 4 * width)
        self.layers = nn.ModuleList(
            nn.Conv2d(before, after, kernel, stride, padding=(kernel[0] // 2, kernel[1] // 2))
            for before, after, kernel, stride in zip(widths, widths[1:], KERNELS, strides, strict=False)
        )
        self.score = nn.Conv2d(widths[-1], 1, 1, bias=False)  # only differences of scores are compared

    def forward(self, view: Tensor) -> Tensor:
        """Scores `(batch,)` of spectrograms `(batch, bins, frames)`."""
        hidden = view[:, None].contiguous(memory_format=torch.channels_last)
        for layer in self.layers:
            hidden = F.leaky_relu(layer(hidden), 0.2)
        score: Tensor = self.score(hidden).mean((1, 2, 3))
        return score


def _half(waves: Tensor, start: float) -> Tensor:
    time = waves.shape[-1]
    first = int(start * (time - time // 2))
    return waves[..., first : first + time // 2]


def mel_averages(sample_rate: int, window: int, bands: int, lowest_hz: float = 40.0) -> Tensor:
    """Weights `(bins, bands)` that average a spectrum's bins over mel bands from `lowest_hz` up."""
    return torch.tensor(mel_filters(sample_rate, window, bands, lowest_hz, sample_rate / 2), dtype=torch.float32)
