"""Small parts that generators of engine sound are made of: layers by how they start, and draws from quantiles."""

import torch
from torch import Tensor, nn


def leaky_layer(inputs: int, outputs: int) -> tuple[nn.Module, nn.Module]:
    """A layer that preserves the variance of its input."""
    layer = nn.Linear(inputs, outputs)
    nn.init.kaiming_normal_(layer.weight, a=0.2)
    nn.init.zeros_(layer.bias)
    return layer, nn.LeakyReLU(0.2)


def small(layer: nn.Linear) -> nn.Linear:
    """The layer, started so that its outputs are near zero."""
    nn.init.normal_(layer.weight, std=0.01)
    nn.init.zeros_(layer.bias)
    return layer


def at_quantile(quantiles: Tensor, normal: Tensor) -> Tensor:
    """Map standard normal factors `(batch,)` to a distribution given by its quantiles."""
    place = torch.special.ndtr(normal) * (len(quantiles) - 1)
    below = place.floor().long().clamp(0, len(quantiles) - 2)
    return torch.lerp(quantiles[below], quantiles[below + 1], place - below)
