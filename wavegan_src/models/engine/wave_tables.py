"""Wave tables: one cycle of a Fourier series, kept as points and read at any position."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

STROKES = 4  # firings in one cycle of the wave table: of a four-cylinder engine's two turns


def wave_table(coefficients: Tensor, size: int) -> Tensor:
    """One cycle of the Fourier series `(…, orders, 2)` from order 1 upwards, at `size` points: `(…, size)`."""
    series = torch.view_as_complex(coefficients.contiguous())
    spectrum = F.pad(series, (1, size // 2 - series.shape[-1]))
    table: Tensor = torch.fft.irfft(spectrum, size)
    return table * (0.5 * size)


def read_table(table: Tensor, cycles: Tensor) -> Tensor:
    """Read tables `(batch, rows, size)` at positions in cycles `(batch, rows, n)`, linear between two points."""
    size = table.shape[-1]
    place = torch.remainder(cycles, 1.0) * size
    below = place.floor()
    share = (place - below).to(table.dtype)
    left = below.long() % size  # a place just below 1 may round up to it
    return torch.gather(table, -1, left) * (1 - share) + torch.gather(table, -1, (left + 1) % size) * share


def series_layer(width: int, orders: int, rows: int, firing: float, half: float, other: float) -> nn.Linear:
    """A layer whose outputs are Fourier series of the cycle: strong at the firing rate's multiples, weaker in between.

    Starting with the engine's orders at their usual strengths saves the first hundred steps; and a style of unit
    variance makes clips differ from the start as engines do, by some 5 dB in each order.

    Args:
        width: inputs.
        orders: coefficients of each series.
        rows: series.
        firing: amplitude of the first of the firing rate's multiples.
        half: of those halfway between them.
        other: of the rest.
    """
    order = torch.arange(1, orders + 1)
    strength = torch.where(order % STROKES == 0, firing, torch.where(order % (STROKES // 2) == 0, half, other))
    strength = strength / (1 + order / (STROKES * 6))
    turn = 2 * math.pi * torch.rand(orders)
    layer = nn.Linear(width, rows * orders * 2)
    with torch.no_grad():
        layer.bias.copy_(torch.stack([strength * turn.cos(), strength * turn.sin()], 1).flatten().repeat(rows))
        nn.init.normal_(layer.weight, std=0.5 / math.sqrt(width))
        layer.weight.mul_(strength.repeat_interleave(2).repeat(rows)[:, None])
    return layer
