"""The critic's gradient with respect to its input, written as a computation forwards.

Given phase shuffle's shifts, the critic is piecewise linear: its gradient by the waveform is the dense layer's weights
led back through shifts, slopes and transposed convolutions, and the slopes change only where a unit is exactly at its
kink, a set of measure zero (derivation in `fast/critic.py`). So the penalty, which is a function of this gradient, can
be differentiated once and needs no double backward pass. That computes the same numbers, but PyTorch's carries zeros
through the whole critic a second time (6 passes' worth of products against 4, see `step_costs.py`), keeps all
activations where the slopes' signs are enough, and is closed to `torch.compile`.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from wavegan_src.discriminator import LEAKY_SLOPE, SHUFFLED_LAYERS, Discriminator
from wavegan_src.network_geometry import STRIDE, conv_padding, crop_start, output_padding
from wavegan_src.phase_shuffle import phase_shuffle, phase_unshuffle
from wavegan_src.precision import at_least_float32


def input_gradient(critic: Discriminator, x: Tensor, shifts: Tensor | None) -> Tensor:
    """Gradient of each clip's score with respect to its samples.

    Args:
        critic: the network; the result is differentiable with respect to its weights, and not by `x`.
        x: waveforms `(batch, 1, time)`.
        shifts: as for the critic itself.

    Returns:
        `(batch, 1, time)`, float32 also under autocast; float64 where the critic is.
    """
    weights = [layer.weight for layer in critic.convolutions()]  # once: spectral norm makes each anew when it is read
    slopes = _positive_units(critic, x, [weight.detach() for weight in weights], shifts)
    top = slopes[-1]
    gradient = critic.dense.weight.view(1, *top.shape[1:]).expand(top.shape)
    for index in range(len(weights) - 1, -1, -1):
        if shifts is not None and index < SHUFFLED_LAYERS:
            gradient = phase_unshuffle(gradient, shifts[index])
        gradient = torch.where(slopes[index], gradient, LEAKY_SLOPE * gradient)
        kernel = weights[index].shape[2]
        gradient = F.conv_transpose1d(
            gradient,
            weights[index],
            stride=STRIDE,
            padding=conv_padding(kernel),
            output_padding=output_padding(kernel),
        )
    start = crop_start(critic.audio_length)
    return at_least_float32(gradient[:, :, start : start + critic.audio_length])


@torch.no_grad()
def _positive_units(critic: Discriminator, x: Tensor, weights: list[Tensor], shifts: Tensor | None) -> list[Tensor]:
    """For each convolution where LeakyReLU has slope 1, `(batch, channels, time)`, bool."""
    found = []
    x = critic.pad(x)
    for index, (layer, weight) in enumerate(zip(critic.convolutions(), weights, strict=True)):
        y = F.conv1d(x, weight, layer.bias, stride=STRIDE, padding=conv_padding(weight.shape[2]))
        found.append(y > 0)
        x = F.leaky_relu(y, LEAKY_SLOPE)
        if shifts is not None and index < SHUFFLED_LAYERS:
            x = phase_shuffle(x, shifts[index])
    return found
