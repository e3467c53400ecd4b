"""Waves of the cycle that change over time: one at every anchor, cross-faded in between."""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

ANCHOR_FRAMES = 8  # frames between anchors, 23 ms


def anchors(first: int, last: int) -> range:
    """The anchors around frames `first` to `last`, both included; anchor k is at frame `k * ANCHOR_FRAMES`."""
    return range(first // ANCHOR_FRAMES, last // ANCHOR_FRAMES + 2)


def read_tables(tables: Tensor, cycles: Tensor, anchor: Tensor) -> Tensor:
    """Read tables `(batch, anchors, rows, size)` at positions, linear between points and between anchors.

    Args:
        tables: at consecutive anchors.
        cycles: positions in cycles, `(batch, n)`.
        anchor: positions in anchors, 0 being the first table's, `(n,)`, ascending.

    Returns:
        `(batch, rows, n)`.
    """
    size = tables.shape[-1]
    place = (cycles - cycles.floor()) * size  # torch.remainder is slow
    below = place.floor()
    share = (place - below).to(tables.dtype)[:, None]
    left = below.long() % size
    right = (left + 1) % size
    batch, count, rows, _ = tables.shape
    flat = tables.transpose(1, 2).reshape(batch, rows, count * size)
    number = anchor.floor().long().clamp(0, count - 2)
    fade = (anchor - number).to(tables.dtype)

    def at(which: Tensor) -> Tensor:
        offset = which * size
        near, far = (offset + left)[:, None], (offset + right)[:, None]
        low = torch.gather(flat, 2, near.expand(-1, rows, -1))
        high = torch.gather(flat, 2, far.expand(-1, rows, -1))
        return torch.lerp(low, high, share)

    return torch.lerp(at(number), at(number + 1), fade)


def between_anchors(values: Tensor, anchor: Tensor) -> Tensor:
    """Values at anchors `(batch, anchors, rows)`, with straight lines between them: `(batch, rows, n)`."""
    number = anchor.floor().long().clamp(0, values.shape[1] - 2)
    fade = (anchor - number).to(values.dtype)[:, None]
    found: Tensor = torch.lerp(values.index_select(1, number), values.index_select(1, number + 1), fade)
    return found.transpose(1, 2)


def read_series(coefficients: Tensor, cycles: Tensor, first: int) -> Tensor:
    """Fourier series of the cycle at frames, cross-faded between anchors.

    Args:
        coefficients: from order 1 upwards, at the anchors around the frames, `(batch, anchors, rows, orders, 2)`.
        cycles: positions at consecutive frames, `(batch, frames)`.
        first: the first frame.

    Returns:
        `(batch, rows, frames)`.
    """
    batch, count, rows, orders, _ = coefficients.shape
    before = first % ANCHOR_FRAMES
    frames = (count - 1) * ANCHOR_FRAMES
    angles = F.pad(cycles, (before, frames - before - cycles.shape[1]))[..., None] * torch.arange(
        1, orders + 1, device=cycles.device
    )
    turns = (2 * math.pi * (angles - angles.floor())).to(coefficients.dtype)
    basis = torch.stack([turns.cos(), -turns.sin()], -1).view(batch, count - 1, ANCHOR_FRAMES, 2 * orders)
    basis = F.pad(basis, (0, 0, 0, 0, 0, 1)).flatten(0, 1)[:-1]  # a row for each anchor, so that none is copied below
    series = coefficients.flatten(3).transpose(2, 3).flatten(0, 1)
    fade = torch.arange(ANCHOR_FRAMES, device=cycles.device)[:, None] / ANCHOR_FRAMES
    found = F.pad(torch.lerp(basis @ series[:-1], basis @ series[1:], fade), (0, 0, 0, 0, 0, 1))
    found = found.view(batch, count * ANCHOR_FRAMES, rows)
    return found[:, before : before + cycles.shape[1]].transpose(1, 2)
