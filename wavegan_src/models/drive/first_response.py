"""How a generator answers to speed and load before any training: each band of its sound, as in the training clips.

A linear law is what recordings tell at once, and what training alone would take a thousand steps to find. It is made
of units of the networks that are there anyway, so training goes on from it.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from wavegan_src.models.engine.spectral_filter import place_of_band

FOLLOWED = (0, 2)  # of the response's three inputs: the scaled speed, and the load from -1 to 1
NARROWEST = 2 * len(FOLLOWED)  # width of the networks
USUAL = (1.5, 1.0)  # how far the scaled speed, and the load from -1 to 1, go from their middles
DEEPEST = 0.9  # share of an amplitude that they may take away; more would turn its sign
_SLOPE = 0.2  # of LeakyReLU below 0
_TINY = 1e-9  # amplitude


@torch.no_grad()
def state_controls(mapping: nn.Sequential, response: nn.Sequential, readers: Sequence[nn.Linear]) -> None:
    """Let the first two numbers of an engine's state be the speed and the load themselves, which nothing follows yet.

    A LeakyReLU of x less one of -x is x.

    Args:
        mapping: layers that make an engine's style, the last of them rectified.
        response: two layers that map the style and three inputs to what is added to it.
        readers: layers that read the state.

    Networks too narrow for it stay as they are.
    """
    style, first, last = _linear(mapping[-2]), _linear(response[0]), _linear(response[-1])
    if last.in_features < NARROWEST:
        return
    for row, place in enumerate(FOLLOWED):
        pair = slice(2 * row, 2 * row + 2)
        for layer, rows in ((first, pair), (last, row), (style, row)):
            layer.weight[rows] = 0
            layer.bias[rows] = 0
        first.weight[pair, last.out_features + place] = torch.tensor([1.0, -1.0])
        last.weight[:, pair] = 0
        last.weight[row, pair] = torch.tensor([1.0, -1.0]) / (1 + _SLOPE)
    for reader in readers:
        reader.weight[:, : len(FOLLOWED)] = 0


@torch.no_grad()
def answer_linearly(levels: nn.Linear, series: nn.Linear, slopes: tuple[Tensor, Tensor]) -> None:
    """Let levels and a Fourier series follow the first two numbers of the state by so much more, in all engines alike.

    Levels follow exactly, amplitudes to the first order, and no further than leaves a tenth of them at the ends of what
    is usual.

    Args:
        levels: the layer that makes levels of the state, natural log.
        series: the one that makes Fourier coefficients.
        slopes: natural log per unit of speed and load, of each level, and of each of the series' orders, `(2, n)` each.

    Networks too narrow for it stay as they are.
    """
    if levels.in_features < NARROWEST:
        return
    levels.weight[:, : len(FOLLOWED)] += slopes[0].T
    followed = series.weight[:, : len(FOLLOWED)]
    followed += (series.bias * slopes[1].repeat_interleave(2, 1)).T
    amplitudes = series.bias.view(-1, 2).norm(dim=1).clamp(min=_TINY)
    lowered = followed.view(-1, 2, len(FOLLOWED)).norm(dim=1) @ torch.tensor(USUAL).to(followed) / amplitudes
    followed *= (DEEPEST / lowered.clamp(min=DEEPEST)).repeat_interleave(2)[:, None]


def at_frequencies(slopes: Tensor, frequencies: Tensor, bend: float) -> Tensor:
    """Slopes of bands `(2, bands)` at shares of half the sample rate, `(2, n)`. `bend`: of the bands' spacing."""
    place = place_of_band(frequencies.clamp(max=1), slopes.shape[1], bend)
    below = place.floor().long().clamp(0, slopes.shape[1] - 2)
    return torch.lerp(slopes[:, below], slopes[:, below + 1], place - below)


def _linear(layer: nn.Module) -> nn.Linear:
    assert isinstance(layer, nn.Linear)
    return layer
