"""Loops: a sound whose end is its beginning, because crank, noise, course and filter all go round in a circle.

Nothing is cross-faded: the loop is one period of a periodic sound.
"""

import math

import torch
from torch import Tensor

from wavegan_src.models.drive.control_tables import ANCHOR_FRAMES
from wavegan_src.models.drive.course import Course
from wavegan_src.models.drive.generator import JITTER, JITTER_S, DriveGenerator
from wavegan_src.models.drive.noise import LatentNoise
from wavegan_src.models.drive.synthesis import MARGIN, limit


class CircularNoise:
    """The noise of one latent vector `(latent_dim,)` in a circle of `frames` frames of `hop` samples."""

    def __init__(self, latent: Tensor, frames: int, hop: int):
        self.device = latent.device
        self.frames, self.samples = frames, frames * hop
        self._noise = LatentNoise(latent)

    def white(self, first: int, last: int) -> Tensor:
        """Samples `first` to `last` - 1, `(1, samples)`."""
        circle = self._noise.numbers("white", 1, 0, self.samples)
        return circle[:, torch.arange(first, last) % self.samples].to(self.device)

    def wandering(self, purpose: str, rows: int, step: float, first: int, last: int) -> Tensor:
        """Frames `first` to `last`, both included, of noise at knots about `step` frames apart, `(1, rows, frames)`."""
        count = max(2, round(self.frames / step))
        knots = self._noise.numbers(purpose, rows, 0, count)
        place = torch.arange(first, last + 1, dtype=torch.float64) % self.frames * (count / self.frames)
        below = place.floor().long().clamp(max=count - 1)
        share = (place - below).to(torch.float32)
        return torch.lerp(knots[:, below], knots[:, (below + 1) % count], share)[None].to(self.device)


@torch.no_grad()
def render_loop(generator: DriveGenerator, latent: Tensor, load: float, cycles: int, frames: int) -> Tensor:
    """One loop of `cycles` working cycles in `frames` frames, `(frames * hop,)`, in [-1, 1].

    Its speed is `cycles * sample_rate / (frames * hop)` working cycles per second, its level that of `drive`.

    Raises:
        ValueError: it is shorter than the body's filter.
    """
    loads = torch.full((frames,), load, dtype=latent.dtype, device=latent.device)
    return _render(generator, latent, torch.zeros_like(loads), loads, cycles)


@torch.no_grad()
def render_swinging_loop(generator: DriveGenerator, latent: Tensor, swing: Tensor, load: Tensor, cycles: int) -> Tensor:
    """One loop of `cycles` working cycles whose speed and load change, and come back, `(frames * hop,)`, in [-1, 1].

    Args:
        generator: as in `render_loop`.
        latent: `(latent_dim,)`.
        swing: log2 of the speed at each frame relative to the others, `(frames,)`, a multiple of `ANCHOR_FRAMES`.
        load: 0 to 1, `(frames,)`.
        cycles: working cycles in all.

    Raises:
        ValueError: it is shorter than the body's filter, or the number of frames is no such multiple.
    """
    if len(swing) % ANCHOR_FRAMES:
        raise ValueError(f"{len(swing)} frames are no multiple of {ANCHOR_FRAMES}")
    return _render(generator, latent, swing, load, cycles)


def _render(generator: DriveGenerator, latent: Tensor, swing: Tensor, load: Tensor, cycles: int) -> Tensor:
    engine = generator.engine(latent[None])
    frames = len(swing)
    samples = frames * generator.hop
    if samples < engine.response.shape[1]:
        raise ValueError(f"a loop of {samples} samples is shorter than the filter of {engine.response.shape[1]}")
    noise = CircularNoise(latent, frames, generator.hop)
    middle = math.log2(cycles * generator.sample_rate / samples) - math.log2(float(swing.exp2().mean()))
    speed = (middle + swing.double()).to(latent.dtype)

    def course(first: int, last: int) -> Course:
        index = torch.arange(first, last + 1, device=latent.device) % frames
        return Course(speed[None, index], load[None, index])

    turned = crank(noise, cycles, generator, swing)
    raw = generator.excite(engine, course, noise, turned, 0, generator.loudest())
    return limit(_in_a_circle(raw, engine.response))[0]


def crank(noise: CircularNoise, cycles: int, generator: DriveGenerator, swing: Tensor) -> Tensor:
    """The crank's position in cycles at frames -MARGIN to `frames` + MARGIN, `(1, frames + 1 + 2 * MARGIN)`, double.

    Jitter hurries and delays the crank as in any sound, and so does the swing, log2 of the relative speed `(frames,)`;
    but over the whole circle it turns exactly `cycles` times.
    """
    frames = noise.frames
    step = JITTER_S * generator.sample_rate / generator.hop
    pace = torch.exp2(JITTER * noise.wandering("jitter", 1, step, 0, frames - 1)[0, 0].double() + swing.double())
    turned = torch.cat([pace.new_zeros(1), torch.cumsum(pace, 0)])[: frames + 1]
    turned = turned * (cycles / turned[-1])
    index = torch.arange(-MARGIN, frames + MARGIN + 1)
    around = turned[index % frames] + cycles * torch.div(index, frames, rounding_mode="floor")
    return around[None]


def _in_a_circle(wave: Tensor, response: Tensor) -> Tensor:
    """Circular convolution of `(1, time)` with `(1, taps)`: `(1, time)`."""
    time = wave.shape[1]
    filtered: Tensor = torch.fft.irfft(torch.fft.rfft(wave) * torch.fft.rfft(response, time), time)
    return filtered
