"""How much faster two processes of one thread train than one of one thread, and how long they exchange gradients.

    python -m benchmarks.scaling --json

The paper's network at d = 32 with batches of 16, and the drive model as in `config_fast`. One process and two take
turns, a cycle of steps each, so that both meet the same machine; it needs two idle cores. Ratios are medians.
"""

import json
import os
import socket
import statistics
import time
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Annotated, Any

import torch
import typer

from wavegan_src.config_loader import load_config
from wavegan_src.config_schema import Config
from wavegan_src.data.batch import Batch
from wavegan_src.models.gan import AnyGAN
from wavegan_src.models.registry import build_gan
from wavegan_src.utils.processes.group import Group
from wavegan_src.utils.processes.ranks import joined
from wavegan_src.utils.processes.torchrun import launch
from wavegan_src.utils.stopwatch import Stopwatch

SIZE = 2
STEPS = 5  # critic steps of a cycle, with the generator steps that are due
PAPER, ENGINE = "config at d = 32, batch 16", "config_fast"
CONFIGS: dict[str, tuple[str, dict[str, Any]]] = {
    PAPER: ("config", {"model.model_dim": 32, "training.batch_size": 16}),
    ENGINE: ("config_fast", {}),
}


@dataclass(frozen=True)
class Scaling:
    """Two processes against one; times are of a cycle, in seconds."""

    speedup_2: float
    share_all_reduce: float  # of a cycle of two processes, with the time one waits for the other
    one_process_s: float
    two_processes_s: float


def main(
    cycles: Annotated[int, typer.Option(help="Cycles of each, after one to warm up")] = 4,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object")] = False,
) -> None:
    """Measure, and print a line for each model or one JSON object."""
    found = {name: measure(name, cycles) for name in CONFIGS}
    if as_json:
        typer.echo(json.dumps({**asdict(found[PAPER]), "config_fast": asdict(found[ENGINE])}))
        return
    for name, scaling in found.items():
        typer.echo(
            f"{name}: {scaling.speedup_2:.2f} x, {100 * scaling.share_all_reduce:.1f} % exchanging gradients "
            f"({scaling.one_process_s:.2f} s a cycle with one process, {scaling.two_processes_s:.2f} s with two)"
        )


def measure(which: str, cycles: int) -> Scaling:
    """Compare one process with two, in turn."""
    with Team(1, which) as one, Team(SIZE, which) as two:
        turns = [(one.cycle(), two.cycle()) for _ in range(cycles + 1)][1:]
    return Scaling(
        speedup_2=statistics.median(alone.seconds / both.seconds for alone, both in turns),
        share_all_reduce=statistics.median(both.all_reduce / both.seconds for _, both in turns),
        one_process_s=statistics.median(alone.seconds for alone, _ in turns),
        two_processes_s=statistics.median(both.seconds for _, both in turns),
    )


@dataclass(frozen=True)
class Cycle:
    """Seconds of a cycle, and of its exchanges in the first process."""

    seconds: float
    all_reduce: float


class Team:
    """Processes that train together on request; each request is a cycle."""

    def __init__(self, size: int, which: str):
        context = get_context("spawn")
        self._pipes: list[Connection] = []
        self._processes: list[BaseProcess] = []
        port = _free_port()
        for rank in range(size):
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs, which, rank, size, port))
            process.start()
            theirs.close()  # so that a child that dies is noticed
            self._pipes.append(ours)
            self._processes.append(process)

    def __enter__(self) -> "Team":
        return self

    def __exit__(self, *_: object) -> None:
        for pipe in self._pipes:
            pipe.send("end")
        for process in self._processes:
            process.join()

    def cycle(self) -> Cycle:
        """Run a cycle in all processes."""
        for pipe in self._pipes:
            pipe.send("cycle")
        first, *_ = [Cycle(*pipe.recv()) for pipe in self._pipes]
        return first


def _serve(pipe: Connection, which: str, rank: int, size: int, port: int) -> None:
    torch.set_num_threads(1)
    place = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": size, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    os.environ.update({name: str(value) for name, value in place.items()})
    preset, overrides = CONFIGS[which]
    config = load_config(preset, {"training.device": "cpu", **overrides})
    with joined(launch(), torch.device("cpu")) as group:
        gan = build_gan(config, torch.device("cpu"))
        gan.group = group
        gan.share_weights()
        while pipe.recv() != "end":
            pipe.send(_cycle(gan, config, group))


def _cycle(gan: AnyGAN, config: Config, group: Group) -> tuple[float, float]:
    share = group.share(config.training.batch_size)
    random = torch.Generator().manual_seed(0)
    clips = 0.1 * torch.randn(share.whole, 1, config.audio.audio_length_samples, generator=random)
    batch = Batch(clips[share.rows], part=share)
    gan.stopwatch = stopwatch = Stopwatch()
    group.largest([0])  # all begin together
    start = time.perf_counter()
    for _ in range(STEPS):
        gan.step_critic(batch)
        if gan.generator_due():
            gan.step_generator(batch)
    group.largest([0])
    return time.perf_counter() - start, stopwatch.so_far()[1].get("all_reduce", 0.0)


def _free_port() -> int:
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        port: int = place.getsockname()[1]
        return port


if __name__ == "__main__":
    typer.run(main)
