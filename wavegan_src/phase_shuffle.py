"""Phase shuffle: shift each sample's activations a little in time, at random (WaveGAN, arXiv 1802.04208, section 3.3).

It keeps the critic from telling fakes by the fixed phase of the generator's upsampling artefacts.

The shift and its adjoint are written as reads at computed positions. So neither waits for a GPU to tell the shifts, a
compiler need not know them, and gradients are sums in a fixed order: what automatic differentiation makes of a
reflection adds them on a GPU in the order in which threads happen to arrive.
"""

from typing import Any

import torch
from torch import Tensor


def phase_shuffle(x: Tensor, shifts: Tensor) -> Tensor:
    """Shift each row of a batch in time, filling the gap by reflection.

    Row b becomes `y[b, :, t] = x[b, :, t - shifts[b]]`. Every row has a shift of its own.

    Args:
        x: activations `(batch, channels, time)`, in any layout in memory, which the result shares.
        shifts: `(batch,)` int64 on the device of `x`, in samples, each smaller than `time` in magnitude.
    """
    shuffled: Tensor = _Shift.apply(x, shifts, False)  # type: ignore[no-untyped-call]
    return shuffled


def phase_unshuffle(gradient: Tensor, shifts: Tensor) -> Tensor:
    """The adjoint of `phase_shuffle`: from the gradient with respect to its result to that with respect to `x`."""
    unshuffled: Tensor = _Shift.apply(gradient, shifts, True)  # type: ignore[no-untyped-call]
    return unshuffled


def draw_shifts(layers: int, batch: int, largest: int, generator: torch.Generator) -> Tensor | None:
    """Draw uniform shifts `(layers, batch)` in [-largest, largest]; None if phase shuffle is off."""
    if largest == 0:
        return None
    return torch.randint(-largest, largest + 1, (layers, batch), generator=generator)


class _Shift(torch.autograd.Function):
    """The shuffle or its adjoint, of which each is the derivative of the other."""

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
        # Where nobody differentiates again there is no need for a graph, which compilers cannot nest.
        return (_shuffle if ctx.adjoint else _unshuffle)(gradient, shifts), None, None


def _shuffle(x: Tensor, shifts: Tensor) -> Tensor:
    last = x.shape[2] - 1
    source = (torch.arange(last + 1, device=x.device) - shifts[:, None]).abs()  # reflected at the start
    return _read(x, torch.where(source > last, 2 * last - source, source))


def _unshuffle(gradient: Tensor, shifts: Tensor) -> Tensor:
    """Each step of the original gathers what was read from it: once in place, and once more if it was mirrored."""
    last = gradient.shape[2] - 1
    step, shift = torch.arange(last + 1, device=gradient.device), shifts[:, None]
    moved = step + shift
    mirrored = torch.where(shift > 0, shift - step, 2 * last + shift - step)
    # The steps at the edges, 0 and last, are mirrors and have no image of their own.
    image = torch.where(shift > 0, (step > 0) & (mirrored >= 0), (step < last) & (mirrored <= last))
    kept = (moved >= 0) & (moved <= last)
    total = _read(gradient, moved.clamp(0, last)).masked_fill_(~kept[:, None], 0)
    return total.add_(_read(gradient, mirrored.clamp(0, last)).masked_fill_(~image[:, None], 0))


def _read(x: Tensor, steps: Tensor) -> Tensor:
    """`x[b, :, steps[b, t]]`, laid out in memory as `x` is; steps are `(batch, time)`."""
    if x.stride(1) == 1:  # channels last: whole rows are copied
        rows = x.transpose(1, 2)
        return rows.gather(1, steps[:, :, None].expand_as(rows)).transpose(1, 2)
    return x.gather(2, steps[:, None].expand_as(x))
