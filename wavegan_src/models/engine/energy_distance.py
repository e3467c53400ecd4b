"""How far apart two sets of clips are in tone, rhythm and periodicity, as a loss that no critic has to learn.

The energy distance of two distributions, 2 E|X - Y| - E|X - X'| - E|Y - Y'|, is zero only for equal ones (Székely and
Rizzo 2013). An estimate from a batch is unbiased, so its gradient points the right way from the first step, and the
second term drives generated clips apart, which penalises mode collapse. Gritsenko et al. (arXiv 2008.01160) used it for
speech, between spectrograms.
"""

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from wavegan_src.architectures.engine import SHORT_WINDOW, SPECTRUM_WINDOW, hop_length
from wavegan_src.models.engine.critics import mel_averages

TONE_BANDS = 48  # of the average spectrum
RHYTHM_BANDS = 8  # whose envelopes' spectra are compared
RHYTHM_EDGES = np.geomspace(2.5, 170.0, 25)  # Hz: from swells to the fastest firing
PERIODS_S = 0.15  # longest lag of the autocorrelation: four strokes of an idling four-cylinder
LAG_S = 0.00036  # between lags
PERIOD_BAND = (20.0, 1200.0)  # Hz
_SMALLEST = 1e-3  # under the root, so that the distance of equal clips has a finite gradient
_LEAST_SPREAD = 1e-3  # lower bound on the standard deviation of real clips; periods of real engines have 0.03


class Features(nn.Module):
    """The features in which clips are compared: three groups, each `(batch, numbers)`.

    Attributes:
        numbers: how many there are in all.
    """

    tone: Tensor
    bands: Tensor
    modulations: Tensor
    long_window: Tensor
    short_window: Tensor
    gains: Tensor

    def __init__(self, sample_rate: int, time: int):
        super().__init__()
        self.hop = hop_length(sample_rate)
        long, short = SPECTRUM_WINDOW * self.hop, SHORT_WINDOW * self.hop
        self.padded = 2 ** math.ceil(math.log2(2 * time))  # room for the lags without wrapping round
        frames = time // self.hop + 1
        lines = torch.fft.rfftfreq(frames, self.hop / sample_rate)
        pitches = torch.fft.rfftfreq(self.padded, 1 / sample_rate).clamp(min=1e-3)
        low, high = PERIOD_BAND
        buffers = {
            "tone": mel_averages(sample_rate, long, TONE_BANDS),
            "bands": mel_averages(sample_rate, short, RHYTHM_BANDS),
            "modulations": _bins(lines),
            "long_window": torch.hann_window(long),
            "short_window": torch.hann_window(short),
            "gains": 1 / (1 + (pitches / high) ** 4) / (1 + (low / pitches) ** 4),
        }
        for name, value in buffers.items():
            self.register_buffer(name, value, persistent=False)
        step = max(1, round(LAG_S * sample_rate))
        self.lags = slice(step, min(round(PERIODS_S * sample_rate), time), step)
        lags = len(range(self.lags.stop)[self.lags])
        self.numbers = TONE_BANDS + RHYTHM_BANDS * self.modulations.shape[1] + lags

    def forward(self, clips: Tensor) -> list[Tensor]:
        """Describe waveforms `(batch, 1, time)`, as long as `time` of `__init__`."""
        wave = clips[:, 0]
        return [self._tone(wave), self._rhythm(wave), self._periods(wave)]

    def _tone(self, wave: Tensor) -> Tensor:
        """Average log-magnitudes: levels of the mel bands."""
        size = len(self.long_window)
        spectra = torch.stft(wave, size, size // 4, window=self.long_window, center=False, return_complex=True)
        power = (spectra.real.square() + spectra.imag.square()).mean(-1)
        levels: Tensor = (power + 1e-9).log() @ self.tone
        return levels

    def _rhythm(self, wave: Tensor) -> Tensor:
        """Log power spectra of the bands' envelopes, relative to their means."""
        size = len(self.short_window)
        spectra = torch.stft(wave, size, self.hop, window=self.short_window, return_complex=True)
        power = spectra.real.square() + spectra.imag.square() + 1e-9
        envelopes = (self.bands.T @ power).sqrt()
        relative = envelopes / envelopes.mean(-1, keepdim=True) - 1
        frames = relative.shape[-1]
        window = torch.hann_window(frames, device=wave.device)
        lines = torch.fft.rfft(relative * window)
        levels = (lines.real.square() + lines.imag.square()) / frames @ self.modulations
        described: Tensor = (levels + 1e-4).log().flatten(1)
        return described

    def _periods(self, wave: Tensor) -> Tensor:
        """Autocorrelation relative to lag 0, below 1200 Hz."""
        spectra = torch.fft.rfft(wave, self.padded)
        power = (spectra.real.square() + spectra.imag.square()) * self.gains
        correlation = torch.fft.irfft(power, self.padded)
        relative: Tensor = correlation[:, self.lags] / (correlation[:, :1] + 1e-9)
        return relative


def energy_distance(generated: Sequence[Tensor], real: Sequence[Tensor], like: Tensor | None = None) -> Tensor:
    """Sum over groups of 2 E|X - Y| - E|X - X'|, X generated, Y real, `(batch, numbers)` each: a scalar.

    The term of real clips alone does not depend on the generator and is left out. Each group is measured in standard
    deviations of the real batch, so that none outweighs the others.

    `like`: the real clip that each generated one was drawn in the likeness of, `(batch,)`; those of one clip are not
    compared with each other. None means that each is a draw of its own.
    """
    like = torch.arange(len(generated[0]), device=generated[0].device) if like is None else like
    others = (like[:, None] != like).float()
    return torch.stack([_distance(*groups, others) for groups in zip(generated, real, strict=True)]).sum()


def _distance(x: Tensor, y: Tensor, others: Tensor) -> Tensor:
    apart, among = _lengths(x, y).mean(), (_lengths(x, x) * others).sum() / others.sum()
    distance: Tensor = (2 * apart - among) / _scale(y)
    return distance


def energy_score(generated: Sequence[Tensor], real: Sequence[Tensor]) -> Tensor:
    """Sum over groups of 2 E|X - y| - E|X - X'|, X and X' drawn in the likeness of the same real clip y: a scalar.

    Its expectation is smallest where X has the law of the clips that look the same to whoever draws (strictly proper:
    Gneiting and Raftery 2007). So draws are pulled to their own clip, and still scatter as such clips do. Groups of
    features are `(batch, numbers)`; generated clip i was drawn in the likeness of real clip `twins(batch)[i]`.
    """
    batch = len(real[0])
    like, second = twins(batch).to(real[0].device), batch // 2
    scores = []
    for x, y in zip(generated, real, strict=True):
        near, apart = _length(x - y[like]).mean(), _length(x[batch - second :] - x[:second]).mean()
        scores.append((2 * near - apart) / _scale(y))
    return torch.stack(scores).sum()


def twins(batch: int) -> Tensor:
    """For draws of a batch, the places of the real clips that they are like, `(batch,)`: of the first half, twice."""
    return torch.arange(batch) % (batch - batch // 2)


def _scale(y: Tensor) -> Tensor:
    """The standard deviation of real clips in a group of features, as the length of a vector of them."""
    scale: Tensor = y.std(0).mean().clamp(min=_LEAST_SPREAD) * y.shape[1] ** 0.5
    return scale


def _lengths(x: Tensor, y: Tensor) -> Tensor:
    """Euclidean distances of all pairs of rows, `(rows of x, rows of y)`."""
    return _length(x[:, None] - y[None])


def _length(differences: Tensor) -> Tensor:
    """Euclidean lengths along the last axis, whose gradients are finite at 0."""
    return differences.square().sum(-1).add(_SMALLEST).sqrt()


def _bins(lines: Tensor) -> Tensor:
    """Weights `(lines, bins)` that average a spectrum's lines in Hz between the edges; empty bins are dropped."""
    edges = torch.from_numpy(RHYTHM_EDGES).float()
    inside = ((lines[:, None] >= edges[:-1]) & (lines[:, None] < edges[1:])).float()
    sums = inside.sum(0)
    return inside[:, sums > 0] / sums[sums > 0]
