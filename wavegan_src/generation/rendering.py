"""Turning a generator's latent vectors into batches of waveforms."""

from collections.abc import Callable, Iterable, Iterator

import torch
from torch import Tensor, nn

from wavegan_src.data.whitening import Whitening
from wavegan_src.generator import Generator
from wavegan_src.models.wavegan.fast.generator import GeneratorPasses
from wavegan_src.models.wavegan.fast.memory import Buffers, pack

RENDER_BATCH = 32  # fewer clips and kernels prepare their weights too often; more only take memory


def waveform_function(generator: nn.Module, time: int | None = None) -> Callable[[Tensor], Tensor]:
    """The fastest way to a generator's waveforms: latents `(batch, latent_dim)` to `(batch, time)` on its device.

    On a CPU these are hand-written passes, which rearrange the weights in memory; shapes and values stay. They are
    taken where no gradients are asked for: an optimiser may rely on how the weights of a trained network lie. What is
    returned may be overwritten by the next call.

    Args:
        generator: maps `(batch, latent_dim)` to `(batch, 1, time)`.
        time: samples of a clip, for a generator that is told; None is its own length.
    """
    weight = next(generator.parameters())
    plain = weight.device.type != "cpu" or weight.dtype != torch.float32 or weight.requires_grad
    if plain or not isinstance(generator, Generator):
        return lambda latents: _by_module(generator, latents.to(weight.device), time)
    pack(generator)
    return GeneratorPasses(generator, Buffers(weight)).forward


def render(generator: nn.Module, latents: Tensor, whitening: Whitening | None) -> Iterator[Tensor]:
    """Generate waveforms in batches of bounded memory, the data set's spectrum restored.

    Args:
        generator: maps `(batch, latent_dim)` to `(batch, 1, time)`.
        latents: `(clips, latent_dim)`.
        whitening: the filter that training inverted, if any.

    Yields:
        `(batch, time)` on the CPU, in [-1, 1].
    """
    return render_batches(generator, torch.split(latents, RENDER_BATCH), whitening)


@torch.no_grad()
def render_batches(
    generator: nn.Module, batches: Iterable[Tensor], whitening: Whitening | None, time: int | None = None
) -> Iterator[Tensor]:
    """`render` for latents that come in batches `(batch, latent_dim)`; each is asked for when its turn comes.

    `time` is as in `waveform_function`.
    """
    waveforms = waveform_function(generator, time)
    for latents in batches:
        clips = waveforms(latents).cpu()
        # A copy either way, as the next batch may take the same memory.
        yield whitening.invert(clips) if whitening is not None else clips.clone()


def _by_module(generator: nn.Module, latents: Tensor, time: int | None) -> Tensor:
    clips: Tensor = generator(latents) if time is None else generator(latents, time)
    return clips.squeeze(1)
