"""The three kernels, whichever of their ways is taken, against PyTorch's one-dimensional convolutions."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from wavegan_src.architectures.wavegan import STRIDE, conv_padding, output_padding
from wavegan_src.models.wavegan.fast import convolution
from wavegan_src.models.wavegan.fast.convolution import Geometry, correlate, gather, scatter

NEVER, ALWAYS = 0, 2**40
WAYS = {
    "as measured": {},
    "never interleaved": {"SHORT": NEVER, "SHORT_CORRELATION": NEVER},
    "never interleaved, clip by clip": {
        "SHORT": NEVER,
        "SHORT_CORRELATION": NEVER,
        "GROUP_FLOATS": NEVER,
        "CORE_FLOATS": NEVER,
    },
    "never interleaved, two clips at a time": {"SHORT_CORRELATION": NEVER, "CORE_FLOATS": 1500},
    "always interleaved": {"SHORT": ALWAYS, "SHORT_CORRELATION": ALWAYS, "GROUP_FLOATS": ALWAYS},
    "all clips at once": {"SHORT_CORRELATION": NEVER, "GROUP_FLOATS": ALWAYS, "CORE_FLOATS": ALWAYS},
    "never unrolled": {"UNROLL": 1},
    "unrolled by other numbers": {"UNROLL": 5},
}


@contextmanager
def chosen(way: str) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in WAYS[way].items():
            patch.setattr(convolution, name, value)
        yield


def geometry(channels_in: int, channels_out: int, kernel: int, length: int) -> Geometry:
    return Geometry(channels_in, channels_out, kernel, STRIDE, conv_padding(kernel), length)


any_geometry = st.builds(geometry, st.integers(1, 6), st.integers(1, 6), st.integers(4, 101), st.integers(1, 80))
cases = given(shape=any_geometry, clips=st.integers(1, 5), seed=st.integers(0, 999))
every_way = pytest.mark.parametrize("way", WAYS)
thorough = settings(deadline=None, max_examples=80)


def operands(shape: Geometry, clips: int, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """Signals in, weights and signals out."""
    torch.manual_seed(seed)
    x = torch.randn(clips, shape.stride * shape.length, shape.channels_in, dtype=torch.float64)
    weight = torch.randn(shape.channels_out, shape.kernel, shape.channels_in, dtype=torch.float64)
    return x, weight, torch.randn(clips, shape.length, shape.channels_out, dtype=torch.float64)


def convolve(x: Tensor, weight: Tensor, bias: Tensor | None, shape: Geometry) -> Tensor:
    """PyTorch's convolution in our order of dimensions."""
    x, weight = x.transpose(1, 2), weight.transpose(1, 2)
    return F.conv1d(x, weight, bias, stride=shape.stride, padding=shape.padding).transpose(1, 2)


def assert_equal(found: Tensor, wanted: Tensor) -> None:
    torch.testing.assert_close(found, wanted, rtol=0, atol=1e-11)


@every_way
@thorough
@cases
@example(shape=geometry(2, 3, 101, 1), clips=1, seed=0)
@example(shape=geometry(1, 1, 4, 1), clips=1, seed=0)
def test_gather_is_convolution(way: str, shape: Geometry, clips: int, seed: int) -> None:
    x, weight, _ = operands(shape, clips, seed)
    bias = torch.randn(shape.channels_out, dtype=torch.float64)
    with chosen(way):
        assert_equal(gather(x, weight, bias, shape), convolve(x, weight, bias, shape))
        assert_equal(gather(x, weight, None, shape), convolve(x, weight, None, shape))


@every_way
@thorough
@cases
@example(shape=geometry(2, 3, 101, 1), clips=1, seed=0)
@example(shape=geometry(1, 1, 4, 1), clips=1, seed=0)
def test_scatter_is_transposed_convolution(way: str, shape: Geometry, clips: int, seed: int) -> None:
    _, weight, y = operands(shape, clips, seed)
    bias = torch.randn(shape.channels_in, dtype=torch.float64)
    wanted = F.conv_transpose1d(
        y.transpose(1, 2),
        weight.transpose(1, 2),
        stride=STRIDE,
        padding=shape.padding,
        output_padding=output_padding(shape.kernel),
    ).transpose(1, 2)
    with chosen(way):
        assert_equal(scatter(y, weight, None, shape), wanted)
        assert_equal(scatter(y, weight, bias, shape), wanted + bias)


@every_way
@thorough
@cases
@example(shape=geometry(2, 3, 101, 1), clips=1, seed=0)
@example(shape=geometry(1, 1, 4, 1), clips=1, seed=0)
@example(shape=geometry(3, 2, 25, 70), clips=5, seed=0)  # five clips in groups of two: the last is smaller
def test_correlate_adds_the_gradient_by_the_weights(way: str, shape: Geometry, clips: int, seed: int) -> None:
    x, weight, y = operands(shape, clips, seed)
    (gradient,) = torch.autograd.grad((convolve(x, weight.requires_grad_(), None, shape) * y).sum(), weight)
    before = torch.randn_like(gradient)
    into = before.clone()
    with chosen(way):
        correlate(into, x, y, shape)
    assert_equal(into, before + gradient)


@settings(deadline=None)
@given(kernel=st.integers(1, 30), stride=st.integers(1, 5), padding=st.integers(0, 29), length=st.integers(1, 9))
def test_taps_are_the_terms_of_the_sum(kernel: int, stride: int, padding: int, length: int) -> None:
    """Every pair of an output and a weight that meets a sample and not the padding, once."""
    shape = Geometry(1, 1, kernel, stride, min(padding, kernel - 1), length)
    found = [
        (t, frame * stride + column, weight)
        for tap in shape.taps()
        for t, frame in zip(range(length)[tap.rows], range(length)[tap.frames], strict=True)
        for column, weight in zip(range(stride)[tap.columns], range(kernel)[tap.weights], strict=True)
    ]
    wanted = [
        (t, sample, weight)
        for t in range(length)
        for weight in range(kernel)
        if 0 <= (sample := stride * t + weight - shape.padding) < stride * length
    ]
    assert sorted(found) == wanted


@pytest.mark.parametrize("way", ["as measured", "never interleaved, clip by clip", "all clips at once"])
@given(shape=any_geometry, clips=st.integers(1, 9))
def test_groups_hold_every_clip_once_in_order(way: str, shape: Geometry, clips: int) -> None:
    with chosen(way):
        groups = shape.groups(clips)
    assert [clip for group in groups for clip in range(clips)[group]] == list(range(clips))


def test_groups_are_as_large_as_their_limit_allows() -> None:
    shape = geometry(3, 2, 25, 1000)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(convolution, "GROUP_FLOATS", 2 * 1000 * STRIDE * 3)
        assert shape.groups(5) == [slice(0, 2), slice(2, 4), slice(4, 5)]
        assert geometry(3, 2, 25, convolution.SHORT).groups(5) == [slice(0, 5)]  # interleaved: all at once


def test_weights_of_a_signal_without_samples_in_reach_have_no_gradient() -> None:
    """Of a kernel much longer than the signal, the ends meet nothing but padding."""
    shape = geometry(2, 3, 101, 1)
    x, weight, y = operands(shape, 2, 0)
    into = torch.zeros_like(weight)
    correlate(into, x, y, shape)
    seen = into.abs().amax((0, 2)) > 0
    assert seen.nonzero().flatten().tolist() == list(range(shape.padding, shape.padding + STRIDE))


@every_way
@pytest.mark.parametrize("shape", [geometry(2, 3, 25, 1), geometry(1, 3, 25, 1), geometry(2, 3, 24, 5)])
def test_operands_are_left_alone(way: str, shape: Geometry) -> None:
    """A product into memory that is a parameter's would be a step that nobody asked for."""
    x, weight, y = operands(shape, 1, 0)
    biases = torch.randn(shape.channels_out).double(), torch.randn(shape.channels_in).double()
    before = [each.clone() for each in (x, weight, y, *biases)]
    with chosen(way):
        gather(x, weight, biases[0], shape)
        scatter(y, weight, biases[1], shape)
        correlate(torch.zeros_like(weight), x, y, shape)
    assert all(map(torch.equal, before, (x, weight, y, *biases)))
