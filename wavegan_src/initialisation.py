"""Initial weights of both networks."""

import torch
from torch import nn

from wavegan_src.network_geometry import STRIDE


def initialise(layer: nn.Linear | nn.Conv1d | nn.ConvTranspose1d) -> None:
    """Glorot-uniform weights and zero biases, in place, as in the paper's own code.

    Glorot and Bengio 2010, equation 16. A transposed convolution of stride 4 sums only every fourth tap of its
    kernel into one output sample, so its fan-in is a quarter of the kernel's: without this factor each of the six
    layers would halve the level, and training would start from near silence.
    """
    fan_in: float
    fan_out: float
    fan_in, fan_out = nn.init._calculate_fan_in_and_fan_out(layer.weight)
    if isinstance(layer, nn.ConvTranspose1d):  # PyTorch stores (in, out, kernel): its fans are the other way round
        fan_in, fan_out = fan_out / STRIDE, fan_in
    elif isinstance(layer, nn.Conv1d):
        fan_out = fan_out / STRIDE
    bound = (6 / (fan_in + fan_out)) ** 0.5
    with torch.no_grad():
        layer.weight.uniform_(-bound, bound)
        if layer.bias is not None:
            layer.bias.zero_()
