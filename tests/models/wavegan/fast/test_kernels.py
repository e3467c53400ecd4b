"""Both sets of kernels against PyTorch's convolutions and differentiation in float64, whose results they round."""

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from wavegan_src.architectures.wavegan import STRIDE, conv_padding, output_padding
from wavegan_src.discriminator import LEAKY_SLOPE, phase_shuffle
from wavegan_src.models.wavegan.fast import compiled_kernels as products
from wavegan_src.models.wavegan.fast.convolution import Geometry
from wavegan_src.models.wavegan.fast.kernels import PLAIN, Kernels

WAYS = ("plain", "compiled")
ROUNDING = 1e-5  # of sums of up to some thousand terms in float32, relative to the largest


def kernels(way: str) -> Kernels:
    found = PLAIN if way == "plain" else products.load()
    if found is None:
        pytest.skip("no matrix unit or no compiler")
    return found


def geometry(channels_in: int, channels_out: int, kernel: int, length: int) -> Geometry:
    return Geometry(channels_in, channels_out, kernel, STRIDE, conv_padding(kernel), length)


any_geometry = st.builds(geometry, st.integers(1, 40), st.integers(1, 40), st.integers(4, 60), st.integers(1, 90))
every_way = pytest.mark.parametrize("way", WAYS)
cases = given(shape=any_geometry, clips=st.integers(1, 5), largest=st.integers(0, 16), seed=st.integers(0, 999))
thorough = settings(deadline=None, max_examples=40)


class Layer:
    """Random operands in float32, and PyTorch's way in float64."""

    def __init__(self, shape: Geometry, clips: int, largest: int, seed: int):
        torch.manual_seed(seed)
        self.shape = shape
        self.x = torch.randn(clips, STRIDE * shape.length, shape.channels_in)
        self.y = torch.randn(clips, shape.length, shape.channels_out)
        self.weight = torch.randn(shape.channels_out, shape.kernel, shape.channels_in)
        self.bias_in, self.bias_out = torch.randn(shape.channels_in), torch.randn(shape.channels_out)
        self.above = self.shifts(clips, largest, shape.length)
        self.below = self.shifts(clips, largest, STRIDE * shape.length)

    @staticmethod
    def shifts(clips: int, largest: int, time: int) -> list[int]:
        largest = min(largest, time - 1)
        drawn = [int(n) for n in torch.randint(-largest, largest + 1, (clips,))]
        return [largest, -largest, *drawn][:clips]

    def convolved(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        x, weight = x.double().transpose(1, 2), weight.double().transpose(1, 2)
        y = F.conv1d(x, weight, None if bias is None else bias.double(), STRIDE, self.shape.padding)
        return y.transpose(1, 2)

    def transposed(self, y: Tensor, bias: Tensor | None) -> Tensor:
        x = F.conv_transpose1d(
            y.double().transpose(1, 2),
            self.weight.double().transpose(1, 2),
            None if bias is None else bias.double(),
            STRIDE,
            self.shape.padding,
            output_padding=output_padding(self.shape.kernel),
        )
        return x.transpose(1, 2)


def shuffled(x: Tensor, shifts: list[int]) -> Tensor:
    return phase_shuffle(x.transpose(1, 2), torch.tensor(shifts)).transpose(1, 2)


def activated(y: Tensor, shifts: list[int]) -> Tensor:
    return shuffled(F.leaky_relu(y, LEAKY_SLOPE), shifts)


def assert_equal(found: Tensor, wanted: Tensor) -> None:
    assert found.shape == wanted.shape
    largest = max(1.0, float(wanted.abs().max()))  # of what is left a mask may have taken all but the smallest
    torch.testing.assert_close(found.double(), wanted, rtol=0, atol=ROUNDING * largest)


@every_way
@thorough
@cases
@example(shape=geometry(1, 1, 4, 1), clips=1, largest=0, seed=0)
@example(shape=geometry(1, 16, 25, 704), clips=3, largest=2, seed=0)  # several groups of rows
@example(shape=geometry(16, 32, 25, 176), clips=5, largest=2, seed=0)
def test_forwards(way: str, shape: Geometry, clips: int, largest: int, seed: int) -> None:
    layer = Layer(shape, clips, largest, seed)
    into = torch.full_like(layer.y, torch.nan)
    kernels(way).activate(into, layer.x, layer.weight, layer.bias_out, layer.above, shape)
    assert_equal(into, activated(layer.convolved(layer.x, layer.weight, layer.bias_out), layer.above))


@every_way
@thorough
@cases
@example(shape=geometry(1, 1, 4, 1), clips=1, largest=0, seed=0)
def test_along_a_tangent(way: str, shape: Geometry, clips: int, largest: int, seed: int) -> None:
    """The activations tell the slopes, where they are after the shift; reflections tell them twice."""
    layer = Layer(shape, clips, largest, seed)
    before = activated(layer.y, layer.above)
    slopes = torch.where(before > 0, 1.0, LEAKY_SLOPE).double()
    activations = before.contiguous()
    kernels(way).tangent(activations, layer.x, layer.weight, layer.above, shape)
    assert_equal(activations, slopes * shuffled(layer.convolved(layer.x, layer.weight, None), layer.above))


@every_way
@thorough
@cases
@example(shape=geometry(1, 1, 4, 1), clips=1, largest=0, seed=0)
@example(shape=geometry(32, 64, 25, 44), clips=12, largest=2, seed=0)  # columns of a clip in both threads
def test_backwards(way: str, shape: Geometry, clips: int, largest: int, seed: int) -> None:
    layer = Layer(shape, clips, largest, seed)
    below = layer.x.double().requires_grad_()
    activations = activated(below, layer.below)
    (wanted,) = torch.autograd.grad(activations, below, layer.transposed(layer.y, None))
    into = torch.full_like(layer.x, torch.nan)
    kept = activations.detach().float().contiguous()
    kernels(way).activate_backward(into, layer.y, layer.weight, kept, layer.below, shape)
    assert_equal(into, wanted)


@every_way
@thorough
@cases
@example(shape=geometry(1, 1, 4, 1), clips=1, largest=0, seed=0)
@example(shape=geometry(1, 16, 25, 704), clips=2, largest=0, seed=0)
def test_generators_layers(way: str, shape: Geometry, clips: int, largest: int, seed: int) -> None:
    layer = Layer(shape, clips, largest, seed)
    chosen, wanted = kernels(way), layer.transposed(layer.y, layer.bias_in)
    assert_equal(chosen.transposed(layer.y, layer.weight, layer.bias_in, shape), wanted)
    assert_equal(chosen.transposed(layer.y, layer.weight, None, shape), layer.transposed(layer.y, None))
    into = torch.full_like(layer.x, torch.nan)
    chosen.relu_transposed(into, layer.y, layer.weight, layer.bias_in, shape)
    assert_equal(into, wanted.relu())
    activations = torch.randn_like(layer.y).relu()
    below = torch.full_like(layer.y, torch.nan)
    chosen.relu_backward(below, layer.x, layer.weight, activations, shape)
    assert_equal(below, layer.convolved(layer.x, layer.weight, None) * (activations > 0))


@every_way
@thorough
@cases
@example(shape=geometry(1, 1, 4, 1), clips=1, largest=0, seed=0)
@example(shape=geometry(1, 16, 25, 704), clips=3, largest=0, seed=0)
def test_weight_gradients(way: str, shape: Geometry, clips: int, largest: int, seed: int) -> None:
    layer = Layer(shape, clips, largest, seed)
    weight = layer.weight.double().requires_grad_()
    (gradient,) = torch.autograd.grad((layer.convolved(layer.x, weight, None) * layer.y).sum(), weight)
    into = layer.weight.clone()
    sums = kernels(way).correlate(into, layer.x, layer.y, shape)
    assert_equal(into, layer.weight + gradient)
    assert_equal(sums, layer.y.double().sum(1))


WIDE = {"short": geometry(128, 256, 25, 44), "long": geometry(64, 128, 25, 176), "waveform": geometry(1, 64, 25, 704)}


def error(found: Tensor, wanted: Tensor) -> float:
    return float((found.double() - wanted).norm() / wanted.norm())


@pytest.mark.parametrize("shape", WIDE.values(), ids=WIDE)
def test_splitting_numbers_costs_no_precision(shape: Geometry) -> None:
    """Sums of thousands of products are as near to float64 as PyTorch's own in float32."""
    layer, compiled = Layer(shape, 4, 0, 0), kernels("compiled")
    exact = layer.transposed(layer.y, None)
    own = PLAIN.transposed(layer.y, layer.weight, None, shape)
    assert error(compiled.transposed(layer.y, layer.weight, None, shape), exact) < 2 * error(own, exact)
    weight = torch.zeros_like(layer.weight).double().requires_grad_()
    (exact,) = torch.autograd.grad((layer.convolved(layer.x, weight, None) * layer.y).sum(), weight)
    sums = torch.zeros_like(layer.weight), torch.zeros_like(layer.weight)
    for way, into in zip((compiled, PLAIN), sums, strict=True):
        way.correlate(into, layer.x, layer.y, shape)
    assert error(sums[0], exact) < 2 * error(sums[1], exact)


@pytest.mark.parametrize("scale", [1e-30, 1e-12, 1e12, 1e30])
def test_numbers_of_any_size_are_as_precise(scale: float) -> None:
    layer = Layer(geometry(20, 30, 25, 70), 2, 0, 0)
    found = kernels("compiled").transposed(scale * layer.y, layer.weight, None, layer.shape)
    assert error(found / scale, layer.transposed(layer.y, None)) < 1e-6


@pytest.mark.parametrize("broken", [torch.nan, torch.inf])
def test_what_is_no_number_shows(broken: float) -> None:
    """Training is stopped by it, so it must not get lost."""
    layer = Layer(geometry(20, 30, 25, 70), 2, 0, 0)
    layer.y[1, 33, 7] = broken
    found = kernels("compiled").transposed(layer.y, layer.weight, None, layer.shape)
    assert not found[1].isfinite().all()
    assert found[0].isfinite().all()


@pytest.mark.parametrize("shape", [geometry(32, 64, 25, 44), geometry(8, 16, 25, 704), geometry(1, 16, 25, 704)])
def test_two_threads_give_the_same_bytes_every_time(shape: Geometry) -> None:
    layer, compiled, found = Layer(shape, 7, 2, 0), kernels("compiled"), []
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        for _ in range(12):
            up, down, into = torch.empty_like(layer.y), torch.empty_like(layer.x), torch.zeros_like(layer.weight)
            compiled.activate(up, layer.x, layer.weight, layer.bias_out, layer.above, shape)
            compiled.activate_backward(down, layer.y, layer.weight, layer.x, layer.below, shape)
            sums = compiled.correlate(into, layer.x, layer.y, shape)
            found.append((up, down, into, sums))
    finally:
        torch.set_num_threads(threads)
    assert all(all(map(torch.equal, found[0], other)) for other in found[1:])


@every_way
def test_operands_are_left_alone(way: str) -> None:
    layer, chosen = Layer(geometry(20, 36, 24, 5), 2, 2, 0), kernels(way)
    operands = (layer.x, layer.y, layer.weight, layer.bias_in, layer.bias_out)
    before = [each.clone() for each in operands]
    up, down = torch.empty_like(layer.y), torch.empty_like(layer.x)
    chosen.activate(up, layer.x, layer.weight, layer.bias_out, layer.above, layer.shape)
    chosen.activate_backward(down, layer.y, layer.weight, layer.x, layer.below, layer.shape)
    chosen.relu_transposed(down, layer.y, layer.weight, layer.bias_in, layer.shape)
    chosen.relu_backward(up, layer.x, layer.weight, layer.y, layer.shape)
    chosen.correlate(torch.zeros_like(layer.weight), layer.x, layer.y, layer.shape)
    assert all(map(torch.equal, before, operands))
