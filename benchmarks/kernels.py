"""Speed of the kernels among which the fast path chooses, for every layer of the critic: GFLOP/s of useful operations.

    python -m benchmarks.kernels --model-dim 32 --clips 48

`plain` is the kernel that autograd uses (conv1d, channels first); `compiled`, if available, includes LeakyReLU. The
caches are flushed before each measurement, as in training.
"""

import statistics
import time
from collections.abc import Callable
from typing import Annotated

import torch
import typer
from torch.nn import functional as F

from wavegan_src.architectures.wavegan import STRIDE, base_length, channels, conv_padding
from wavegan_src.models.wavegan.fast import compiled_kernels as products
from wavegan_src.models.wavegan.fast import convolution
from wavegan_src.models.wavegan.fast.convolution import Geometry, correlate, gather, scatter

REPEATS = 7
KERNEL = 25
ALWAYS, NEVER = 2**40, 0
Rates = dict[str, float]


def main(
    model_dim: Annotated[int, typer.Option(help="Width d")] = 32,
    clips: Annotated[int, typer.Option(help="Clips at once; a critic step has three times its batch")] = 48,
) -> None:
    """Print a table of rates, one line per layer and operation."""
    widths, base = channels(model_dim)[::-1], base_length(44100)
    with torch.no_grad():
        for layer in range(6):
            length = base * STRIDE ** (5 - layer)
            geometry = Geometry(widths[layer], widths[layer + 1], KERNEL, STRIDE, conv_padding(KERNEL), length)
            for operation, rates in _rates(geometry, clips).items():
                figures = "  ".join(f"{kernel} {rate:4.0f}" for kernel, rate in rates.items())
                name = f"{geometry.channels_in:4} -> {geometry.channels_out:4}, length {length:5}"
                typer.echo(f"{name}  {operation:9}  {figures}")


def _rates(geometry: Geometry, clips: int) -> dict[str, Rates]:
    x = torch.randn(clips, STRIDE * geometry.length, geometry.channels_in)
    y = torch.randn(clips, geometry.length, geometry.channels_out)
    weight = torch.randn(geometry.channels_out, KERNEL, geometry.channels_in)
    into = torch.zeros_like(weight)
    plain_x, plain_y, plain_weight = (each.transpose(1, 2).contiguous() for each in (x, y, weight))
    padding, groups = geometry.padding, geometry.groups(clips)

    def gathered() -> None:
        for group in groups:
            gather(x[group], weight, None, geometry)

    def scattered() -> None:
        for group in groups:
            scatter(y[group], weight, None, geometry)

    def correlated() -> None:
        correlate(into, x, y, geometry)

    def plain_gathered() -> None:
        F.conv1d(plain_x, plain_weight, None, STRIDE, padding)

    def plain_scattered() -> None:
        F.conv_transpose1d(plain_y, plain_weight, None, STRIDE, padding, output_padding=1)

    def plain_correlated() -> None:
        torch.ops.aten.convolution_backward(
            plain_y, plain_x, plain_weight, None, [STRIDE], [padding], [1], False, [0], 1, [False, True, False]
        )

    compiled = products.load()
    bias, unmoved = torch.zeros(geometry.channels_out), [0] * clips
    up, down = torch.empty_like(y), torch.empty_like(x)

    operations = 2 * clips * geometry.length * geometry.channels_in * geometry.channels_out * KERNEL

    def rate(run: Callable[[], object], short: int) -> float:
        convolution.SHORT = convolution.SHORT_CORRELATION = short
        return operations / _seconds(run) / 1e9

    rates = {
        "gather": {
            "plain": rate(plain_gathered, NEVER),
            "library": rate(gathered, NEVER),
            "interleaved": rate(gathered, ALWAYS),
        },
        "scatter": {
            "plain": rate(plain_scattered, NEVER),
            "library": rate(scattered, NEVER),
            "interleaved": rate(scattered, ALWAYS),
        },
        "correlate": {
            "plain": rate(plain_correlated, NEVER),
            "per clip": rate(correlated, NEVER),
            "interleaved": rate(correlated, ALWAYS),
        },
    }
    if compiled is not None:
        rates["gather"]["compiled"] = rate(lambda: compiled.activate(up, x, weight, bias, unmoved, geometry), NEVER)
        rates["scatter"]["compiled"] = rate(
            lambda: compiled.activate_backward(down, y, weight, x, unmoved, geometry), NEVER
        )
        rates["correlate"]["compiled"] = rate(lambda: compiled.correlate(into, x, y, geometry), NEVER)
    return rates


def _seconds(run: Callable[[], object]) -> float:
    sweep = torch.ones(2**24)
    times = []
    for _ in range(REPEATS + 1):
        sweep.add_(1)
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:])


if __name__ == "__main__":
    typer.run(main)
