"""Render latent vectors to waveforms, in batches."""

from collections.abc import Callable, Iterable, Iterator

import torch
from torch import Tensor, nn

from wavegan_src.data.whitening import Whitening
from wavegan_src.models.registry import fast_waveforms

RENDER_BATCH = 32  # with fewer clips, kernels prepare their weights too often; more only use memory


def waveform_function(generator: nn.Module, time: int | None = None) -> Callable[[Tensor], Tensor]:
    """The fastest function from latents `(batch, latent_dim)` to waveforms `(batch, time)` on the generator's device.

    On a CPU it uses the hand-written passes of architectures that have some, which rearrange the weights in memory;
    shapes and values stay the same. They are used only if no gradients are required, because an optimiser may rely on
    the memory layout of the weights. The result may be overwritten by the next call.

    Args:
        generator: maps `(batch, latent_dim)` to `(batch, 1, time)`.
        time: samples of a clip, for a generator with a variable length; None means the trained length.
    """
    weight = next(generator.parameters())
    plain = weight.device.type != "cpu" or weight.dtype != torch.float32 or weight.requires_grad
    passes = None if plain or time is not None else fast_waveforms(generator)
    return passes or (lambda latents: _by_module(generator, latents.to(weight.device), time))


def render(generator: nn.Module, latents: Tensor, whitening: Whitening | None) -> Iterator[Tensor]:
    """Generate waveforms in batches of bounded memory, with the data set's spectrum restored.

    Args:
        generator: maps `(batch, latent_dim)` to `(batch, 1, time)`.
        latents: `(clips, latent_dim)`.
        whitening: the whitening filter of the training data, which is inverted; None if there is none.

    Yields:
        `(batch, time)` on the CPU, in [-1, 1].
    """
    return render_batches(generator, torch.split(latents, RENDER_BATCH), whitening)


@torch.no_grad()
def render_batches(
    generator: nn.Module, batches: Iterable[Tensor], whitening: Whitening | None, time: int | None = None
) -> Iterator[Tensor]:
    """Like `render`, for latents that come in batches `(batch, latent_dim)`; each batch is requested when needed.

    `time` is as in `waveform_function`.
    """
    waveforms = waveform_function(generator, time)
    for latents in batches:
        clips = waveforms(latents).cpu()
        # A copy in both cases, as the next batch may reuse the memory.
        yield whitening.invert(clips) if whitening is not None else clips.clone()


def _by_module(generator: nn.Module, latents: Tensor, time: int | None) -> Tensor:
    clips: Tensor = generator(latents) if time is None else generator(latents, time)
    return clips.squeeze(1)
