"""The critic: maps a waveform to one unbounded score (WaveGAN, arXiv 1802.04208, appendix D, table 4).

Under WGAN-GP the score is not a probability: only differences between scores mean something.
"""

import itertools
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

from wavegan_src.architectures.wavegan import (
    LAYERS,
    STRIDE,
    TOTAL_STRIDE,
    base_length,
    channels,
    conv_padding,
    crop_start,
)
from wavegan_src.config_schema import ModelConfig
from wavegan_src.generator import initialise
from wavegan_src.utils.device import weights_own

LEAKY_SLOPE = 0.2
SHUFFLED_LAYERS = LAYERS - 1  # phase shuffle follows each convolution but the last


class Discriminator(nn.Module):
    """Six convolutions of stride 4 with LeakyReLU 0.2 and phase shuffle, then a dense layer to one score.

    No batch normalisation is used: the gradient penalty is defined per sample (arXiv 1704.00028, section 4).
    """

    def __init__(self, model: ModelConfig, audio_length: int):
        super().__init__()
        self.audio_length = audio_length
        self.base_length = base_length(audio_length)
        widths = channels(model.model_dim)[::-1]
        self.downsample = nn.ModuleList(
            nn.Conv1d(
                channels_in, channels_out, model.kernel_len, stride=STRIDE, padding=conv_padding(model.kernel_len)
            )
            for channels_in, channels_out in itertools.pairwise(widths)
        )
        self.dense = nn.Linear(widths[-1] * self.base_length, 1)
        for layer in (*self.downsample, self.dense):
            initialise(layer)
            if model.spectral_norm:
                spectral_norm(layer)

    def forward(self, x: Tensor, shifts: Tensor | None = None) -> Tensor:
        """Score waveforms.

        Args:
            x: waveforms `(batch, 1, time)`.
            shifts: shifts of phase shuffle `(5, batch)` in samples, int64 on the device of `x`; None turns it off,
                for example to compare the scores of given clips.

        Returns:
            Critic scores `(batch, 1)`, unbounded, in the precision of the weights even under autocast.
        """
        x = self.pad(x)
        for index, layer in enumerate(self.downsample):
            x = F.leaky_relu(layer(x), LEAKY_SLOPE)
            if shifts is not None and index < SHUFFLED_LAYERS:
                x = phase_shuffle(x, shifts[index])
        # For scores around 100, bfloat16 would round away the differences between clips; this product costs little.
        with weights_own(x.device):
            score: Tensor = self.dense(x.flatten(1).to(self.dense.weight.dtype))
        return score

    def convolutions(self) -> list[nn.Conv1d]:
        """The six convolutions, from the waveform inwards."""
        return [layer for layer in self.downsample if isinstance(layer, nn.Conv1d)]

    def pad(self, x: Tensor) -> Tensor:
        """Pad waveforms `(batch, 1, time)` with zeros at both ends, to a length that the strides divide."""
        start = crop_start(self.audio_length)
        return F.pad(x, (start, self.base_length * TOTAL_STRIDE - self.audio_length - start))


def phase_shuffle(x: Tensor, shifts: Tensor) -> Tensor:
    """Shift each row of a batch in time, filling the gap by reflection.

    Row b becomes `y[b, :, t] = x[b, :, t - shifts[b]]`. Every row has its own shift.

    Args:
        x: activations `(batch, channels, time)`, in any memory layout; the result has the same layout.
        shifts: `(batch,)` int64 on the device of `x`, in samples, each smaller than `time` in magnitude.
    """
    shuffled: Tensor = _Shift.apply(x, shifts, False)  # type: ignore[no-untyped-call]
    return shuffled


def phase_unshuffle(gradient: Tensor, shifts: Tensor) -> Tensor:
    """The adjoint of `phase_shuffle`: maps the gradient of its result to the gradient of `x`."""
    unshuffled: Tensor = _Shift.apply(gradient, shifts, True)  # type: ignore[no-untyped-call]
    return unshuffled


def draw_shifts(layers: int, batch: int, largest: int, generator: torch.Generator) -> Tensor | None:
    """Draw uniform shifts `(layers, batch)` in [-largest, largest]; None if phase shuffle is off."""
    if largest == 0:
        return None
    return torch.randint(-largest, largest + 1, (layers, batch), generator=generator)


class _Shift(torch.autograd.Function):
    """The shuffle or its adjoint; each is the derivative of the other."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, shifts: Tensor, adjoint: bool) -> Tensor:
        ctx.save_for_backward(shifts)
        ctx.adjoint = adjoint
        return (_unshuffle if adjoint else _shuffle)(x, shifts)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        (shifts,) = ctx.saved_tensors
        if torch.is_grad_enabled():
            return (phase_shuffle if ctx.adjoint else phase_unshuffle)(gradient, shifts), None, None
        # Without a second derivative no graph is needed, and compilers cannot nest one.
        return (_shuffle if ctx.adjoint else _unshuffle)(gradient, shifts), None, None


def _shuffle(x: Tensor, shifts: Tensor) -> Tensor:
    last = x.shape[2] - 1
    source = (torch.arange(last + 1, device=x.device) - shifts[:, None]).abs()  # reflected at the start
    return _read(x, torch.where(source > last, 2 * last - source, source))


def _unshuffle(gradient: Tensor, shifts: Tensor) -> Tensor:
    """Each time step of the original collects what was read from it: once in place, and once more if mirrored."""
    last = gradient.shape[2] - 1
    step, shift = torch.arange(last + 1, device=gradient.device), shifts[:, None]
    moved = step + shift
    mirrored = torch.where(shift > 0, shift - step, 2 * last + shift - step)
    # The edges, steps 0 and last, are the mirrors and have no image.
    image = torch.where(shift > 0, (step > 0) & (mirrored >= 0), (step < last) & (mirrored <= last))
    kept = (moved >= 0) & (moved <= last)
    total = _read(gradient, moved.clamp(0, last)).masked_fill_(~kept[:, None], 0)
    return total.add_(_read(gradient, mirrored.clamp(0, last)).masked_fill_(~image[:, None], 0))


def _read(x: Tensor, steps: Tensor) -> Tensor:
    """`x[b, :, steps[b, t]]` in the memory layout of `x`; steps are `(batch, time)`."""
    if x.stride(1) == 1:  # channels last: whole rows are copied
        rows = x.transpose(1, 2)
        return rows.gather(1, steps[:, :, None].expand_as(rows)).transpose(1, 2)
    return x.gather(2, steps[:, None].expand_as(x))
