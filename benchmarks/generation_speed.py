"""How fast a trained generator makes clips, how close that is to the machine's limit, and how much memory it needs.

    python -m benchmarks.generation_speed --model-dim 32 --json
    python -m benchmarks.generation_speed --architecture drive

The network has random weights, which cost as much as trained ones. Computing clips alternates with computing and
writing them; the matrix-multiply peak is measured in between. For memory, each number of clips is written by its own
process. Figures are medians. The fast models multiply no large matrices, so they have no share of the peak.
"""

import json
import shutil
import statistics
import tempfile
import time
from collections import deque
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path
from typing import Annotated

import torch
import typer

from benchmarks.measuring import forward_operations, in_own_process, matmul_peak, memory_beyond_libraries_mb
from wavegan_src.config_loader import load_config
from wavegan_src.generation.model import TrainedModel
from wavegan_src.generation.recipe import make_recipe
from wavegan_src.generation.rendering import RENDER_BATCH, render_batches
from wavegan_src.generation.writer import write_clips
from wavegan_src.models.registry import build_generator


class Fast(Enum):
    """The models that train within minutes."""

    ENGINE = "engine"
    DRIVE = "drive"


Network = int | Fast  # a width of the paper's generator, or another model


@dataclass(frozen=True)
class Speed:
    """One model's figures. Memory is the peak in addition to that of a process with the libraries loaded."""

    model: str
    clips_per_s: float
    times_real_time: float
    peak_share: float | None  # operations of one forward pass / (time x matrix-multiply peak)
    written_clips_per_s: float
    written_times_real_time: float
    written_peak_share: float | None
    writing_costs: float  # share by which writing lowers the clips per second
    memory_mb: dict[int, float]  # by the number of clips
    matmul_gflops: float
    gflop_per_clip: float | None
    threads: int


def main(
    model_dim: Annotated[int, typer.Option(help="Width d of the paper's generator")] = 32,
    architecture: Annotated[Fast | None, typer.Option(help="Use a fast model instead")] = None,
    clips: Annotated[int, typer.Option(help="Clips in a stretch, rounded up to whole batches")] = 4 * RENDER_BATCH,
    turns: Annotated[int, typer.Option(help="Stretches of each kind, after one to warm up")] = 5,
    memory_clips: Annotated[list[int] | None, typer.Option("--memory", help="Clips to measure memory at")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object")] = False,
) -> None:
    """Measure generating clips of 2 s at 22050 Hz."""
    speed = measure(architecture or model_dim, -(-clips // RENDER_BATCH), turns, memory_clips or [100, 1000])
    if as_json:
        typer.echo(json.dumps(asdict(speed)))
        return
    memory = ", ".join(f"{value:.0f} MiB for {count} clips" for count, value in speed.memory_mb.items())
    typer.echo(
        f"{speed.model}, {speed.threads} threads, matrix peak {speed.matmul_gflops:.0f} GFLOP/s:\n"
        f"  computed  {speed.clips_per_s:7.1f} clips/s, {speed.times_real_time:6.0f} x real time"
        f"{_of_peak(speed.peak_share)}\n"
        f"  written   {speed.written_clips_per_s:7.1f} clips/s, {speed.written_times_real_time:6.0f} x real time"
        f"{_of_peak(speed.written_peak_share)}, {speed.writing_costs:.1%} slower\n"
        f"  memory    {memory}"
    )


def _of_peak(share: float | None) -> str:
    return "" if share is None else f", {share:.0%} of the peak"


def measure(network: Network, batches: int, turns: int, memory_clips: list[int]) -> Speed:
    """Measure all figures of a generator. Each stretch is that many batches long."""
    model = make_model(network)
    count = batches * RENDER_BATCH
    computed, written, peaks = [], [], []
    for turn in range(turns + 1):
        times = compute(model, count), write(model, count)
        if turn:
            computed.append(times[0])
            written.append(times[1])
            peaks.append(matmul_peak())
    peak = statistics.median(peaks)
    operations = forward_operations(model.config) if isinstance(network, int) else None
    seconds = model.config.audio.audio_length_seconds
    rates = [count / statistics.median(each) for each in (computed, written)]
    return Speed(
        model=f"d = {network}" if isinstance(network, int) else f"{network.value} model",
        clips_per_s=rates[0],
        times_real_time=rates[0] * seconds,
        peak_share=None if operations is None else rates[0] * operations / peak,
        written_clips_per_s=rates[1],
        written_times_real_time=rates[1] * seconds,
        written_peak_share=None if operations is None else rates[1] * operations / peak,
        # From pairs measured one after the other, as the machine's speed drifts.
        writing_costs=1 - statistics.median(a / b for a, b in zip(computed, written, strict=True)),
        memory_mb={clips: in_own_process(generation_memory_mb, network, clips) for clips in memory_clips},
        matmul_gflops=peak / 1e9,
        gflop_per_clip=None if operations is None else operations / 1e9,
        threads=torch.get_num_threads(),
    )


def compute(model: TrainedModel, count: int) -> float:
    """Seconds to compute that many clips."""
    start = time.perf_counter()
    latents = (batch.latents for batch in make_recipe(range(count), model.config).batches())
    deque(render_batches(model.generator, latents, model.whitening), maxlen=0)
    return time.perf_counter() - start


def write(model: TrainedModel, count: int) -> float:
    """Seconds to compute that many clips and to write them to a temporary folder."""
    folder = Path(tempfile.mkdtemp())
    try:
        start = time.perf_counter()
        deque(write_clips(model, make_recipe(range(count), model.config), folder), maxlen=0)
        return time.perf_counter() - start
    finally:
        shutil.rmtree(folder)


def generation_memory_mb(network: Network, clips: int) -> float:
    """Peak memory of generating that many clips in this process, including the network."""
    write(make_model(1), 1)  # loads and warms up the libraries
    with memory_beyond_libraries_mb() as measured:
        write(make_model(network), clips)
    return measured()


def make_model(network: Network) -> TrainedModel:
    """An untrained generator, as if loaded from a checkpoint."""
    if isinstance(network, int):
        config = load_config(overrides={"model.model_dim": network})
    else:
        config = load_config("config_fast", {"model.architecture": network.value})
    generator = build_generator(config).eval().requires_grad_(False)
    return TrainedModel(generator, config, None, "untrained", procedural=False, data_fingerprint=None)


if __name__ == "__main__":
    typer.run(main)
