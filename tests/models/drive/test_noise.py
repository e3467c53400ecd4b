"""Noise that is the same wherever, and in whatever company, it is read."""

import pytest
import torch

from wavegan_src.models.drive.noise import KNOTS, SAMPLES, BatchNoise, LatentNoise


@pytest.fixture
def latents() -> torch.Tensor:
    return torch.randn(3, 8)


@pytest.mark.parametrize("first", [-50, 0, SAMPLES - 20, 40 * SAMPLES - 7])
def test_pieces_are_those_of_one_draw(latents: torch.Tensor, first: int) -> None:
    whole = BatchNoise(latents).white(first, first + 60)
    again = BatchNoise(latents)
    pieces = [again.white(first + start, first + start + length) for start, length in ((35, 25), (0, 1), (1, 34))]
    assert torch.equal(torch.cat([pieces[1], pieces[2], pieces[0]], 1), whole)


def test_noise_is_the_latent_vectors_alone(latents: torch.Tensor) -> None:
    whole = BatchNoise(latents).white(0, 9)
    assert torch.equal(BatchNoise(latents.flip(0)).white(0, 9).flip(0), whole)
    assert torch.equal(BatchNoise(latents[1:2]).white(0, 9)[0], whole[1])
    assert not torch.equal(whole[0], whole[1])


def test_minus_zero_is_zero() -> None:
    zero = torch.zeros(1, 4)
    assert torch.equal(BatchNoise(zero).white(0, 9), BatchNoise(-zero).white(0, 9))


def test_it_is_standard_normal_and_every_row_and_purpose_has_its_own(latents: torch.Tensor) -> None:
    one = LatentNoise(latents[0])
    rows = torch.cat([one.numbers(purpose, 4, -KNOTS, KNOTS) for purpose in ("a", "b")])
    torch.testing.assert_close(torch.cov(rows), torch.eye(8), atol=0.06, rtol=0)
    torch.testing.assert_close(rows.mean(1), torch.zeros(8), atol=0.06, rtol=0)


def test_slow_noise_goes_in_straight_lines_between_its_knots(latents: torch.Tensor) -> None:
    noise = BatchNoise(latents)
    found = noise.wandering("swell", 2, 8, -16, 16)
    knots = found[..., ::8]
    assert torch.equal(knots[1], LatentNoise(latents[1]).numbers("swell", 2, -2, 3))
    torch.testing.assert_close(found[..., 4:-4:8], (knots[..., 1:] + knots[..., :-1]) / 2)
    uneven = noise.wandering("swell", 2, 7.3, -30, 900)
    torch.testing.assert_close(noise.wandering("swell", 2, 7.3, 100, 140), uneven[..., 130:171])


def test_single_numbers_are_evenly_spread() -> None:
    found = BatchNoise(torch.randn(300, 2)).uniform("start")
    assert found.shape == (300, 1)
    quantiles = torch.quantile(found, torch.tensor([0.0, 0.25, 0.5, 0.75, 1.0], dtype=torch.float64))
    torch.testing.assert_close(quantiles, torch.linspace(0, 1, 5, dtype=torch.float64), atol=0.08, rtol=0)
