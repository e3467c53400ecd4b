"""LeakyReLU and phase shuffle in one pass over memory: forwards, backwards and along a tangent.

All tensors are `(clips, time, channels)`; shifts are one number of samples per clip. LeakyReLU works on each value by
itself, so it may come before or after the shift, and the sign of its result tells on which side of the kink it was.
"""

from collections.abc import Sequence

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
        if shift:
            edge, mirrored, _ = _edges(shift, len(source))
            target[edge] = _leaky_relu(source[mirrored], LEAKY_SLOPE).flip(0)


def activate_tangent(x: Tensor, y: Tensor, shifts: Sequence[int]) -> None:
    """Replace activations x by the tangents that pre-activation tangents y cause there."""
    if not any(shifts):
        _leaky_relu_backward.grad_input(y, x, LEAKY_SLOPE, True, grad_input=x)
        return
    for target, source, shift in zip(x, y, shifts, strict=True):
        moved, kept = _overlap(shift, len(source))
        part = target[moved]
        _leaky_relu_backward.grad_input(source[kept], part, LEAKY_SLOPE, True, grad_input=part)
        if shift:
            edge, mirrored, _ = _edges(shift, len(source))
            target[edge] = _leaky_relu_backward(source[mirrored].flip(0), target[edge], LEAKY_SLOPE, True)


def activate_backward(into: Tensor, gradient: Tensor, x: Tensor, shifts: Sequence[int]) -> None:
    """`into` = gradient with respect to y, given that with respect to the activations x."""
    if not any(shifts):
        _leaky_relu_backward.grad_input(gradient, x, LEAKY_SLOPE, True, grad_input=into)
        return
    for target, source, result, shift in zip(into, gradient, x, shifts, strict=True):
        moved, kept = _overlap(shift, len(source))
        _leaky_relu_backward.grad_input(source[moved], result[moved], LEAKY_SLOPE, True, grad_input=target[kept])
        if shift:
            edge, mirrored, dropped = _edges(shift, len(source))
            target[dropped] = 0
            target[mirrored] += _leaky_relu_backward(source[edge], result[edge], LEAKY_SLOPE, True).flip(0)


def _overlap(shift: int, time: int) -> tuple[slice, slice]:
    """Steps of the shifted signal that are no reflection, and the steps of the original that they come from."""
    later, earlier = max(shift, 0), max(-shift, 0)
    return slice(later, time - earlier), slice(earlier, time - later)


def _edges(shift: int, time: int) -> tuple[slice, slice, slice]:
    """For a shift that is not 0: filled steps; their mirror image and the steps that fell out, in the original."""
    if shift > 0:
        return slice(0, shift), slice(1, shift + 1), slice(time - shift, time)
    return slice(time + shift, time), slice(time - 1 + shift, time - 1), slice(0, -shift)
