"""The generator: a latent vector sets a crank turning; pulses and noise follow it, and a spectrum shapes them.

An engine is a pulse train at its firing rate through fixed resonances, with noise that the same strokes open and close
(harmonic-plus-noise synthesis: Serra and Smith 1990; trained end to end: DDSP, arXiv 2001.04643). Everything but the
rates is learnt. Nothing depends on the length of a clip, so that longer ones than those trained on have no seams.

It works in two stages. `controls` computes what the latent vector fixes, once for each sound; `synthesize` renders
noise and the turning crank with it, for as many samples as there is noise.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from wavegan_src.architectures.engine import SHORT_WINDOW, SPECTRUM_WINDOW, hop_length
from wavegan_src.config_schema import AudioConfig, ModelConfig
from wavegan_src.models.engine.excitation import Noise, draw_noise
from wavegan_src.models.engine.layers import at_quantile, leaky_layer, small
from wavegan_src.models.engine.spectral_filter import apply_spectrum, band_gains
from wavegan_src.models.engine.wave_tables import STROKES, read_table, series_layer, wave_table

SPECTRUM_COMPONENTS = 32
QUANTILES = 65
DEFAULT_RATE = 30.0  # Hz, until there are statistics: a four-cylinder engine at 900 rpm
RATE_LATENTS = 2  # the first factors of z: firing rate, and how far it swings
PULSE_ORDERS = 96  # harmonics of the cycle in the pulses, up to 24 times the firing rate
PULSE_TABLE = 512
ENVELOPE_ORDERS = 24  # harmonics of the cycle in the noise's envelopes, up to 6 times the firing rate
ENVELOPE_TABLE = 128
BANDS = 16  # of the noise's envelopes, spaced roughly as in hearing
TONE_KNOTS = 96  # points of the correction to a clip's spectrum; with more it learns lines that real clips do not have
DRIFT, JITTER = 0.008, 0.006  # octaves by which any engine's rate wanders, slowly and from stroke to stroke
PULSE_LEVEL = 0.12  # amplitude of a pulse harmonic relative to the noise: about half of the power where both sound
LOW_NOISE = (-1.0, -0.4)  # natural log: below 200 Hz engines hum more than they hiss
FLUTTER, SWELL, UNEVEN = 0.3, 0.3, 0.3  # largest wandering of one band's noise, all bands' and the pulses (natural log)


@dataclass(frozen=True)
class ClipStatistics:
    """Statistics of training clips, from `clip_statistics.py`.

    Attributes:
        mean_spectrum: natural logarithm of the magnitudes of short-time spectra in a Hann window of `SPECTRUM_WINDOW`
            hops, `(bins,)`.
        components: principal components of single clips' spectra, each scaled by its standard deviation, so that
            standard normal factors give similar spectra: `(components, bins)`; zeros where there are too few clips.
        rates: quantiles 0 … 1 of log2 of the firing rate in Hz, `(QUANTILES,)`.
        swings: quantiles 0 … 1 of the standard deviation of log2 of the firing rate within a clip, `(QUANTILES,)`.
        rate_loadings: correlations of the firing rate's normal score with the components' factors, `(components,)`.
    """

    mean_spectrum: Tensor
    components: Tensor
    rates: Tensor
    swings: Tensor
    rate_loadings: Tensor


@dataclass(frozen=True)
class Controls:
    """What latent vectors fix of their sounds, whatever the length.

    Attributes:
        rate: log2 of the firing rate in Hz, `(batch,)`.
        swing: standard deviation of the firing rate's slow wandering in octaves, `(batch,)`.
        envelopes: wave tables of the noise's gain in every band over a cycle (natural log), `(batch, BANDS, points)`.
        noise_level: mean of these gains, `(batch, BANDS)`.
        flutter: how far each band's gain wanders (natural log), `(batch, BANDS, 1)`.
        swell: how far each band's gain follows the swell of all (natural log), `(batch, BANDS, 1)`.
        unevenness: how far the pulses' level wanders, `(batch, 1, 1)`.
        pulses: wave table of a cycle's pulses, `(batch, 1, points)`.
        spectrum: natural logarithm of the clip's magnitudes in a window of `SPECTRUM_WINDOW` hops, `(batch, bins)`.
        level: amplitude of the whole sound, `(batch, 1)`.
    """

    rate: Tensor
    swing: Tensor
    envelopes: Tensor
    noise_level: Tensor
    flutter: Tensor
    swell: Tensor
    unevenness: Tensor
    pulses: Tensor
    spectrum: Tensor
    level: Tensor


@dataclass(frozen=True)
class SynthesisState:
    """What one block of a sound hands on to the next.

    So far only the crank's position: the next block's pulses and strokes go on where this one's stopped. Blocks do not
    join sample for sample yet: `apply_spectrum` filters each in a circle, noise is shaped in windows that reach over
    its ends, and the noise of a later block has to be cut from a longer draw. Exact streaming needs a filter that keeps
    its tail here.

    Attributes:
        crank: position in cycles at the sample after the block, 0 to 1, `(batch, 1)`.
    """

    crank: Tensor


class EngineGenerator(nn.Module):
    """Maps latent vectors to waveforms.

    Factor 1 of a latent vector selects the quantile of the firing rate's swing. The `SPECTRUM_COMPONENTS` factors from
    2 on weight the principal components of the average spectrum, and factor 0 sets what these leave open of the firing
    rate. All factors together drive the mapping network.
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
        self.mapping = nn.Sequential(*leaky_layer(model.latent_dim, width), *leaky_layer(width, width))
        self.pulse_table = series_layer(width, PULSE_ORDERS, 1, firing=1.5, half=0.2, other=0.1)
        self.envelope_table = series_layer(width, ENVELOPE_ORDERS, BANDS, firing=0.35, half=0.15, other=0.1)
        self.noise_level = small(nn.Linear(width, BANDS))
        with torch.no_grad():
            self.noise_level.bias[: len(LOW_NOISE)] = torch.tensor(LOW_NOISE)
        self.wander = nn.Linear(width, 2 * BANDS + 1)
        self.level = nn.Linear(width, 1)
        self.tone = small(nn.Linear(width, TONE_KNOTS))
        self.mean_spectrum = nn.Parameter(torch.zeros(bins))
        self.spectrum_components = nn.Parameter(torch.zeros(self.components, bins))
        self.register_buffer("rates", torch.full((QUANTILES,), math.log2(DEFAULT_RATE)))
        self.register_buffer("swings", torch.zeros(QUANTILES))
        self.register_buffer("rate_loadings", torch.zeros(self.components))
        computed = {
            "band_gains": band_gains(BANDS, SHORT_WINDOW * self.hop // 2 + 1),
            "tone_gains": band_gains(TONE_KNOTS, bins),
            "window": torch.hann_window(SHORT_WINDOW * self.hop),
        }
        for name, values in computed.items():
            self.register_buffer(name, values, persistent=False)

    @torch.no_grad()
    def initialize_from(self, statistics: ClipStatistics) -> None:
        """Start from statistics of the training clips."""
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
        waveforms, _ = self.synthesize(self.controls(z), self.draw_noise(z, time or self.audio_length))
        return waveforms

    def draw_noise(self, z: Tensor, time: int) -> Noise:
        """The noise of `time` samples: for equal latent vectors `(batch, latent_dim)` always the same."""
        frames = time // self.hop + 2  # up to the first one after the end
        return draw_noise(z, time, frames, self.hop / self.sample_rate, BANDS)

    def controls(self, z: Tensor) -> Controls:
        """What latent vectors `(batch, latent_dim)` fix of their sounds; firing rates are spread as in the data set."""
        own = (1 - self.rate_loadings.square().sum()).sqrt()
        factors = z[:, RATE_LATENTS : RATE_LATENTS + self.components]
        style = self.mapping(z)
        wander = torch.sigmoid(self.wander(style))[..., None]
        return Controls(
            rate=at_quantile(self.rates, own * z[:, 0] + factors @ self.rate_loadings),
            swing=at_quantile(self.swings, z[:, 1]),
            envelopes=wave_table(self.envelope_table(style).view(-1, BANDS, ENVELOPE_ORDERS, 2), ENVELOPE_TABLE),
            noise_level=self.noise_level(style),
            flutter=FLUTTER * wander[:, :BANDS],
            swell=SWELL * wander[:, BANDS:-1],
            unevenness=UNEVEN * wander[:, -1:],
            pulses=wave_table(self.pulse_table(style).view(-1, 1, PULSE_ORDERS, 2), PULSE_TABLE),
            spectrum=self._spectrum(factors, style),
            level=torch.exp(0.2 * self.level(style)),
        )

    def synthesize(
        self, controls: Controls, noise: Noise, state: SynthesisState | None = None
    ) -> tuple[Tensor, SynthesisState]:
        """Render sounds, as long as their noise.

        Args:
            controls: from `controls`.
            noise: from `draw_noise`, for as many sounds.
            state: where the block before ended; None begins at the noise's own position of the crank.

        Returns:
            Waveforms `(batch, 1, time)` in [-1, 1], and the state to begin the next block with.
        """
        time = noise.white.shape[1]
        cycles = self.cycles(controls, noise, state)
        shaped = self._shape(noise, self._envelopes(controls, cycles, noise)[..., : time // self.hop + 1])
        pulses = self._pulses(controls, cycles, noise, time)
        wave = apply_spectrum(shaped + PULSE_LEVEL * pulses, controls.spectrum)
        return torch.tanh(wave * controls.level).unsqueeze(1), self._state_after(cycles, time)

    def firing_rates(self, controls: Controls, noise: Noise) -> Tensor:
        """Firing rate in Hz at every frame, `(batch, frames)`."""
        wandering = (controls.swing + DRIFT)[:, None] * noise.slow + JITTER * noise.fast
        return torch.exp2(controls.rate[:, None] + wandering)

    def cycles(self, controls: Controls, noise: Noise, state: SynthesisState | None = None) -> Tensor:
        """The crank's position at every frame in cycles of `STROKES` firings, `(batch, frames)`.

        It grows from the noise's start, or from the state's position, which the first frame then has.
        """
        rates = self.firing_rates(controls, noise)
        # In double precision: in a long clip the position grows while its fraction must stay exact.
        turns = rates.to("cpu" if rates.is_mps else rates.device, torch.float64) * (
            self.hop / self.sample_rate / STROKES
        )
        start = noise.start.to(turns.device) if state is None else state.crank.to(turns) - turns[:, :1]
        turned = torch.cumsum(turns, 1) + start
        return torch.remainder(turned, 2**10).float().to(rates.device) if rates.is_mps else turned

    def _state_after(self, cycles: Tensor, time: int) -> SynthesisState:
        """The state at sample `time`, which lies between two frames."""
        frame, samples = divmod(time, self.hop)
        crank = torch.lerp(cycles[:, frame : frame + 1], cycles[:, frame + 1 : frame + 2], samples / self.hop)
        return SynthesisState(torch.remainder(crank, 1.0))

    def _spectrum(self, factors: Tensor, style: Tensor) -> Tensor:
        """Natural logarithm of each clip's magnitudes: the mean, its principal components, and a learnt correction."""
        tone = factors @ self.spectrum_components + 0.5 * self.tone(style) @ self.tone_gains
        spectrum: Tensor = self.mean_spectrum + tone
        return spectrum.clamp(-16, 4)

    def _envelopes(self, controls: Controls, cycles: Tensor, noise: Noise) -> Tensor:
        """Natural logarithm of the noise's gain in every band, `(batch, BANDS, frames)`."""
        strokes = read_table(controls.envelopes, cycles[:, None].expand(-1, BANDS, -1))
        flutter, swell = controls.flutter * noise.flutter, controls.swell * noise.swell
        return controls.noise_level[..., None] + strokes + flutter + swell

    def _shape(self, noise: Noise, envelopes: Tensor) -> Tensor:
        """White noise with the gains of the bands, `(batch, time)`."""
        size, time = SHORT_WINDOW * self.hop, noise.white.shape[1]
        spectra = torch.stft(noise.white, size, self.hop, window=self.window, return_complex=True)
        gains = torch.einsum("nbt,bf->nft", envelopes, self.band_gains).clamp(-6, 4).exp()
        return torch.istft(spectra * gains, size, self.hop, window=self.window, length=time)

    def _pulses(self, controls: Controls, cycles: Tensor, noise: Noise, time: int) -> Tensor:
        """The wave table of the cycle, read at the crank's pace, `(batch, time)`."""
        pulses = read_table(controls.pulses, self._every_sample(cycles[:, None], time))[:, 0]
        return pulses * (1 + self._every_sample(controls.unevenness * noise.strokes, time)[:, 0])

    def _every_sample(self, at_frames: Tensor, time: int) -> Tensor:
        """Straight lines between frames: `(batch, rows, time)` of `(batch, rows, frames)`."""
        size = (at_frames.shape[-1] - 1) * self.hop + 1
        return F.interpolate(at_frames, size=size, mode="linear", align_corners=True)[..., :time]
