"""A whole training iteration, five critic steps and one generator step: the textbook's compared with ours.

    python -m benchmarks.train_step --model-dim 32 --batch-size 16 --json

Each side has its own process, so that its memory can be measured, and they alternate, one iteration each, so that both
run under the same conditions. Gradients are compared for the same weights, clips and random numbers. The
matrix-multiply peak of the machine is measured between the iterations.
"""

import dataclasses
import json
import multiprocessing as mp
import resource
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from typing import Annotated

import torch
import typer
from torch import Tensor

from benchmarks.measuring import forward_operations, matmul_peak
from benchmarks.textbook import TextbookCritic, TextbookGenerator, TextbookWGAN
from wavegan_src.config_loader import validate
from wavegan_src.config_schema import Config
from wavegan_src.data.batch import Batch
from wavegan_src.models.wavegan.fast.gradients import ManualGradients
from wavegan_src.models.wavegan.wgan import WGAN
from wavegan_src.utils.processes.group import ALONE

CRITIC_PASSES = 11  # forward passes of one clip: 3 scores, 3 backward, 1 tangent, 3 weight gradients, 1 fake generated
GENERATOR_PASSES = 5  # generator and critic forwards and backwards, the generator's weight gradients
MEGABYTE = 2**20


@dataclass(frozen=True)
class Comparison:
    """One size's figures; ratios are medians of paired iterations."""

    model_dim: int
    batch_size: int
    wall_ratio: float  # yardstick over ours
    cpu_ratio: float
    memory_ratio: float  # ours over yardstick, of memory_mb
    peak_share: float  # ours: least operations / (time x matrix-multiply peak)
    max_gradient_error: float  # largest relative difference of a gradient between both sides, in float64
    float32_gradient_error: float  # ours in float32 against float64; a unit near its kink may fall on either side
    yardstick_float32_gradient_error: float  # the same for the yardstick
    wall_s: float
    yardstick_wall_s: float
    memory_mb: float  # peak in addition to that of a process with the libraries loaded and warmed up
    yardstick_memory_mb: float
    peak_mb: float  # of the whole process
    yardstick_peak_mb: float
    gflops: float
    matmul_gflops: float
    threads: int


def main(
    model_dim: Annotated[int, typer.Option(help="Width d of both networks")] = 32,
    batch_size: Annotated[int, typer.Option(help="Clips in a step")] = 16,
    iterations: Annotated[int, typer.Option(help="Paired iterations, after one to warm up")] = 5,
    sizes: Annotated[bool, typer.Option("--all", help="d = 16, 32, 64 with batches of 8 and 16")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per size")] = False,
) -> None:
    """Compare the textbook's training iteration with ours."""
    wanted = [(d, b) for d in (16, 32, 64) for b in (8, 16)] if sizes else [(model_dim, batch_size)]
    for d, batch in wanted:
        result = compare(d, batch, iterations)
        if as_json:
            typer.echo(json.dumps(asdict(result)))
        else:
            typer.echo(
                f"d = {d}, batch {batch}: {result.wall_ratio:.2f} x in wall time, {result.cpu_ratio:.2f} x in "
                f"processor time, {100 * result.memory_ratio:.0f} % of the memory ({result.memory_mb:.0f} of "
                f"{result.yardstick_memory_mb:.0f} MiB), {100 * result.peak_share:.0f} % of the matrix peak of "
                f"{result.matmul_gflops:.0f} GFLOP/s, gradient error {result.max_gradient_error:.1e}"
            )


def compare(model_dim: int, batch: int, iterations: int) -> Comparison:
    """Run both sides in turn."""
    config = _config(model_dim)
    with Side(_textbook, model_dim, batch) as yardstick, Side(our_step, model_dim, batch) as ours:
        pairs, peaks = [], []
        for turn in range(iterations + 1):
            pair = yardstick.iterate(), ours.iterate()
            if turn:
                pairs.append(pair)
                peaks.append(matmul_peak())
        (their_peak, their_base), (own_peak, own_base) = yardstick.memory_mb(), ours.memory_mb()
    errors = gradient_errors(config, min(batch, 4))  # last, as a process inherits its parent's peak
    wall = statistics.median(own.wall for _, own in pairs)
    operations = least_operations(config, batch)
    return Comparison(
        model_dim=model_dim,
        batch_size=batch,
        wall_ratio=statistics.median(other.wall / own.wall for other, own in pairs),
        cpu_ratio=statistics.median(other.cpu / own.cpu for other, own in pairs),
        memory_ratio=(own_peak - own_base) / max(their_peak - their_base, 1e-3),  # may be 0 for tiny sizes
        peak_share=operations / wall / statistics.median(peaks),
        **errors,
        wall_s=wall,
        yardstick_wall_s=statistics.median(other.wall for other, _ in pairs),
        memory_mb=own_peak - own_base,
        yardstick_memory_mb=their_peak - their_base,
        peak_mb=own_peak,
        yardstick_peak_mb=their_peak,
        gflops=operations / wall / 1e9,
        matmul_gflops=statistics.median(peaks) / 1e9,
        threads=torch.get_num_threads(),
    )


def gradient_errors(config: Config, batch: int) -> dict[str, float]:
    """Errors of both sides' gradients, in float64 and in float32: see `Comparison`."""
    (exact, ours64), (theirs32, ours32) = (
        _both_gradients(config, batch, torch.float64),
        _both_gradients(config, batch, torch.float32),
    )
    return {
        "max_gradient_error": _worst(exact, ours64),
        "float32_gradient_error": _worst(exact, ours32),
        "yardstick_float32_gradient_error": _worst(exact, theirs32),
    }


def _both_gradients(config: Config, batch: int, dtype: torch.dtype) -> tuple[list[Tensor], list[Tensor]]:
    """Gradients of all parameters of critic and generator, from the yardstick and from ours, for the same inputs."""
    gan = WGAN(config, torch.device("cpu"))
    draws = gan.draw_critic_step(0, ALONE.share(batch))
    latents, epsilon, real = draws.latents.to(dtype), draws.epsilon.to(dtype), _clips(config, batch).to(dtype)
    shifts = [each for each in (draws.real_shifts, draws.fake_shifts, draws.penalty_shifts) if each is not None]
    textbook = _textbook_like(gan)
    textbook.critic.to(dtype), textbook.generator.to(dtype)
    ours = ManualGradients(gan.generator.to(dtype), gan.critic.to(dtype), config.training)
    textbook.critic_gradients(real, latents, epsilon, shifts)
    ours.critic(real, dataclasses.replace(draws, latents=latents, epsilon=epsilon))
    pairs = [_gradients(textbook.critic), _gradients(gan.critic)]
    textbook.generator_gradients(latents, shifts[0])
    ours.generator(latents, shifts[0])
    return pairs[0] + _gradients(textbook.generator), pairs[1] + _gradients(gan.generator)


@dataclass(frozen=True)
class Timing:
    """Seconds of one iteration."""

    wall: float
    cpu: float


class Side:
    """One implementation in its own process, which iterates on request."""

    def __init__(self, make: Callable[[int, int], Callable[[], None]], model_dim: int, batch: int):
        context = mp.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, make, model_dim, batch))
        self._process.start()
        theirs.close()  # so that a child that dies is noticed
        self._base_mb = self.peak_mb()

    def __enter__(self) -> "Side":
        return self

    def __exit__(self, *_: object) -> None:
        self._pipe.send("end")
        self._process.join()

    def iterate(self) -> Timing:
        """Run and time one iteration in that process."""
        self._pipe.send("iterate")
        return Timing(*self._pipe.recv())

    def memory_mb(self) -> tuple[float, float]:
        """Peak memory of the process, and its peak before the networks were built."""
        return self.peak_mb(), self._base_mb

    def peak_mb(self) -> float:
        """Peak memory of the process so far."""
        self._pipe.send("memory")
        return float(self._pipe.recv())


def _serve(pipe: Connection, make: Callable[[int, int], Callable[[], None]], model_dim: int, batch: int) -> None:
    make(1, 1)()  # loads and warms up the libraries
    iterate: Callable[[], None] | None = None
    while (order := pipe.recv()) != "end":
        if order == "memory":
            unit = 1 if sys.platform == "darwin" else 1024  # bytes
            pipe.send(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / MEGABYTE)
            continue
        iterate = iterate or make(model_dim, batch)
        wall, cpu = time.perf_counter(), time.process_time()
        iterate()
        pipe.send((time.perf_counter() - wall, time.process_time() - cpu))


def our_step(model_dim: int, batch: int) -> Callable[[], None]:
    """An iteration of the program's own training."""
    config = _config(model_dim)
    gan, real = WGAN(config, torch.device("cpu")), Batch(_clips(config, batch))

    def iterate() -> None:
        for _ in range(config.training.n_critic):
            gan.step_critic(real)
        gan.step_generator(real)

    return iterate


def _textbook(model_dim: int, batch: int) -> Callable[[], None]:
    config = _config(model_dim)
    length = config.audio.audio_length_samples
    generator = TextbookGenerator(config.model.latent_dim, model_dim, length)
    gan, real = TextbookWGAN(generator, TextbookCritic(model_dim, length)), _clips(config, batch)

    def iterate() -> None:
        for _ in range(config.training.n_critic):
            latents, epsilon = torch.randn(batch, config.model.latent_dim), torch.rand(batch, 1, 1)
            gan.step_critic(real, latents, epsilon, [_shifts(batch) for _ in range(3)])
        gan.step_generator(torch.randn(batch, config.model.latent_dim), _shifts(batch))

    return iterate


def _textbook_like(gan: WGAN) -> TextbookWGAN:
    model, length = gan.config.model, gan.config.audio.audio_length_samples
    generator, critic = (
        TextbookGenerator(model.latent_dim, model.model_dim, length),
        TextbookCritic(model.model_dim, length),
    )
    generator.load_state_dict(gan.generator.state_dict())
    critic.load_state_dict(gan.critic.state_dict())
    return TextbookWGAN(generator, critic)


def _worst(wanted: list[Tensor], found: list[Tensor]) -> float:
    """Largest relative error of a gradient; gradients that are only rounding errors are left out."""
    scale = max(float(gradient.norm()) for gradient in wanted)
    return max(
        float((ours - theirs).norm() / theirs.norm())
        for ours, theirs in zip(found, wanted, strict=True)
        if float(theirs.norm()) > 1e-6 * scale
    )


def _gradients(network: torch.nn.Module) -> list[Tensor]:
    return [parameter.grad.double().clone() for parameter in network.parameters() if parameter.grad is not None]


def least_operations(config: Config, batch: int) -> float:
    """Floating-point operations of an iteration: convolutions and dense layers only, in all unavoidable passes."""
    passes = config.training.n_critic * CRITIC_PASSES + GENERATOR_PASSES
    return forward_operations(config) * batch * passes


def _config(model_dim: int) -> Config:
    return validate({"model": {"model_dim": model_dim}}, "the benchmark")


def _clips(config: Config, batch: int) -> Tensor:
    return 0.3 * torch.randn(batch, 1, config.audio.audio_length_samples, generator=torch.Generator().manual_seed(0))


def _shifts(batch: int) -> Tensor:
    return torch.randint(-2, 3, (5, batch))


if __name__ == "__main__":
    typer.run(main)
