"""The share of training time spent waiting for batches, and the speed of batches without training.

    python -m benchmarks.waiting --clips 10000

The clips are in a temporary cache that was read once, as after a first run. Steps are training steps; the share is the
time spent in requests for the next batch, divided by the total time.
"""

import json
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import torch
import typer

from benchmarks.tiled_clips import make_clips
from wavegan_src.config_schema import Config
from wavegan_src.dataset import ClipDataset, open_dataset
from wavegan_src.models.wavegan.wgan import WGAN

WARM_UP = 2


@dataclass(frozen=True)
class Waiting:
    """Figures of one training; an iteration is a critic step and, if due, a generator step."""

    clips: int
    model_dim: int
    batch_size: int
    workers: int
    cache_build_s: float
    cache_build_times_real_time: float
    open_again_s: float
    waiting_share: float
    longest_wait_ms: float
    iteration_ms: float
    loader_clips_per_s: float
    threads: int


def main(
    clips: Annotated[int, typer.Option(help="Clips of 2 s in the data set")] = 10_000,
    model_dim: Annotated[int, typer.Option(help="Width d of both networks")] = 16,
    batch_size: Annotated[int, typer.Option(help="Clips in a batch")] = 16,
    iterations: Annotated[int, typer.Option(help="Critic steps, after two to warm up")] = 15,
    workers: Annotated[int, typer.Option(help="Threads that fetch batches")] = 2,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object")] = False,
) -> None:
    """Measure in a temporary folder, which needs 90 kB per clip."""
    with tempfile.TemporaryDirectory() as name:
        training = {"batch_size": batch_size, "num_workers": workers, "device": "cpu"}
        found = measure(make_clips(Path(name), clips, model={"model_dim": model_dim}, training=training), iterations)
    if as_json:
        typer.echo(json.dumps(asdict(found)))
        return
    typer.echo(
        f"{found.clips} clips, d = {model_dim}, batch {batch_size}, {workers} workers, {found.threads} threads:\n"
        f"  cache build  {found.cache_build_times_real_time:8.0f} x real time ({found.cache_build_s:.1f} s)\n"
        f"  open again   {found.open_again_s:8.2f} s\n"
        f"  waiting      {found.waiting_share:8.3%} of {found.iteration_ms:.0f} ms per iteration, "
        f"at most {found.longest_wait_ms:.1f} ms\n"
        f"  loader       {found.loader_clips_per_s:8.0f} clips/s"
    )


def measure(config: Config, iterations: int) -> Waiting:
    """Build the cache, reopen it, fetch batches, and train."""
    start = time.perf_counter()
    dataset = open_dataset(config)
    built = time.perf_counter()
    dataset = open_dataset(config)
    opened = time.perf_counter()
    loader = loader_rate(dataset, config)
    waits, total = train(dataset, config, iterations)
    return Waiting(
        clips=len(dataset.train),
        model_dim=config.model.model_dim,
        batch_size=config.training.batch_size,
        workers=config.training.num_workers,
        cache_build_s=built - start,
        cache_build_times_real_time=len(dataset.train) * config.audio.audio_length_seconds / (built - start),
        open_again_s=opened - built,
        waiting_share=sum(waits) / total,
        longest_wait_ms=1000 * max(waits),
        iteration_ms=1000 * total / iterations,
        loader_clips_per_s=loader,
        threads=torch.get_num_threads(),
    )


def loader_rate(dataset: ClipDataset, config: Config) -> float:
    """Clips per second of one epoch's batches."""
    batch = config.training.batch_size
    steps = len(dataset.train) // batch
    start = time.perf_counter()
    for _ in dataset.batches(0, steps, batch, config.training.seed, config.training.num_workers):
        pass
    return steps * batch / (time.perf_counter() - start)


def train(dataset: ClipDataset, config: Config, iterations: int) -> tuple[list[float], float]:
    """Seconds that each iteration waited for its batch, and the total time of all iterations."""
    training = config.training
    gan = WGAN(config, torch.device("cpu"))
    batches = dataset.batches(0, WARM_UP + iterations, training.batch_size, training.seed, training.num_workers)
    waits: list[float] = []
    begun = asked = time.perf_counter()
    for step, batch in enumerate(batches):
        waits.append(time.perf_counter() - asked)
        gan.step_critic(batch)
        if gan.generator_due():
            gan.step_generator(batch)
        asked = time.perf_counter()
        if step == WARM_UP - 1:
            begun = asked
    return waits[WARM_UP:], asked - begun


if __name__ == "__main__":
    typer.run(main)
