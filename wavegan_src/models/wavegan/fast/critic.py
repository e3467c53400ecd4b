"""The critic's passes without a graph: forwards, backwards, and the tangent pass that the penalty's gradient needs.

**The gradient of the penalty.** With phase shuffle's shifts given, the critic is piecewise linear: near x its score
is a product of matrices, D(x) = w^T M_6 A_6 P_5 M_5 A_5 ... P_1 M_1 A_1 x + const, where A_l is the convolution of
layer l, M_l the diagonal matrix of LeakyReLU's slopes at x, P_l the shifts and w the dense layer. So

    g = dD/dx = A_1^T M_1 P_1^T A_2^T ... M_6 w                                 (the backward pass)

and the penalty lambda mean (|g| - 1)^2 (arXiv 1704.00028, equation 3) changes with g by u = dpenalty/dg. Its gradient
with respect to the weights is that of the scalar <u, g> with u held fixed. The M_l do not depend on the weights
except where a unit is exactly at its kink, a set of measure zero, so <u, g> is linear in every A_l by itself:

    <u, g> = <delta_l, A_l a_(l-1)>,   a_0 = u,   a_l = P_l M_l A_l a_(l-1)      (the tangent pass: forwards, no biases)

with delta_l = M_l P_l^T A_(l+1)^T delta_(l+1) left over from the backward pass. Hence the gradient with respect to
the weights of layer l is the correlation of a_(l-1) with delta_l, that with respect to w is a_6, and the biases have
none. This is double backpropagation (Drucker and Le Cun, IEEE Trans. Neural Networks 3 (1992) 991) with the second
reverse sweep written as a forward one (Pearlmutter, Neural Computation 6 (1994) 147): no graph is kept, and the
tangents take the place of the activations, so that one correlation serves score and penalty together.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from wavegan_src.architectures.wavegan import LAYERS, STRIDE, conv_padding, crop_start
from wavegan_src.discriminator import SHUFFLED_LAYERS, Discriminator
from wavegan_src.models.gradient_sums import Ready, nobody_waits
from wavegan_src.models.wavegan.fast.compiled_kernels import kernels_for
from wavegan_src.models.wavegan.fast.convolution import Geometry
from wavegan_src.models.wavegan.fast.memory import Buffers, Parameters
from wavegan_src.models.wavegan.fast.shuffle import activate_backward

LayerShifts = Sequence[Sequence[int]]  # of each shuffled layer, of each clip, in samples


class CriticPasses:
    """Passes of one critic. Each pass uses what the previous one left in memory.

    Attributes:
        activations: inputs of the six convolutions and of the dense layer, `(clips, time, channels)`.
        deltas: gradients of the score with respect to what each convolution gives, `(clips, time, channels)`.
    """

    def __init__(self, critic: Discriminator, buffers: Buffers):
        self.critic = critic
        self.layers = [Parameters(layer) for layer in critic.downsample if isinstance(layer, nn.Conv1d)]
        self.dense = Parameters(critic.dense)
        lengths = [critic.base_length * STRIDE**power for power in range(LAYERS - 1, -1, -1)]
        self.geometries = [
            Geometry(channels_in, channels_out, kernel, STRIDE, conv_padding(kernel), length)
            for (channels_out, kernel, channels_in), length in zip(
                (layer.weight.shape for layer in self.layers), lengths, strict=True
            )
        ]
        self.buffers = buffers
        self.kernels = kernels_for(critic.dense.weight)
        self.activations: list[Tensor] = []
        self.deltas: list[Tensor] = []
        self.shifts: LayerShifts = []
        start = crop_start(critic.audio_length)
        self.crop = slice(start, start + critic.audio_length)

    def forward(self, waveforms: Sequence[Tensor], shifts: LayerShifts) -> Tensor:
        """Scores `(clips,)` of several batches `(batch, audio_length)`, concatenated."""
        clips = sum(map(len, waveforms))
        self.shifts = shifts
        self.activations = [self._activation(layer, clips) for layer in range(LAYERS + 1)]
        padded = self.activations[0][:, :, 0]
        padded[:, : self.crop.start], padded[:, self.crop.stop :] = 0, 0
        torch.cat(list(waveforms), out=padded[:, self.crop])
        for layer, geometry in enumerate(self.geometries):
            weight, bias = self.layers[layer].weight, self.layers[layer].bias
            x, into = self.activations[layer], self.activations[layer + 1]
            self.kernels.activate(into, x, weight, bias, self._shifts(layer, slice(0, clips)), geometry)
        return F.linear(self.activations[-1].flatten(1), self._dense(), self.dense.bias).squeeze(1)

    def backward(self, cotangent: Tensor) -> None:
        """Propagate the cotangents `(clips,)` of the scores down to the first convolution's outputs."""
        clips = len(cotangent)
        self.deltas = [self._delta(layer, clips) for layer in range(LAYERS)]
        top = (cotangent[:, None] * self._dense()).view_as(self.activations[-1])
        activate_backward(self.deltas[-1], top, self.activations[-1], self._shifts(LAYERS - 1, slice(0, clips)))
        for layer in range(LAYERS - 1, 0, -1):
            weight, shifts = self.layers[layer].weight, self._shifts(layer - 1, slice(0, clips))
            delta, below, into = self.deltas[layer], self.activations[layer], self.deltas[layer - 1]
            self.kernels.activate_backward(into, delta, weight, below, shifts, self.geometries[layer])

    def input_gradient(self, clips: slice) -> Tensor:
        """Gradients with respect to some clips' waveforms, `(clips, audio_length)`."""
        waveforms = self.kernels.transposed(self.deltas[0][clips], self.layers[0].weight, None, self.geometries[0])
        return waveforms[:, self.crop, 0]

    def tangent(self, clips: slice, u: Tensor) -> None:
        """Replace some clips' activations by the tangents that u `(clips, audio_length)` causes."""
        self.activations[0][clips, self.crop, 0] = u  # the margin is zero already
        for layer, geometry in enumerate(self.geometries):
            x, above = self.activations[layer][clips], self.activations[layer + 1][clips]
            self.kernels.tangent(above, x, self.layers[layer].weight, self._shifts(layer, clips), geometry)

    def add_weight_gradients(self, cotangent: Tensor, batches: Sequence[slice], ready: Ready = nobody_waits) -> None:
        """Add the gradients that activations and deltas give to the parameters' `grad`.

        Args:
            cotangent: `(clips,)`, as in the backward pass.
            batches: slices that hold activations; the others hold tangents, which do not affect biases. Each batch is
                summed separately: a unit that treats all real and fake clips alike then has a gradient of exactly 0,
                not a rounding error that Adam would blow up to a full step.
            ready: told of each layer; the largest come first, so that their exchange has the longest time.
        """
        dense = cotangent @ self.activations[-1].flatten(1)
        self.dense.weight_gradient.add_(dense.view(self.critic.base_length, -1).t().reshape(1, -1))
        self.dense.bias_gradient.add_(torch.stack([cotangent[batch].sum() for batch in batches]).sum())
        ready(self.dense.all())
        for layer in range(LAYERS - 1, -1, -1):
            parameters, deltas, geometry = self.layers[layer], self.deltas[layer], self.geometries[layer]
            sums = self.kernels.correlate(parameters.weight_gradient, self.activations[layer], deltas, geometry)
            parameters.bias_gradient.add_(torch.stack([sums[batch].sum(0) for batch in batches]).sum(0))
            ready(parameters.all())

    def _dense(self) -> Tensor:
        """The dense layer's weights `(1, time * channels)`; the module has them channels first."""
        return self.dense.weight.view(-1, self.critic.base_length).t().reshape(1, -1)

    def _shifts(self, layer: int, clips: slice) -> Sequence[int]:
        return self.shifts[layer][clips] if layer < SHUFFLED_LAYERS else [0] * (clips.stop - clips.start)

    def _activation(self, layer: int, clips: int) -> Tensor:
        if layer == LAYERS:
            last = self.geometries[-1]
            return self.buffers.take("top", clips, last.length, last.channels_out)
        geometry = self.geometries[layer]
        return self.buffers.take(f"x{layer}", clips, STRIDE * geometry.length, geometry.channels_in)

    def _delta(self, layer: int, clips: int) -> Tensor:
        return self.buffers.take(
            f"delta{layer}", clips, self.geometries[layer].length, self.geometries[layer].channels_out
        )
