"""The generator's passes without a graph: forwards, and backwards to the gradients of its parameters."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from wavegan_src.architectures.wavegan import LAYERS, STRIDE, conv_padding, crop_start
from wavegan_src.generator import Generator
from wavegan_src.models.gradient_sums import Ready, nobody_waits
from wavegan_src.models.wavegan.fast.compiled_kernels import kernels_for
from wavegan_src.models.wavegan.fast.convolution import Geometry
from wavegan_src.models.wavegan.fast.memory import Buffers, Parameters


class GeneratorPasses:
    """Passes of one generator. The backward pass uses what the forward pass left in memory.

    Its own gradients may reuse the memory of the critic's, which are no longer needed by then.
    """

    def __init__(self, generator: Generator, buffers: Buffers):
        self.generator = generator
        self.layers = [Parameters(layer) for layer in generator.upsample if isinstance(layer, nn.ConvTranspose1d)]
        self.dense = Parameters(generator.dense)
        self.geometries = [  # of the convolution that each layer is the transpose of
            Geometry(
                channels_out, channels_in, kernel, STRIDE, conv_padding(kernel), generator.base_length * STRIDE**index
            )
            for index, (channels_in, kernel, channels_out) in enumerate(layer.weight.shape for layer in self.layers)
        ]
        self.buffers = buffers
        self.kernels = kernels_for(generator.dense.weight)
        self.latents = torch.empty(0)
        self.activations: list[Tensor] = []  # inputs of the transposed convolutions
        self.waveforms = torch.empty(0)
        start = crop_start(generator.audio_length)
        self.crop = slice(start, start + generator.audio_length)

    def forward(self, latents: Tensor) -> Tensor:
        """Waveforms `(clips, audio_length)` of latents `(clips, latent_dim)`; the next call overwrites them."""
        clips = len(latents)
        self.latents = latents
        self.activations = [
            self.buffers.take(f"generator x{layer}", clips, geometry.length, geometry.channels_out)
            for layer, geometry in enumerate(self.geometries)
        ]
        self.waveforms = self.buffers.take("waveforms", clips, self.generator.audio_length)
        first = F.linear(latents, self.dense.weight, self.dense.bias).view(clips, -1, self.generator.base_length)
        torch.clamp_min(first.transpose(1, 2), 0, out=self.activations[0])
        for layer, geometry in enumerate(self.geometries):
            weight, bias, y = self.layers[layer].weight, self.layers[layer].bias, self.activations[layer]
            if layer < LAYERS - 1:
                self.kernels.relu_transposed(self.activations[layer + 1], y, weight, bias, geometry)
            else:
                x = self.kernels.transposed(y, weight, bias, geometry)
                torch.tanh(x[:, self.crop, 0], out=self.waveforms)
        return self.waveforms

    def backward(self, gradient: Tensor, ready: Ready = nobody_waits) -> None:
        """Add to the parameters' `grad`, given the loss's gradient at the waveforms, `(clips, audio_length)`.

        Layers' gradients come last, the largest first, so that the exchange of those that `ready` is told of has time.
        """
        clips = len(gradient)
        last = self.geometries[-1]
        delta = self.buffers.take("x0", clips, STRIDE * last.length, 1)
        samples = delta[:, :, 0]
        samples[:, : self.crop.start], samples[:, self.crop.stop :] = 0, 0
        samples[:, self.crop] = torch.ops.aten.tanh_backward(gradient, self.waveforms)
        deltas = [delta]
        for layer in range(LAYERS - 1, -1, -1):
            inputs = self.activations[layer]
            below = self.buffers.take(f"delta{LAYERS - 1 - layer}", *inputs.shape)
            self.kernels.relu_backward(below, deltas[0], self.layers[layer].weight, inputs, self.geometries[layer])
            deltas.insert(0, below)
        first = deltas[0].transpose(1, 2).flatten(1)
        self.dense.weight_gradient.addmm_(first.t(), self.latents)
        self.dense.bias_gradient.add_(first.sum(0))
        ready(self.dense.all())
        for parameters, delta, inputs, geometry in zip(
            self.layers, deltas[1:], self.activations, self.geometries, strict=True
        ):
            self.kernels.correlate(parameters.weight_gradient, delta, inputs, geometry)
            parameters.bias_gradient.add_(delta.sum((0, 1)))
            ready(parameters.all())
