"""The random part of a clip: all noise that the generator shapes, seeded by the latent vector itself.

Each clip's numbers come from a generator seeded by its latent vector's bytes, so that a latent vector always gives the
same sound, whatever batch it is in.
"""

import hashlib
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

SLOW_S, FAST_S = 0.45, 0.07  # s between the knots of slow and fast wandering: a foot on the pedal; uneven combustion
FLUTTER_FRAMES, SWELL_FRAMES = 8, 40  # frames between the knots of a band's flutter and of a swell of all bands


@dataclass(frozen=True)
class Noise:
    """Standard normal noise of a batch; slow noise is drawn at knots, with straight lines between them.

    Attributes:
        white: `(batch, time)`.
        start: where in its cycle each clip begins, 0 to 1, `(batch, 1)`.
        slow, fast: wandering of the firing rate, `(batch, frames)`.
        flutter: of each band, `(batch, bands, frames)`.
        swell: of all bands, `(batch, 1, frames)`.
        strokes: of the pulses' levels, `(batch, 1, frames)`.
    """

    white: Tensor
    start: Tensor
    slow: Tensor
    fast: Tensor
    flutter: Tensor
    swell: Tensor
    strokes: Tensor


def draw_noise(latents: Tensor, time: int, frames: int, frame_s: float, bands: int) -> Noise:
    """The noise of clips of `time` samples in `frames` frames, for latents `(batch, latent_dim)`, on their device."""
    clips = [_draw_clip(latent, time, frames, frame_s, bands) for latent in latents.detach().cpu()]
    return Noise(*(torch.stack(parts).to(latents.device) for parts in zip(*clips, strict=True)))


def _draw_clip(latent: Tensor, time: int, frames: int, frame_s: float, bands: int) -> tuple[Tensor, ...]:
    unsigned = latent.float() + 0.0  # -0 becomes 0, which equals it
    digest = hashlib.blake2b(unsigned.numpy().tobytes(), digest_size=8).digest()
    random = torch.Generator().manual_seed(int.from_bytes(digest, "little") >> 1)

    def wandering(rows: int, step: float) -> Tensor:
        knots = torch.randn(1, rows, int((frames - 1) / step) + 2, generator=random)
        size = int((knots.shape[-1] - 1) * step) + 1
        return F.interpolate(knots, size=size, mode="linear", align_corners=True)[0, :, :frames]

    return (
        torch.randn(time, generator=random),
        torch.rand(1, generator=random),
        wandering(1, SLOW_S / frame_s)[0],
        wandering(1, FAST_S / frame_s)[0],
        wandering(bands, FLUTTER_FRAMES),
        wandering(1, SWELL_FRAMES),
        wandering(1, SWELL_FRAMES / 2),
    )
