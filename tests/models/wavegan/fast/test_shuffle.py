"""One pass over memory against LeakyReLU followed by phase shuffle, differentiated by PyTorch."""

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from wavegan_src.discriminator import LEAKY_SLOPE, phase_shuffle
from wavegan_src.models.wavegan.fast.shuffle import activate, activate_backward, activate_tangent


def reference(y: Tensor, shifts: list[int]) -> Tensor:
    """The critic's own two functions, `(clips, time, channels)` in and out."""
    return phase_shuffle(F.leaky_relu(y, LEAKY_SLOPE).transpose(1, 2), torch.tensor(shifts)).transpose(1, 2)


@st.composite
def shifted(draw: st.DrawFn) -> tuple[int, list[int]]:
    """A length, and a shift of any size that it allows for each of some clips."""
    time = draw(st.integers(1, 12))
    return time, draw(st.lists(st.integers(1 - time, time - 1), min_size=1, max_size=4))


every_shift = given(case=shifted(), channels=st.integers(1, 3), seed=st.integers(0, 999))


def noise(case: tuple[int, list[int]], channels: int) -> Tensor:
    """Not contiguous, as the convolutions' results may be; some values are exactly at the kink."""
    time, shifts = case
    y = torch.randn(time, len(shifts), channels, dtype=torch.float64).transpose(0, 1)
    return y * (torch.rand_like(y) > 0.1)


@settings(deadline=None)
@every_shift
@example(case=(4, [3, -3, 0]), channels=2, seed=0)
@example(case=(1, [0]), channels=1, seed=0)
def test_forwards(case: tuple[int, list[int]], channels: int, seed: int) -> None:
    torch.manual_seed(seed)
    y = noise(case, channels)
    x = torch.full(y.shape, torch.nan, dtype=y.dtype)
    activate(x, y, case[1])
    torch.testing.assert_close(x, reference(y, case[1]), rtol=1e-12, atol=0)


@settings(deadline=None)
@every_shift
@example(case=(4, [3, -3, 0]), channels=2, seed=0)
@example(case=(1, [0]), channels=1, seed=0)
def test_backwards(case: tuple[int, list[int]], channels: int, seed: int) -> None:
    torch.manual_seed(seed)
    y, gradient = noise(case, channels), noise(case, channels)
    x = reference(y.requires_grad_(), case[1])
    (wanted,) = torch.autograd.grad(x, y, gradient)
    into = torch.full(y.shape, torch.nan, dtype=y.dtype)
    activate_backward(into, gradient, x.detach(), case[1])
    torch.testing.assert_close(into, wanted, rtol=1e-12, atol=1e-14)


@settings(deadline=None)
@every_shift
@example(case=(4, [3, -3, 0]), channels=2, seed=0)
@example(case=(1, [0]), channels=1, seed=0)
def test_along_a_tangent(case: tuple[int, list[int]], channels: int, seed: int) -> None:
    torch.manual_seed(seed)
    y, tangent = noise(case, channels), noise(case, channels)
    cotangent = torch.zeros_like(y, requires_grad=True)  # the pullback is linear in it; its transpose is what we want
    x = reference(y.requires_grad_(), case[1])
    (pullback,) = torch.autograd.grad(x, y, cotangent, create_graph=True)
    (wanted,) = torch.autograd.grad(pullback, cotangent, tangent)
    x = x.detach().contiguous()
    activate_tangent(x, tangent, case[1])
    torch.testing.assert_close(x, wanted, rtol=1e-12, atol=0)


@pytest.mark.parametrize("shifts", [[0, 0], [2, -1]])
def test_operands_are_left_alone(shifts: list[int]) -> None:
    y, gradient = torch.randn(2, 5, 3), torch.randn(2, 5, 3)
    before = y.clone(), gradient.clone()
    x = torch.empty_like(y)
    activate(x, y, shifts)
    result = x.clone()
    activate_backward(torch.empty_like(y), gradient, x, shifts)
    assert torch.equal(x, result)
    activate_tangent(x, gradient, shifts)
    assert torch.equal(y, before[0])
    assert torch.equal(gradient, before[1])
