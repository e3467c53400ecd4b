"""LeakyReLU and phase shuffle in one pass over memory: forwards, backwards and along a tangent.

All tensors are `(clips, time, channels)`; shifts are one number of samples per clip. LeakyReLU is elementwise, so it
may come before or after the shift, and the sign of its result shows on which side of the kink it was.

Each clip is moved as one block; the few steps at its edge that are filled by reflection are done for all clips at once.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from wavegan_src.discriminator import LEAKY_SLOPE

_leaky_relu = torch.ops.aten.leaky_relu
_leaky_relu_backward = torch.ops.aten.leaky_relu_backward


def activate(into: Tensor, y: Tensor, shifts: Sequence[int]) -> None:
    """`into` = phase_shuffle(leaky_relu(y))."""
    if not any(shifts):
        _leaky_relu.out(y, LEAKY_SLOPE, out=into)
        return
    for target, source, shift in zip(into, y, shifts, strict=True):
        moved, kept = _overlap(shift, len(source))
        _leaky_relu.out(source[kept], LEAKY_SLOPE, out=target[moved])
    edges = _edges(shifts, y.shape[1])
    into[edges.clips, edges.filled] = _leaky_relu(y[edges.clips, edges.mirrored], LEAKY_SLOPE)


def activate_tangent(x: Tensor, y: Tensor, shifts: Sequence[int]) -> None:
    """Replace activations x by the tangents that pre-activation tangents y cause there."""
    if not any(shifts):
        _leaky_relu_backward.grad_input(y, x, LEAKY_SLOPE, True, grad_input=x)
        return
    for target, source, shift in zip(x, y, shifts, strict=True):
        moved, kept = _overlap(shift, len(source))
        part = target[moved]
        _leaky_relu_backward.grad_input(source[kept], part, LEAKY_SLOPE, True, grad_input=part)
    clips, filled, mirrored, _ = _edges(shifts, y.shape[1])
    x[clips, filled] = _leaky_relu_backward(y[clips, mirrored], x[clips, filled], LEAKY_SLOPE, True)


def activate_backward(into: Tensor, gradient: Tensor, x: Tensor, shifts: Sequence[int]) -> None:
    """`into` = gradient with respect to y, given that with respect to the activations x."""
    if not any(shifts):
        _leaky_relu_backward.grad_input(gradient, x, LEAKY_SLOPE, True, grad_input=into)
        return
    for target, source, result, shift in zip(into, gradient, x, shifts, strict=True):
        moved, kept = _overlap(shift, len(source))
        _leaky_relu_backward.grad_input(source[moved], result[moved], LEAKY_SLOPE, True, grad_input=target[kept])
    clips, filled, mirrored, dropped = _edges(shifts, x.shape[1])
    into[clips, dropped] = 0
    reflected = _leaky_relu_backward(gradient[clips, filled], x[clips, filled], LEAKY_SLOPE, True)
    into.index_put_((clips, mirrored), reflected, accumulate=True)


class _Edges(NamedTuple):
    """Steps that shifts leave empty, one row of each index tensor per step."""

    clips: Tensor
    filled: Tensor  # the step in the shifted signal
    mirrored: Tensor  # the step of the original whose value it gets
    dropped: Tensor  # a step of the original that fell out at the other edge


def _edges(shifts: Sequence[int], time: int) -> _Edges:
    rows = []
    for clip, shift in enumerate(shifts):
        rows += [(clip, step, shift - step, time - shift + step) for step in range(shift)]
        rows += [(clip, time - 1 - step, time - 1 + shift + step, step) for step in range(-shift)]
    return _Edges(*torch.tensor(rows).unbind(1))


def _overlap(shift: int, time: int) -> tuple[slice, slice]:
    """Steps of the shifted signal that are not reflected, and the steps of the original that they come from."""
    later, earlier = max(shift, 0), max(-shift, 0)
    return slice(later, time - earlier), slice(earlier, time - later)
