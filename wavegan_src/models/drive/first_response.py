"""How a generator answers to speed and load before any training: each band of its sound, as in the training clips.

A linear law is what recordings tell at once, and what training alone would take a thousand steps to find. It is made
of units of the networks that are there anyway, so training goes on from it.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from wavegan_src.models.engine.spectral_filter import place_of_band

FOLLOWED = (0, 2)  # of the response's three inputs: the scaled speed, and the load from -1 to 1
_SLOPE = 0.2  # of LeakyReLU below 0


@torch.no_grad()
def answer_linearly(
    mapping: nn.Sequential,
    response: nn.Sequential,
    levels: nn.Linear,
    series: nn.Linear,
    others: Sequence[nn.Linear],
    slopes: tuple[Tensor, Tensor],
) -> None:
    """Let levels and a Fourier series follow speed and load, in all engines alike.

    The first two numbers of an engine's state become the speed and the load themselves: a LeakyReLU of x less one of
    -x is x. What is computed from the state follows them by columns of its weights: levels exactly, amplitudes to the
    first order.

    Args:
        mapping: layers that make an engine's style, the last of them rectified.
        response: two layers that map the style and three inputs to what is added to it.
        levels: the layer that makes levels of the sum, natural log.
        series: the one that makes Fourier coefficients.
        others: those that shall not follow.
        slopes: natural log per unit of speed and load, of each level, and of each of the series' orders, `(2, n)` each.

    Networks too narrow for it stay as they are.
    """
    style, first, last = _linear(mapping[-2]), _linear(response[0]), _linear(response[-1])
    if last.in_features < 2 * len(FOLLOWED):
        return
    for row, place in enumerate(FOLLOWED):
        pair = slice(2 * row, 2 * row + 2)
        for layer, rows in ((first, pair), (last, row), (style, row)):
            layer.weight[rows] = 0
            layer.bias[rows] = 0
        first.weight[pair, last.out_features + place] = torch.tensor([1.0, -1.0])
        last.weight[:, pair] = 0
        last.weight[row, pair] = torch.tensor([1.0, -1.0]) / (1 + _SLOPE)
        for other in others:
            other.weight[:, row] = 0
    levels.weight[:, :2] = slopes[0].T
    series.weight[:, :2] = (series.bias * slopes[1].repeat_interleave(2, 1)).T


def at_frequencies(slopes: Tensor, frequencies: Tensor, bend: float) -> Tensor:
    """Slopes of bands `(2, bands)` at shares of half the sample rate, `(2, n)`. `bend`: of the bands' spacing."""
    place = place_of_band(frequencies.clamp(max=1), slopes.shape[1], bend)
    below = place.floor().long().clamp(0, slopes.shape[1] - 2)
    return torch.lerp(slopes[:, below], slopes[:, below + 1], place - below)


def _linear(layer: nn.Module) -> nn.Linear:
    assert isinstance(layer, nn.Linear)
    return layer
