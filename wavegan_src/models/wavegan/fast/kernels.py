"""The operations that the passes are built from: a convolution or its transpose, with what follows it.

Two implementations give the same numbers to float32 rounding: `PLAIN`, PyTorch calls that run everywhere and in any
precision, and `compiled_kernels.py`, whose `kernels_for` chooses between them.
"""

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor

from wavegan_src.models.wavegan.fast import convolution, shuffle
from wavegan_src.models.wavegan.fast.convolution import Geometry

PYTORCH = "PyTorch's kernels"
ClipShifts = Sequence[int]  # one for each clip, in samples; empty means zeros

_threshold_backward_out = torch.ops.aten.threshold_backward.grad_input


class Kernels(Protocol):
    """Operations on signals `(clips, time, channels)`, contiguous, with weights `(channels_out, kernel, channels_in)`.

    "In" and "out" are those of the convolution; its transpose goes from out to in. `into` never overlaps an operand.

    Attributes:
        name: shown to the user.
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
        """Propagate gradients: transpose of the convolution, then back through the unit that gave `activations`."""
        ...

    def relu_transposed(self, into: Tensor, y: Tensor, weight: Tensor, bias: Tensor, g: Geometry) -> None:
        """Transposed convolution of y, ReLU."""
        ...

    def transposed(self, y: Tensor, weight: Tensor, bias: Tensor | None, g: Geometry) -> Tensor:
        """Transposed convolution of y."""
        ...

    def relu_backward(self, into: Tensor, delta: Tensor, weight: Tensor, activations: Tensor, g: Geometry) -> None:
        """Propagate gradients: adjoint of the transposed convolution, then of the ReLU that gave `activations`."""
        ...

    def correlate(self, into: Tensor, x: Tensor, y: Tensor, g: Geometry) -> Tensor:
        """Add the weight gradient of <convolution of x, y>; returns y's sums over time, `(clips, channels_out)`."""
        ...


class _Plain:
    """PyTorch's operations on a few clips at a time, so that results are still cached for the next operation."""

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
