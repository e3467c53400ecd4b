"""Tables between anchors, against direct sums and loops."""

import math

import numpy as np
import pytest
import torch

from wavegan_src.models.drive.control_tables import (
    ANCHOR_FRAMES,
    anchors,
    between_anchors,
    read_series,
    read_tables,
)
from wavegan_src.models.engine.wave_tables import wave_table


@pytest.mark.parametrize(("first", "last"), [(0, 0), (0, 7), (-3, 21), (8, 16), (1003, 1004)])
def test_anchors_are_around_the_frames(first: int, last: int) -> None:
    found = anchors(first, last)
    assert found[0] * ANCHOR_FRAMES <= first < (found[0] + 1) * ANCHOR_FRAMES
    assert (found[-1] - 1) * ANCHOR_FRAMES <= last < found[-1] * ANCHOR_FRAMES


def test_tables_are_the_series_they_stand_for() -> None:
    coefficients = torch.randn(2, 3, 5, 2, dtype=torch.float64)
    points = torch.arange(32, dtype=torch.float64) / 32
    torch.testing.assert_close(wave_table(coefficients, 32), _series(coefficients, points), atol=1e-5, rtol=0)


def test_tables_are_read_as_a_loop_reads_them() -> None:
    tables = torch.randn(2, 3, 2, 16, dtype=torch.float64)
    cycles = torch.rand(2, 40, dtype=torch.float64) * 7 - 3
    anchor = torch.linspace(0, 2, 40, dtype=torch.float64)
    expected = np.empty((2, 2, 40))
    for batch, row, n in np.ndindex(expected.shape):
        each = [
            np.interp(float(cycles[batch, n]) * 16, np.arange(16), table[row].numpy(), period=16)
            for table in tables[batch]
        ]
        expected[batch, row, n] = np.interp(float(anchor[n]), [0, 1, 2], each)
    np.testing.assert_allclose(read_tables(tables, cycles, anchor).numpy(), expected, atol=1e-12)


def test_values_go_in_straight_lines_between_anchors() -> None:
    values, anchor = torch.randn(2, 4, 3, dtype=torch.float64), torch.linspace(0, 3, 25, dtype=torch.float64)
    found = between_anchors(values, anchor)
    for batch, row in np.ndindex(2, 3):
        np.testing.assert_allclose(found[batch, row], np.interp(anchor, range(4), values[batch, :, row]), atol=1e-12)


@pytest.mark.parametrize(("first", "frames"), [(0, 8), (5, 21), (-3, 4), (800, 1)])
def test_series_at_frames_are_the_direct_sums(first: int, frames: int) -> None:
    around = anchors(first, first + frames - 1)
    coefficients = torch.randn(2, len(around), 3, 5, 2)
    cycles = torch.rand(2, frames, dtype=torch.float64) * 9 - 4
    found = read_series(coefficients, cycles, first)
    assert found.shape == (2, 3, frames)
    for batch, frame in np.ndindex(2, frames):
        place = (first + frame) / ANCHOR_FRAMES - around[0]
        each = _series(coefficients[batch].double(), cycles[batch, frame, None])[..., 0]
        expected = torch.lerp(each[int(place)], each[int(place) + 1], place - int(place))
        torch.testing.assert_close(found[batch, :, frame].double(), expected, atol=1e-4, rtol=0)


def _series(coefficients: torch.Tensor, cycles: torch.Tensor) -> torch.Tensor:
    order = torch.arange(1, coefficients.shape[-2] + 1)
    angle = 2 * math.pi * order[:, None] * cycles
    return (coefficients[..., :1] * angle.cos() - coefficients[..., 1:] * angle.sin()).sum(-2)
