"""Wave tables against the series that they stand for."""

import math

import torch

from wavegan_src.models.engine.wave_tables import read_table, wave_table


def test_a_wave_table_is_the_series_it_stands_for() -> None:
    coefficients = torch.randn(2, 3, 5, 2, dtype=torch.float64)
    cycles = torch.rand(2, 3, 50, dtype=torch.float64) * 7 - 3
    order = torch.arange(1, 6)
    angle = 2 * math.pi * order[:, None] * cycles[:, :, None]
    real, imaginary = coefficients[..., 0, None], coefficients[..., 1, None]
    direct = (real * angle.cos() - imaginary * angle.sin()).sum(2)
    table = wave_table(coefficients, 1024)
    torch.testing.assert_close(read_table(table, cycles), direct, atol=1e-2, rtol=0)


def test_reading_a_table_at_its_points_is_exact() -> None:
    table = torch.randn(1, 1, 16)
    places = torch.arange(-16, 32)[None, None] / 16
    torch.testing.assert_close(read_table(table, places)[0, 0], table[0, 0].repeat(3))
