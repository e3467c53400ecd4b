"""The generator: from a latent vector a crank turns, pulses and noise sound at its pace, and a spectrum shapes them.

An engine is a pulse train at its firing rate through fixed resonances, with noise that the same strokes open and close
(harmonic-plus-noise synthesis: Serra and Smith 1990; trained end to end: DDSP, arXiv 2001.04643). Everything but the
rates is learnt. Nothing depends on the length of a clip, so that longer ones than those trained on have no seams.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from wavegan_src.architectures.engine import SHORT_WINDOW, SPECTRUM_WINDOW, hop_length
from wavegan_src.config_schema import AudioConfig, ModelConfig
from wavegan_src.models.engine.excitation import Noise, draw_noise

SPECTRUM_COMPONENTS = 32
QUANTILES = 65
DEFAULT_RATE = 30.0  # Hz, until there are statistics: a four-cylinder engine at 900 rpm
RATE_LATENTS = 2  # the first factors of z: firing rate, and how far it swings
STROKES = 4  # firings in one cycle of the wave table: of a four-cylinder engine's two turns
PULSE_ORDERS = 96  # harmonics of the cycle in the pulses, up to 24 times the firing rate
PULSE_TABLE = 512
ENVELOPE_ORDERS = 24  # harmonics of the cycle in the noise's envelopes, up to 6 times the firing rate
ENVELOPE_TABLE = 128
BANDS = 16  # of noise envelopes, spaced as the ear does
TONE_KNOTS = 96  # of the correction of a clip's spectrum: finer, it learns lines that real clips do not have
DRIFT, JITTER = 0.008, 0.006  # octaves by which any engine's rate wanders, slowly and from stroke to stroke
PULSE_LEVEL = 0.12  # amplitude of a pulse's harmonic beside the noise's: about half of the power where both meet
LOW_NOISE = (-1.0, -0.4)  # natural log: below 200 Hz engines hum more than they hiss
FLUTTER, SWELL, UNEVEN = 0.3, 0.3, 0.3  # most by which noise of a band, of all bands, and pulses wander (natural log)


@dataclass(frozen=True)
class ClipStatistics:
    """What is measured of training clips (see `statistics.py`).

    Attributes:
        mean_spectrum: natural logarithm of the magnitudes of short-time spectra in a Hann window of `SPECTRUM_WINDOW`
            hops, `(bins,)`.
        components: principal components of the clips' own such spectra, each scaled by its standard deviation, so that
            standard normal factors give spectra like theirs: `(components, bins)`; zeros where there are too few clips.
        rates: quantiles 0 … 1 of log2 of the firing rate in Hz, `(QUANTILES,)`.
        swings: quantiles 0 … 1 of the standard deviation of log2 of the firing rate within a clip, `(QUANTILES,)`.
        rate_loadings: correlations of the firing rate's normal score with the components' factors, `(components,)`.
    """

    mean_spectrum: Tensor
    components: Tensor
    rates: Tensor
    swings: Tensor
    rate_loadings: Tensor


class EngineGenerator(nn.Module):
    """Maps latent vectors to waveforms.

    Of a latent vector, factor 1 is the quantile of the firing rate's swings, the `SPECTRUM_COMPONENTS` from 2 on are
    principal components of the average spectrum, factor 0 is what these leave open of the firing rate, and all drive
    the mapping network.
    """

    rates: Tensor
    swings: Tensor
    rate_loadings: Tensor
    band_gains: Tensor
    tone_gains: Tensor
    window: Tensor

    def __init__(self, model: ModelConfig, audio: AudioConfig):
        super().__init__()
        self.latent_dim = model.latent_dim
        self.sample_rate = audio.sample_rate
        self.audio_length = audio.audio_length_samples
        self.hop = hop_length(audio.sample_rate)
        self.components = min(SPECTRUM_COMPONENTS, model.latent_dim - RATE_LATENTS)
        width, bins = model.model_dim, SPECTRUM_WINDOW * self.hop // 2 + 1
        self.mapping = nn.Sequential(*_leaky_layer(model.latent_dim, width), *_leaky_layer(width, width))
        self.pulse_table = _orders_head(width, PULSE_ORDERS, 1, firing=1.5, half=0.2, other=0.1)
        self.envelope_table = _orders_head(width, ENVELOPE_ORDERS, BANDS, firing=0.35, half=0.15, other=0.1)
        self.noise_level = _small(nn.Linear(width, BANDS))
        with torch.no_grad():
            self.noise_level.bias[: len(LOW_NOISE)] = torch.tensor(LOW_NOISE)
        self.wander = nn.Linear(width, 2 * BANDS + 1)
        self.level = nn.Linear(width, 1)
        self.tone = _small(nn.Linear(width, TONE_KNOTS))
        self.mean_spectrum = nn.Parameter(torch.zeros(bins))
        self.spectrum_components = nn.Parameter(torch.zeros(self.components, bins))
        self.register_buffer("rates", torch.full((QUANTILES,), math.log2(DEFAULT_RATE)))
        self.register_buffer("swings", torch.zeros(QUANTILES))
        self.register_buffer("rate_loadings", torch.zeros(self.components))
        computed = {
            "band_gains": _bands(BANDS, SHORT_WINDOW * self.hop // 2 + 1),
            "tone_gains": _bands(TONE_KNOTS, bins),
            "window": torch.hann_window(SHORT_WINDOW * self.hop),
        }
        for name, values in computed.items():
            self.register_buffer(name, values, persistent=False)

    @torch.no_grad()
    def initialize_from(self, statistics: ClipStatistics) -> None:
        """Start from what was measured of the training clips."""
        self.mean_spectrum.copy_(statistics.mean_spectrum)
        self.spectrum_components.copy_(statistics.components)
        self.rates.copy_(statistics.rates)
        self.swings.copy_(statistics.swings)
        self.rate_loadings.copy_(statistics.rate_loadings)
        for parameter in self.tone.parameters():
            parameter.zero_()  # a correction that was learnt on other clips' spectra would spoil these

    def forward(self, z: Tensor, time: int | None = None) -> Tensor:
        """Map latent vectors `(batch, latent_dim)` to waveforms `(batch, 1, time)` in [-1, 1].

        Args:
            z: one sound each; equal vectors give equal sounds.
            time: samples; None is the length of the clips that were trained on.
        """
        time = time or self.audio_length
        frames = time // self.hop + 1
        noise = draw_noise(z, time, frames + 1, self.hop / self.sample_rate, BANDS)
        style = self.mapping(z)
        cycles = self.cycles(z, noise)
        uneven = torch.sigmoid(self.wander(style))[..., None]
        shaped = self._shape(noise, self._envelopes(style, cycles, uneven, noise)[..., :frames])
        pulses = self._pulses(style, cycles, UNEVEN * uneven[:, -1:] * noise.strokes, time)
        wave = self._filter(shaped + PULSE_LEVEL * pulses, self.spectrum(z, style))
        return torch.tanh(wave * torch.exp(0.2 * self.level(style))).unsqueeze(1)

    def firing_rates(self, z: Tensor, noise: Noise) -> Tensor:
        """Firing rate in Hz at every frame, `(batch, frames)`: distributed over clips as in the training set."""
        own = (1 - self.rate_loadings.square().sum()).sqrt()
        rate = _at_quantile(self.rates, own * z[:, 0] + self._factors(z) @ self.rate_loadings)
        swing = _at_quantile(self.swings, z[:, 1])
        wandering = (swing + DRIFT)[:, None] * noise.slow + JITTER * noise.fast
        return torch.exp2(rate[:, None] + wandering)

    def cycles(self, z: Tensor, noise: Noise) -> Tensor:
        """The crank's position at every frame in cycles of `STROKES` firings since some start, `(batch, frames)`."""
        rates = self.firing_rates(z, noise)
        # In double precision: in a long clip the position grows while its fraction must stay exact.
        turns = rates.to("cpu" if rates.is_mps else rates.device, torch.float64) * (
            self.hop / self.sample_rate / STROKES
        )
        turned = torch.cumsum(turns, 1) + noise.start.to(turns.device)
        return torch.remainder(turned, 2**10).float().to(rates.device) if rates.is_mps else turned

    def spectrum(self, z: Tensor, style: Tensor) -> Tensor:
        """Natural logarithm of each clip's magnitudes, `(batch, bins)` of a window of `SPECTRUM_WINDOW` hops."""
        tone = self._factors(z) @ self.spectrum_components + 0.5 * self.tone(style) @ self.tone_gains
        spectrum: Tensor = self.mean_spectrum + tone
        return spectrum.clamp(-16, 4)

    def _factors(self, z: Tensor) -> Tensor:
        """How much of each component a clip has, `(batch, components)`."""
        return z[:, RATE_LATENTS : RATE_LATENTS + self.components]

    def _envelopes(self, style: Tensor, cycles: Tensor, uneven: Tensor, noise: Noise) -> Tensor:
        """Natural logarithm of the noise's gain in every band, `(batch, BANDS, frames)`."""
        table = _wave_table(self.envelope_table(style).view(-1, BANDS, ENVELOPE_ORDERS, 2), ENVELOPE_TABLE)
        strokes = _read(table, cycles[:, None].expand(-1, BANDS, -1))
        flutter = FLUTTER * uneven[:, :BANDS] * noise.flutter
        swell = SWELL * uneven[:, BANDS:-1] * noise.swell
        envelopes: Tensor = self.noise_level(style)[..., None] + strokes + flutter + swell
        return envelopes

    def _shape(self, noise: Noise, envelopes: Tensor) -> Tensor:
        """White noise with the gains of the bands, `(batch, time)`."""
        size, time = SHORT_WINDOW * self.hop, noise.white.shape[1]
        spectra = torch.stft(noise.white, size, self.hop, window=self.window, return_complex=True)
        gains = torch.einsum("nbt,bf->nft", envelopes, self.band_gains).clamp(-6, 4).exp()
        return torch.istft(spectra * gains, size, self.hop, window=self.window, length=time)

    def _pulses(self, style: Tensor, cycles: Tensor, wander: Tensor, time: int) -> Tensor:
        """The wave table of the cycle, read at the crank's pace, `(batch, time)`."""
        table = _wave_table(self.pulse_table(style).view(-1, 1, PULSE_ORDERS, 2), PULSE_TABLE)
        pulses = _read(table, self._every_sample(cycles[:, None], time))[:, 0]
        return pulses * (1 + self._every_sample(wander, time)[:, 0])

    def _every_sample(self, at_frames: Tensor, time: int) -> Tensor:
        """Straight lines between frames: `(batch, rows, time)` of `(batch, rows, frames)`."""
        size = (at_frames.shape[-1] - 1) * self.hop + 1
        return F.interpolate(at_frames, size=size, mode="linear", align_corners=True)[..., :time]

    def _filter(self, wave: Tensor, spectrum: Tensor) -> Tensor:
        """Give white sound `(batch, time)` the magnitudes `spectrum`, without delay; its ends meet."""
        time = wave.shape[1]
        gains = F.interpolate(spectrum.exp()[:, None], size=time // 2 + 1, mode="linear", align_corners=True)[:, 0]
        unit = 1 / math.sqrt(0.375 * SPECTRUM_WINDOW * self.hop)  # of white noise of variance 1 under a Hann window
        filtered: Tensor = torch.fft.irfft(torch.fft.rfft(wave) * gains, time)
        return filtered * unit


def _wave_table(coefficients: Tensor, size: int) -> Tensor:
    """One cycle of the Fourier series `(…, orders, 2)` from order 1 upwards, at `size` points: `(…, size)`."""
    series = torch.view_as_complex(coefficients.contiguous())
    spectrum = F.pad(series, (1, size // 2 - series.shape[-1]))
    table: Tensor = torch.fft.irfft(spectrum, size)
    return table * (0.5 * size)


def _read(table: Tensor, cycles: Tensor) -> Tensor:
    """Look tables `(batch, rows, size)` up at positions in cycles `(batch, rows, n)`, between two points in a line."""
    size = table.shape[-1]
    place = torch.remainder(cycles, 1.0) * size
    below = place.floor()
    share = (place - below).to(table.dtype)
    left = below.long() % size  # a place just below 1 may round up to it
    return torch.gather(table, -1, left) * (1 - share) + torch.gather(table, -1, (left + 1) % size) * share


def _at_quantile(quantiles: Tensor, normal: Tensor) -> Tensor:
    """The value of a distribution at the quantile where a standard normal factor `(batch,)` stands."""
    place = torch.special.ndtr(normal) * (len(quantiles) - 1)
    below = place.floor().long().clamp(0, len(quantiles) - 2)
    return torch.lerp(quantiles[below], quantiles[below + 1], place - below)


def _bands(bands: int, bins: int) -> Tensor:
    """Triangular gains `(bands, bins)` that add up to one, evenly spaced in log(1 + 20 f / Nyquist)."""
    place = torch.log1p(20 * torch.linspace(0, 1, bins)) / math.log(21) * (bands - 1)
    return torch.clamp(1 - (place - torch.arange(bands)[:, None]).abs(), min=0)


def _orders_head(width: int, orders: int, rows: int, firing: float, half: float, other: float) -> nn.Linear:
    """A layer that gives Fourier series of the cycle: strong at the firing rate's multiples, weaker in between.

    That the engine's orders begin in the order of their usual strength saves the first hundred steps; and a style
    of unit variance makes clips differ from the start as engines do, by some 5 dB in each order.
    """
    order = torch.arange(1, orders + 1)
    strength = torch.where(order % STROKES == 0, firing, torch.where(order % (STROKES // 2) == 0, half, other))
    strength = strength / (1 + order / (STROKES * 6))
    turn = 2 * math.pi * torch.rand(orders)
    head = nn.Linear(width, rows * orders * 2)
    with torch.no_grad():
        head.bias.copy_(torch.stack([strength * turn.cos(), strength * turn.sin()], 1).flatten().repeat(rows))
        nn.init.normal_(head.weight, std=0.5 / math.sqrt(width))
        head.weight.mul_(strength.repeat_interleave(2).repeat(rows)[:, None])
    return head


def _leaky_layer(inputs: int, outputs: int) -> tuple[nn.Module, nn.Module]:
    """A layer that keeps the variance of what comes in."""
    layer = nn.Linear(inputs, outputs)
    nn.init.kaiming_normal_(layer.weight, a=0.2)
    nn.init.zeros_(layer.bias)
    return layer, nn.LeakyReLU(0.2)


def _small(layer: nn.Linear) -> nn.Linear:
    nn.init.normal_(layer.weight, std=0.01)
    nn.init.zeros_(layer.bias)
    return layer
