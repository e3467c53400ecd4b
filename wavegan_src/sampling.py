"""Turning a trained generator into audible clips: batches of waveforms, and WAV files."""

from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor, nn

from wavegan_src.atomic_files import write_bytes_atomically
from wavegan_src.audio_files import wav_bytes
from wavegan_src.whitening import Whitening

RENDER_BATCH = 16


@torch.no_grad()
def render(generator: nn.Module, latents: Tensor, whitening: Whitening | None) -> Iterator[Tensor]:
    """Generate waveforms in batches of bounded memory, the data set's spectrum restored.

    Args:
        generator: maps `(batch, latent_dim)` to `(batch, 1, time)`.
        latents: `(clips, latent_dim)`.
        whitening: the filter that training inverted, if any.

    Yields:
        `(batch, time)` on the CPU, in [-1, 1].
    """
    device = next(generator.parameters()).device
    for part in torch.split(latents, RENDER_BATCH):
        clips = generator(part.to(device)).squeeze(1).cpu()
        yield whitening.invert(clips) if whitening is not None else clips


def write_clip(path: Path, clip: Tensor, sample_rate: int) -> None:
    """Write a clip `(time,)` as a mono 16-bit WAV file."""
    write_bytes_atomically(path, wav_bytes(clip.numpy(), sample_rate))
