"""The generator: a latent vector is an engine; a course of speed and load plays it.

Pulses and noise follow the crank, whose working cycle is the wave tables' period (two turns of a four-stroke engine),
and a fixed filter stands for pipes, body and place: orders move, resonances stay (harmonic-plus-noise synthesis: Serra
and Smith 1990; trained end to end: DDSP, arXiv 2001.04643). Tables, noise and level depend on the engine's style and,
anchor by anchor, on speed and load.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from wavegan_src.architectures.engine import SHORT_WINDOW, SPECTRUM_WINDOW, hop_length
from wavegan_src.config_schema import AudioConfig, ModelConfig
from wavegan_src.data.batch import POINTS
from wavegan_src.models.drive.control_tables import ANCHOR_FRAMES, anchors
from wavegan_src.models.drive.course import Course, complete, over_frames
from wavegan_src.models.drive.encoder import Encoder
from wavegan_src.models.drive.first_response import answer_linearly, at_frequencies, state_controls
from wavegan_src.models.drive.memory import SCATTER, Memory
from wavegan_src.models.drive.noise import BatchNoise, Noise
from wavegan_src.models.drive.synthesis import MARGIN, Engine, Tables, convolve, excitation, impulse_response, limit
from wavegan_src.models.engine.layers import leaky_layer, small
from wavegan_src.models.engine.spectral_filter import band_gains
from wavegan_src.models.engine.wave_tables import series_layer, wave_table

SPECTRUM_COMPONENTS = 62
DEFAULT_SPEED = math.log2(7.5)  # until there are statistics: 900 rpm
FREE = 2  # the first numbers of z, which choose no engine: clips of one differ by them
PULSE_ORDERS, PULSE_TABLE = 256, 1024  # harmonics of the cycle in the pulses, and points of their table
ENVELOPE_ORDERS = 24
BANDS, BEND = 64, 2.2  # of the noise: none is narrower than a bin; real noise beats differently in each
TONE_KNOTS = 96  # points of the correction to an engine's spectrum
JITTER, JITTER_S = 0.003, 0.07  # octaves by which any engine's rate wanders from stroke to stroke; s between knots
PULSE_LEVEL = 0.12  # amplitude of a pulse harmonic relative to the noise
LOW_NOISE = (-1.0, -0.8, -0.7, -0.6, -0.5, -0.4, -0.3, -0.2)  # natural log: engines hum below 700 Hz
WANDER, FIRST_WANDER = 0.8, 0.15  # of noise and pulses (natural log): the most, and at first
FASTEST_ENVELOPE = 0.45  # of the frame rate: faster orders are left out of the envelopes
BLOCK_FRAMES = 3445  # 10 s
FARTHEST = 6.0  # standard deviations of the recordings' speeds; beyond, tables stay what they are there
SLOWEST = math.log2(0.5)  # cycles per second, so that a curve at 0 rpm is a number


CourseAt = Callable[[int, int], Course]
"""A course at frames `first` to `last`, both included; before 0 and after the end, the nearest frame's."""


@dataclass(frozen=True)
class DriveStatistics:
    """Statistics of training clips, from `statistics.py`.

    Attributes:
        mean_spectrum, components: as in `models.engine.generator.ClipStatistics`.
        scale: mean and standard deviation of log2 of the speed over all frames, `(2,)`.
        level_slopes: how the level (natural log) grows with the scaled speed and with the load, `(2,)`.
        tone_slopes: how much more each band of the noise does, with the scaled speed and with half the load,
            `(2, BANDS)`.
        speed_range: slowest and fastest log2 of the speed, `(2,)`.
    """

    mean_spectrum: Tensor
    components: Tensor
    scale: Tensor
    level_slopes: Tensor
    tone_slopes: Tensor
    speed_range: Tensor


class DriveGenerator(nn.Module):
    """Maps latent vectors and conditions to waveforms.

    The numbers of z from `FREE` on choose an engine near those of training clips (`memory.py`), whose factors weight
    the principal components of the average spectrum and drive the mapping network. Where a condition says nothing of
    speed or load, they are those of the nearest of these clips.
    """

    mean_spectrum: Tensor
    spectrum_components: Tensor
    scale: Tensor
    level_slopes: Tensor
    speed_range: Tensor
    band_gains: Tensor
    tone_gains: Tensor

    def __init__(self, model: ModelConfig, audio: AudioConfig):
        super().__init__()
        self.latent_dim = model.latent_dim
        self.sample_rate = audio.sample_rate
        self.audio_length = audio.audio_length_samples
        self.hop = hop_length(audio.sample_rate)
        self.components = min(SPECTRUM_COMPONENTS, model.latent_dim - FREE)
        width, bins = model.model_dim, SPECTRUM_WINDOW * self.hop // 2 + 1
        self.mapping = nn.Sequential(*leaky_layer(model.latent_dim, width), *leaky_layer(width, width))
        self.response = nn.Sequential(*leaky_layer(width + 3, width), small(nn.Linear(width, width)))
        self.pulse_table = series_layer(width, PULSE_ORDERS, 1, firing=1.5, half=0.2, other=0.1)
        self.envelope_table = series_layer(width, ENVELOPE_ORDERS, BANDS, firing=0.35, half=0.15, other=0.1)
        self.noise_level = small(nn.Linear(width, BANDS))
        with torch.no_grad():
            self.noise_level.bias[: len(LOW_NOISE)] = torch.tensor(LOW_NOISE)
        self.wander = small(nn.Linear(width, 2 * BANDS + 1))
        nn.init.constant_(self.wander.bias, math.log(FIRST_WANDER / (WANDER - FIRST_WANDER)))
        self.level = nn.Linear(width, 1)
        self.tone = small(nn.Linear(width, TONE_KNOTS))
        self.encoder = Encoder(audio, bins, self.components, width)
        self.memory = Memory(self.components, DEFAULT_SPEED)
        measured = {
            "mean_spectrum": torch.zeros(bins),
            "spectrum_components": torch.zeros(self.components, bins),
            "scale": torch.tensor([DEFAULT_SPEED, 1.0]),
            "level_slopes": torch.zeros(2),
            "speed_range": torch.full((2,), DEFAULT_SPEED),
        }
        computed = {
            "band_gains": band_gains(BANDS, SHORT_WINDOW * self.hop // 2 + 1, BEND),
            "tone_gains": band_gains(TONE_KNOTS, bins),
        }
        for name, values in measured.items():
            self.register_buffer(name, values)
        for name, values in computed.items():
            self.register_buffer(name, values, persistent=False)

    @torch.no_grad()
    def initialize_from(self, statistics: DriveStatistics) -> None:
        """Start from statistics of the training clips."""
        for name in ("mean_spectrum", "scale", "level_slopes", "speed_range"):
            getattr(self, name).copy_(getattr(statistics, name))
        self.spectrum_components.copy_(statistics.components)
        for parameter in self.tone.parameters():
            parameter.zero_()  # a correction that was learnt on other clips' spectra would spoil these
        readers = self.noise_level, self.pulse_table, self.envelope_table, self.level
        state_controls(self.mapping, self.response, readers)
        tone = statistics.tone_slopes.to(self.scale.device)
        self.answer_more(tone, tone)

    @torch.no_grad()
    def answer_more(self, noise: Tensor, pulses: Tensor) -> None:
        """Let bands of both grow by so much more with the scaled speed and half the load, `(2, BANDS)` each."""
        hertz = torch.exp2(self.scale[0]) * torch.arange(1, PULSE_ORDERS + 1, device=pulses.device)
        at_orders = at_frequencies(pulses, hertz / (self.sample_rate / 2), BEND)
        answer_linearly(self.noise_level, self.pulse_table, (noise, at_orders))

    def forward(
        self,
        z: Tensor,
        time: int | None = None,
        condition: Tensor | None = None,
        factors: Tensor | None = None,
    ) -> Tensor:
        """Map latent vectors `(batch, latent_dim)` to waveforms `(batch, 1, time)` in [-1, 1].

        Args:
            z: one engine each; equal vectors and conditions give equal sounds.
            time: samples; None is the length of the clips that were trained on.
            condition: speed and load, `(batch, rows, points)`, see `data.batch`; None draws them.
            factors: of the engines that z shall be near to, `(batch, components)`; None leaves the choice to z.
        """
        time = time or self.audio_length
        frames = -(-time // self.hop)
        noise = BatchNoise(z)
        course = self.course(z, frames + 1, condition, factors)
        engine = self.engine(z, factors)
        reach = self._reach(engine)
        cycles = self.cycles(course.frames, noise, -reach, frames, (0, noise.uniform("start")))
        usual = self.level_law(course).mean(1, keepdim=True)  # clips are trained on at one level
        sound = convolve(self.excite(engine, course.frames, noise, cycles, -reach, usual), engine.response)
        return limit(sound[:, reach * self.hop :][:, :time]).unsqueeze(1)

    def blocks(self, z: Tensor, course: CourseAt, time: int, frames: int = BLOCK_FRAMES) -> Iterator[Tensor]:
        """A sound of `time` samples in pieces `(batch, samples)` of about `frames` frames, in bounded memory.

        It is as loud at full load and the recordings' highest speed as a clip, and elsewhere as much less as they are.
        """
        noise, engine = BatchNoise(z), self.engine(z)
        reach = self._reach(engine)
        frame, end, made = -reach, -(-time // self.hop), -reach * self.hop
        crank = (0, noise.uniform("start"))
        loudest = self.loudest()
        tail = z.new_zeros(len(z), engine.response.shape[1] - 1)
        while frame < end:
            after = min(frame + frames, end)
            cycles = self.cycles(course, noise, frame, after, crank)
            sound = convolve(self.excite(engine, course, noise, cycles, frame, loudest), engine.response)
            sound[:, : tail.shape[1]] += tail
            length = (after - frame) * self.hop
            tail = sound[:, length:]
            ready = limit(sound[:, max(-made, 0) : min(length, time - made)])
            if ready.shape[1]:
                yield ready
            crank = (after, cycles[:, -1 - MARGIN : -MARGIN].remainder(1.0))
            frame, made = after, made + length

    def engine(self, z: Tensor, factors: Tensor | None = None) -> Engine:
        """What latent vectors `(batch, latent_dim)` fix of their sounds; `factors` as in `forward`."""
        code = self.code(z, factors)
        style = self.mapping(code)
        wander = torch.sigmoid(self.wander(style))[..., None]
        return Engine(
            style=style,
            response=impulse_response(self._spectrum(self._factors(code), style)),
            flutter=WANDER * wander[:, :BANDS],
            swell=WANDER * wander[:, BANDS:-1],
            unevenness=WANDER * wander[:, -1:],
        )

    def code(self, z: Tensor, factors: Tensor | None = None) -> Tensor:
        """Latent vectors with the factors of engines in the place of those numbers that choose them, in z's shape."""
        own = self._factors(z)
        near = self.memory.draw(own) if factors is None else factors + SCATTER * own
        return torch.cat([z[:, :FREE], near, z[:, FREE + self.components :]], 1)

    def course(self, z: Tensor, frames: int, condition: Tensor | None, factors: Tensor | None = None) -> Course:
        """The speed and load that sounds of `frames` frames follow; `factors` as in `forward`."""
        drawn = self.draw_course(z, 0, frames - 1, factors)
        return drawn if condition is None else complete(over_frames(condition, frames), drawn)

    def cycles(self, course: CourseAt, noise: Noise, first: int, last: int, known: tuple[int, Tensor]) -> Tensor:
        """The crank's position in cycles at frames `first - MARGIN` to `last + MARGIN`, `(batch, frames)`, double.

        `known`: a frame from `first` on, or before it, and the position there, `(batch, 1)`.
        """
        low, high = min(first - MARGIN, known[0]), max(last + MARGIN, known[0])
        jitter = JITTER * noise.wandering("jitter", 1, JITTER_S * self.sample_rate / self.hop, low, high)[:, 0]
        rates = torch.exp2(course(low, high).speed.double() + jitter.double())
        turns = 0.5 * (rates[:, 1:] + rates[:, :-1]) * (self.hop / self.sample_rate)
        turned = torch.cumsum(torch.cat([torch.zeros_like(turns[:, :1]), turns], 1), 1)
        turned = turned - turned[:, known[0] - low : known[0] - low + 1] + known[1]
        return turned[:, first - MARGIN - low : last + MARGIN - low + 1]

    def level_law(self, course: Course) -> Tensor:
        """The level (natural log) that speed and load alone make, in the course's shape."""
        return self.level_slopes[0] * self.scaled(course.speed) + self.level_slopes[1] * course.load

    def loudest(self) -> Tensor:
        """The level law at full load and the recordings' highest speed, `(1, 1)`: where what is driven is loudest."""
        return self.level_law(Course(self.speed_range[1:], torch.ones_like(self.speed_range[1:])))[:, None]

    def excite(
        self, engine: Engine, course: CourseAt, noise: Noise, cycles: Tensor, first: int, level: Tensor
    ) -> Tensor:
        """The sound before the body's filter, from frame `first`, for cycles as `excitation` takes them.

        `level`: where the level law is to be 1, `(batch, 1)` or `(1, 1)`.
        """
        last = first + cycles.shape[1] - 1 - 2 * MARGIN
        tables = self.tables(engine, course, first - MARGIN, last + MARGIN, level)
        return excitation(engine, tables, noise, cycles, first, self.hop, self.band_gains)

    def tables(self, engine: Engine, course: CourseAt, first: int, last: int, level: Tensor) -> Tables:
        """What engines are at the anchors around frames `first` to `last`; `level` as in `excite`."""
        around = anchors(first, last)
        at_anchors = course(around[0] * ANCHOR_FRAMES, around[-1] * ANCHOR_FRAMES)
        there = Course(at_anchors.speed[:, ::ANCHOR_FRAMES], at_anchors.load[:, ::ANCHOR_FRAMES])
        control = self.scaled(there.speed).clamp(-FARTHEST, FARTHEST)
        inputs = torch.stack([control, control.square() - 1, 2 * there.load - 1], 2)
        style = engine.style[:, None].expand(-1, len(around), -1)
        now = style + self.response(torch.cat([style, inputs], 2))
        shape = (len(style), len(around))
        cycle_hz = torch.exp2(there.speed)
        fastest = FASTEST_ENVELOPE * self.sample_rate / self.hop
        pulses = self.pulse_table(now).view(*shape, 1, PULSE_ORDERS, 2)
        pulses = pulses * _below(0.45 * self.sample_rate, cycle_hz, PULSE_ORDERS)
        envelopes = self.envelope_table(now).view(*shape, BANDS, ENVELOPE_ORDERS, 2)
        return Tables(
            pulses=wave_table(pulses, PULSE_TABLE).mul_(PULSE_LEVEL),
            envelopes=envelopes.mul_(_below(fastest, cycle_hz, ENVELOPE_ORDERS)),  # in place: it is the largest of all
            noise=self.noise_level(now),
            level=0.2 * self.level(now) + (self.level_law(there) - level)[..., None],
        )

    def scaled(self, speed: Tensor) -> Tensor:
        """Log2 of speeds in standard deviations from the recordings' mean."""
        return (speed - self.scale[0]) / self.scale[1]

    def _reach(self, engine: Engine) -> int:
        """Frames of excitation before a sound that its filter still hears."""
        return -(-engine.response.shape[1] // self.hop)

    def draw_course(self, z: Tensor, first: int, last: int, factors: Tensor | None = None) -> Course:
        """Frames of a course as the training clips have them; a longer one goes back and forth along it."""
        memory = self.memory
        curves = memory.drawn_courses(self._factors(z)) if factors is None else memory.courses_near(factors)
        number = torch.arange(first, last + 1, device=z.device).clamp(min=0)
        place = number * self.hop / self.audio_length * (POINTS - 1)
        place = (POINTS - 1) - (place % (2 * POINTS - 2) - (POINTS - 1)).abs()
        below = place.floor().long().clamp(0, POINTS - 2)
        found = torch.lerp(curves[..., below], curves[..., below + 1], place - below)
        return Course(found[:, 0].clamp(min=SLOWEST), found[:, 1])

    def _factors(self, z: Tensor) -> Tensor:
        return z[:, FREE : FREE + self.components]

    def _spectrum(self, factors: Tensor, style: Tensor) -> Tensor:
        """Natural logarithm of each engine's magnitudes: mean, principal components, and a learnt correction."""
        tone = factors @ self.spectrum_components + 0.5 * self.tone(style) @ self.tone_gains
        spectrum: Tensor = self.mean_spectrum + tone
        return spectrum.clamp(-16, 4)


def _below(highest: float, cycle_hz: Tensor, orders: int) -> Tensor:
    """Gains `(batch, anchors, 1, orders, 2)` that fade out orders above `highest` Hz."""
    hertz = cycle_hz[..., None] * torch.arange(1, orders + 1, device=cycle_hz.device)
    gains = ((highest - hertz) / (0.2 * highest)).clamp(0, 1)[:, :, None]
    return torch.stack([gains, gains], -1)  # broadcasting an innermost dimension of two is slow
