"""What the passes are made of: a convolution or its transpose, with all that is done to its results.

Two implementations give the same numbers to float32 rounding: `PLAIN`, PyTorch calls that run everywhere and in any
precision, and the compiled one of `products.py`, for which `kernels_for` looks.
"""

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor

from wavegan_src.models.wavegan.fast import convolution, shuffle
from wavegan_src.models.wavegan.fast.convolution import Geometry

PYTORCH = "PyTorch's kernels"
ClipShifts = Sequence[int]  # of each clip, in samples; none at all is the same as zeros

_threshold_backward_out = torch.ops.aten.threshold_backward.grad_input


class Kernels(Protocol):
    """Operations on signals `(clips, time, channels)`, contiguous, with weights `(channels_out, kernel, channels_in)`.

    "In" and "out" are those of the convolution; its transpose goes from out to in. `into` never overlaps an operand.

    Attributes:
        name: what to call them in front of a user.
    """

    name: str

    def activate(self, into: Tensor, x: Tensor, weight: Tensor, bias: Tensor, shifts: ClipShifts, g: Geometry) -> None:
        """Convolution of x, LeakyReLU, phase shuffle."""
        ...

    def tangent(self, activations: Tensor, x: Tensor, weight: Tensor, shifts: ClipShifts, g: Geometry) -> None:
        """Replace what `activate` gave by the tangents that tangents x cause there."""
        ...

    def activate_backward(
        self, into: Tensor, delta: Tensor, weight: Tensor, activations: Tensor, shifts: ClipShifts, g: Geometry
    ) -> None:
        """Lead gradients back: transpose of the convolution, then back through what gave its input `activations`."""
        ...

    def relu_transposed(self, into: Tensor, y: Tensor, weight: Tensor, bias: Tensor, g: Geometry) -> None:
        """Transposed convolution of y, ReLU."""
        ...

    def transposed(self, y: Tensor, weight: Tensor, bias: Tensor | None, g: Geometry) -> Tensor:
        """Transposed convolution of y."""
        ...

    def relu_backward(self, into: Tensor, delta: Tensor, weight: Tensor, activations: Tensor, g: Geometry) -> None:
        """Lead gradients back: adjoint of the transposed convolution, then of the ReLU that gave `activations`."""
        ...

    def correlate(self, into: Tensor, x: Tensor, y: Tensor, g: Geometry) -> Tensor:
        """Add the gradient of <convolution of x, y> by weights; gives y's sums over time, `(clips, channels_out)`."""
        ...


class _Plain:
    """By PyTorch, some clips at a time, so that results are near the processor when the next operation wants them."""

    name = PYTORCH

    def activate(self, into: Tensor, x: Tensor, weight: Tensor, bias: Tensor, shifts: ClipShifts, g: Geometry) -> None:
        for group in g.groups(len(x)):
            shuffle.activate(into[group], convolution.gather(x[group], weight, bias, g), shifts[group])

    def tangent(self, activations: Tensor, x: Tensor, weight: Tensor, shifts: ClipShifts, g: Geometry) -> None:
        for group in g.groups(len(x)):
            y = convolution.gather(x[group], weight, None, g)
            shuffle.activate_tangent(activations[group], y, shifts[group])

    def activate_backward(
        self, into: Tensor, delta: Tensor, weight: Tensor, activations: Tensor, shifts: ClipShifts, g: Geometry
    ) -> None:
        for group in g.groups(len(delta)):
            gradient = convolution.scatter(delta[group], weight, None, g)
            shuffle.activate_backward(into[group], gradient, activations[group], shifts[group])

    def relu_transposed(self, into: Tensor, y: Tensor, weight: Tensor, bias: Tensor, g: Geometry) -> None:
        for group in g.groups(len(y)):
            torch.clamp_min(convolution.scatter(y[group], weight, bias, g), 0, out=into[group])

    def transposed(self, y: Tensor, weight: Tensor, bias: Tensor | None, g: Geometry) -> Tensor:
        return torch.cat([convolution.scatter(y[group], weight, bias, g) for group in g.groups(len(y))])

    def relu_backward(self, into: Tensor, delta: Tensor, weight: Tensor, activations: Tensor, g: Geometry) -> None:
        for group in g.groups(len(delta)):
            y = convolution.gather(delta[group], weight, None, g)
            _threshold_backward_out(y, activations[group], 0, grad_input=into[group])

    def correlate(self, into: Tensor, x: Tensor, y: Tensor, g: Geometry) -> Tensor:
        convolution.correlate(into, x, y, g)
        return y.sum(1)


PLAIN: Kernels = _Plain()
