"""Strided convolution, its transpose and its weight gradient by PyTorch: the fastest method for each size.

With X a signal cut into frames of `stride` samples, Y the outputs of its convolution, and W_j the weights that meet
the j-th of the frames around an output's own:

    gather     Y[t]      = sum_j X[t + o_j] W_j^T      the convolution
    scatter    X[t + o_j] += Y[t] W_j   for every j    its transpose: the transposed convolution
    correlate  dW_j      = sum_t Y[t]^T X[t + o_j]     the gradient of either with respect to the weights

Every term is a product of matrices that are views of the operands; terms with padding are left out.

All signals are `(clips, time, channels)`, contiguous, and weights `(channels_out, kernel, channels_in)`: then the rows
of the matrices are contiguous, and the same memory is what image convolution calls channels-last, of height 1.
"In" and "out" are those of the convolution; a transposed convolution goes from out to in.

Which kernel (measured by `python -m benchmarks.kernels`, table in docs/performance.md):

    layer                     gather, scatter                 correlate
    waveform (1 channel)      library; unrolled product       unrolled product
    long                      library, channels-last          products per clip, batched
    short (64 outputs)        products, clips interleaved     products, clips interleaved
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

SHORT = 64  # outputs of a clip up to which interleaving clips beats the library's convolutions
SHORT_CORRELATION = 256  # the same for the weight gradient, where it competes with products of single clips
UNROLL = 4  # outputs that a product with the waveform computes as one: with one channel, matrices would be too thin
GROUP_FLOATS = 2**20  # results of clips computed together: 4 MiB, to stay in the cache until they are used
CORE_FLOATS = 3 * 2**17  # operands of one core in a batch of products: 1.5 MiB, to stay in its own cache


class Tap(NamedTuple):
    """One term of the sums: which rows of Y and X, and which columns of X and W, meet in it."""

    rows: slice  # t
    frames: slice  # t + o_j
    columns: slice  # of a frame's stride * channels_in values
    weights: slice  # of the kernel * channels_in weights of an output channel


@dataclass(frozen=True)
class Geometry:
    """A convolution from `(stride * length, channels_in)` to `(length, channels_out)`."""

    channels_in: int
    channels_out: int
    kernel: int
    stride: int
    padding: int  # zeros before the signal
    length: int

    @property
    def is_short(self) -> bool:
        """Whether clips are interleaved."""
        return self.length <= SHORT

    def taps(self) -> Iterator[Tap]:
        """The terms of the sums above."""
        earlier = -(-self.padding // self.stride)  # frames before an output's own that it sees
        shift = earlier * self.stride - self.padding  # samples of the first of them that it does not see
        for j in range(-(-(self.kernel + shift) // self.stride)):
            offset = j - earlier
            start = j * self.stride - shift
            first, last = max(start, 0), min(start + self.stride, self.kernel)
            rows = slice(max(0, -offset), max(0, -offset, min(self.length, self.length - offset)))
            yield Tap(
                rows,
                slice(rows.start + offset, rows.stop + offset),
                slice((first - start) * self.channels_in, (last - start) * self.channels_in),
                slice(first * self.channels_in, last * self.channels_in),
            )

    def groups(self, clips: int) -> list[slice]:
        """Clips to compute together: all if they are interleaved, else as many as keep results in the cache."""
        floats = self.length * max(self.stride * self.channels_in, self.channels_out)
        return _cut(clips, clips if self.is_short else GROUP_FLOATS // floats)


def gather(x: Tensor, weight: Tensor, bias: Tensor | None, geometry: Geometry) -> Tensor:
    """Convolve: `(clips, stride * length, channels_in)` to `(clips, length, channels_out)`.

    Args:
        x: signals.
        weight: `(channels_out, kernel, channels_in)`.
        bias: `(channels_out,)`; None adds nothing.
        geometry: the convolution's.
    """
    if geometry.is_short and geometry.channels_in > 1:
        return _gather_interleaved(x, weight.flatten(1), bias, geometry)
    y = F.conv2d(_image(x), _image(weight), bias, stride=(1, geometry.stride), padding=(0, geometry.padding))
    return y.squeeze(2).transpose(1, 2)


def scatter(y: Tensor, weight: Tensor, bias: Tensor | None, geometry: Geometry) -> Tensor:
    """Transposed convolution: `(clips, length, channels_out)` to `(clips, stride * length, channels_in)`.

    Args:
        y: signals.
        weight: `(channels_out, kernel, channels_in)`.
        bias: `(channels_in,)`; None adds nothing.
        geometry: the convolution's.
    """
    if geometry.channels_in == 1:
        return _scatter_to_waveform(y, weight, bias, geometry)
    if geometry.is_short:
        return _scatter_interleaved(y, weight.flatten(1), bias, geometry)
    x = F.conv_transpose2d(
        _image(y),
        _image(weight),
        bias,
        stride=(1, geometry.stride),
        padding=(0, geometry.padding),
        output_padding=(0, geometry.stride + 2 * geometry.padding - geometry.kernel),
    )
    return x.squeeze(2).transpose(1, 2)


def correlate(into: Tensor, x: Tensor, y: Tensor, geometry: Geometry) -> None:
    """Add to `into` the gradient of sum(gather(x) * y) with respect to the weights.

    Args:
        into: `(channels_out, kernel, channels_in)`.
        x: `(clips, stride * length, channels_in)`.
        y: `(clips, length, channels_out)`.
        geometry: the convolution's.
    """
    if geometry.channels_in == 1:
        _correlate_waveform(into, x, y, geometry)
    elif geometry.length <= SHORT_CORRELATION:
        frames, rows = _interleaved(x, geometry.stride), _interleaved(y, 1)
        gradient = into.view(geometry.channels_out, -1)
        for tap in geometry.taps():
            used = frames[tap.frames].flatten(0, 1)[:, tap.columns]
            gradient[:, tap.weights].addmm_(rows[tap.rows].flatten(0, 1).t(), used)
    else:
        _correlate_clips(into.view(geometry.channels_out, -1), x, y, geometry)


def _gather_interleaved(x: Tensor, weight: Tensor, bias: Tensor | None, geometry: Geometry) -> Tensor:
    frames = _interleaved(x, geometry.stride)
    start = x.new_zeros(geometry.channels_out) if bias is None else bias
    y = start.repeat(geometry.length, len(x), 1)  # a copy even of one row, unlike expand().contiguous()
    for tap in geometry.taps():
        used = frames[tap.frames].flatten(0, 1)[:, tap.columns]
        y[tap.rows].flatten(0, 1).addmm_(used, weight[:, tap.weights].t())
    return y.transpose(0, 1)


def _scatter_interleaved(y: Tensor, weight: Tensor, bias: Tensor | None, geometry: Geometry) -> Tensor:
    rows = _interleaved(y, 1)
    start = y.new_zeros(geometry.channels_in) if bias is None else bias
    x = start.repeat(geometry.stride).expand(geometry.length, len(y), -1).contiguous()
    for tap in geometry.taps():
        into = x[tap.frames].flatten(0, 1)[:, tap.columns]
        into.addmm_(rows[tap.rows].flatten(0, 1), weight[:, tap.weights])
    return x.transpose(0, 1).reshape(len(y), -1, geometry.channels_in)


def _correlate_clips(into: Tensor, x: Tensor, y: Tensor, geometry: Geometry) -> None:
    """One product per clip and tap, a core's clips at a time; the sum over a core's clips accumulates in place."""
    frames = x.view(len(x), geometry.length, -1)
    per_core = max(1, CORE_FLOATS // (geometry.length * (frames.shape[2] + geometry.channels_out)))
    groups = _cut(len(x), per_core * torch.get_num_threads())
    taps = list(geometry.taps())
    widths = [tap.weights.stop - tap.weights.start for tap in taps]
    sums = [x.new_zeros(groups[0].stop, geometry.channels_out, width) for width in widths]
    for group in groups:
        for tap, total in zip(taps, sums, strict=True):
            rows = y[group, tap.rows].transpose(1, 2)
            total[: len(rows)].baddbmm_(rows, frames[group, tap.frames, tap.columns])
    for tap, total in zip(taps, sums, strict=True):
        into[:, tap.weights] += total.sum(0)


def _scatter_to_waveform(y: Tensor, weight: Tensor, bias: Tensor | None, geometry: Geometry) -> Tensor:
    unroll, hop = _unrolling(geometry)
    wide = _unrolled(weight, unroll, geometry.stride)
    pieces = (y.reshape(-1, unroll * geometry.channels_out) @ wide).view(len(y), -1, wide.shape[1])
    steps = pieces.shape[1]
    blocks = -(-wide.shape[1] // hop)
    x = y.new_zeros(len(y), steps + blocks - 1, hop)
    for j in range(blocks):
        part = pieces[:, :, j * hop : (j + 1) * hop]
        x[:, j : j + steps, : part.shape[2]] += part
    x = x.view(len(y), -1, 1)[:, geometry.padding : geometry.padding + geometry.stride * geometry.length]
    return x if bias is None else x + bias


def _correlate_waveform(into: Tensor, x: Tensor, y: Tensor, geometry: Geometry) -> None:
    unroll, hop = _unrolling(geometry)
    width = geometry.kernel + geometry.stride * (unroll - 1)
    steps = geometry.length // unroll
    total = x.new_zeros(width, unroll * geometry.channels_out)
    for group in _cut(len(x), GROUP_FLOATS // (geometry.length * geometry.channels_out)):
        padded = F.pad(x[group, :, 0], (geometry.padding, width))
        size = (len(padded), steps, width)
        unfolded = padded.as_strided(size, (padded.shape[1], hop, 1)).reshape(-1, width)
        total.addmm_(unfolded.t(), y[group].reshape(-1, total.shape[1]))
    for i, part in enumerate(total.view(width, unroll, -1).unbind(1)):
        begin = geometry.stride * i
        into[:, :, 0] += part[begin : begin + geometry.kernel].t()


def _unrolling(geometry: Geometry) -> tuple[int, int]:
    """Outputs computed as one, and the samples from one such group to the next."""
    unroll = UNROLL if geometry.length % UNROLL == 0 else 1
    return unroll, unroll * geometry.stride


def _unrolled(weight: Tensor, unroll: int, stride: int) -> Tensor:
    """Weights `(unroll * channels_out, kernel + stride * (unroll - 1))` of `unroll` neighbouring outputs."""
    kernel = weight.shape[1]
    wide = weight.new_zeros(unroll, len(weight), kernel + stride * (unroll - 1))
    for i in range(unroll):
        wide[i, :, stride * i : stride * i + kernel] = weight[:, :, 0]
    return wide.flatten(0, 1)


def _interleaved(x: Tensor, per_row: int) -> Tensor:
    """Signals `(clips, time, channels)` as `(time / per_row, clips, per_row * channels)`, contiguous."""
    return x.reshape(len(x), x.shape[1] // per_row, -1).transpose(0, 1).contiguous()


def _image(x: Tensor) -> Tensor:
    """The same memory `(n, time, channels)` as a channels-last image `(n, channels, 1, time)`.

    Strides are given explicitly: with one channel they would be ambiguous, and a slower kernel would be chosen.
    """
    n, time, channels = x.shape
    x = x.contiguous()
    return x.as_strided((n, channels, 1, time), (time * channels, 1, time * channels, channels))


def _cut(count: int, size: int) -> list[slice]:
    size = max(1, min(count, size))
    return [slice(first, min(first + size, count)) for first in range(0, count, size)]
