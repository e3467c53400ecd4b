"""How much faster two processes of one thread train than one of one thread, and how long they exchange gradients.

    python -m benchmarks.scaling --json

The paper's network at d = 32 with batches of 16, and the drive model as in `config_fast`. One process and two take
turns, a cycle of steps each, so that both meet the same machine; it needs two idle cores. Ratios are medians over the
turns that fit into the time, at least three.

`ceiling_2` is the gain of two processes that exchange nothing: what shared memory, smaller batches and work that both
repeat leave, which no exchange can exceed. `seam_percent` is what several processes cost a run of one: the time of all
calls by which it asks what others have, in per cent of a cycle, counted call by call, since two step times differ by
more than that.
"""

import json
import os
import socket
import statistics
import time
import timeit
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Annotated, Any

import torch
import typer
from torch import Tensor, nn

from wavegan_src.config_loader import load_config
from wavegan_src.config_schema import Config
from wavegan_src.data.batch import Batch
from wavegan_src.models.gan import AnyGAN
from wavegan_src.models.gradient_sums import GradientSums
from wavegan_src.models.registry import build_gan
from wavegan_src.utils.processes.group import Group, Share
from wavegan_src.utils.processes.ranks import joined
from wavegan_src.utils.processes.torchrun import launch
from wavegan_src.utils.stopwatch import Stopwatch

SIZE = 2
STEPS = 5  # critic steps of a cycle, with the generator steps that are due
FEWEST = 3  # turns
FIGURES = 5  # that a critic step adds up with its gradients
DRAWS = 16  # tensors that a critic and a generator step cut from what is drawn for the batch; at most
CALLS = 10_000  # of each function of the seam, to time one
PAPER, ENGINE = "config at d = 32, batch 16", "config_fast"
CONFIGS: dict[str, tuple[str, dict[str, Any]]] = {
    PAPER: ("config", {"model.model_dim": 32, "training.batch_size": 16}),
    ENGINE: ("config_fast", {}),
}


@dataclass(frozen=True)
class Scaling:
    """Two processes against one; times are of a cycle, in seconds."""

    speedup_2: float
    ceiling_2: float  # the same of two processes that exchange nothing, each with its half of the batch
    share_all_reduce: float  # of a cycle of two processes, with the time one waits for the other
    one_process_s: float
    two_processes_s: float
    seam_percent: float  # of a cycle of one process


def main(
    seconds: Annotated[float, typer.Option(help="Time for each model's turns, in s")] = 60.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object")] = False,
) -> None:
    """Measure, and print a line for each model or one JSON object."""
    found = {name: measure(name, seconds) for name in CONFIGS}
    if as_json:
        typer.echo(json.dumps({**asdict(found[PAPER]), "config_fast": asdict(found[ENGINE])}))
        return
    for name, scaling in found.items():
        typer.echo(
            f"{name}: {scaling.speedup_2:.2f} x, of at most {scaling.ceiling_2:.2f} x, "
            f"{100 * scaling.share_all_reduce:.1f} % exchanging gradients "
            f"({scaling.one_process_s:.2f} s a cycle with one process, {scaling.two_processes_s:.2f} s with two); "
            f"the seam costs one process {scaling.seam_percent:.4f} %"
        )


def measure(which: str, seconds: float) -> Scaling:
    """Compare one process with two, in turn."""
    with Team(1, which) as one, Team(SIZE, which) as two, Team(SIZE, which, apart=True) as apart:
        seam = one.cycle().seam  # warms up, as the next do
        two.cycle()
        apart.cycle()
        until = time.monotonic() + seconds
        turns: list[tuple[Cycle, Cycle, Cycle]] = []
        while len(turns) < FEWEST or time.monotonic() < until:
            turns.append((one.cycle(), two.cycle(), apart.cycle()))
    return Scaling(
        seam_percent=100 * seam / statistics.median(alone.seconds for alone, _, _ in turns),
        speedup_2=statistics.median(alone.seconds / both.seconds for alone, both, _ in turns),
        ceiling_2=statistics.median(alone.seconds / each.seconds for alone, _, each in turns),
        share_all_reduce=statistics.median(both.all_reduce / both.seconds for _, both, _ in turns),
        one_process_s=statistics.median(alone.seconds for alone, _, _ in turns),
        two_processes_s=statistics.median(both.seconds for _, both, _ in turns),
    )


class Apart(Group):
    """A process that takes its share of a batch as one of several, and exchanges nothing."""

    def __init__(self, rank: int, size: int):
        self.rank, self.size = rank, size

    def gather(self, rows: Tensor, share: Share) -> Tensor:
        """The rows of this process, and others in place of those that it would get."""
        others = rows.detach()[torch.arange(share.whole) % len(rows)]
        return torch.cat([others[: share.first], rows, others[share.stop :]])


@dataclass(frozen=True)
class Cycle:
    """Seconds of a cycle in the slower process, of its exchanges, and of its calls for what others have."""

    seconds: float
    all_reduce: float
    seam: float


class Team:
    """Processes that train together on request; each request is a cycle."""

    def __init__(self, size: int, which: str, apart: bool = False):
        context = get_context("spawn")
        self._pipes: list[Connection] = []
        self._processes: list[BaseProcess] = []
        port = _free_port()
        for rank in range(size):
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs, which, rank, size, port, apart))
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
        return max((Cycle(*pipe.recv()) for pipe in self._pipes), key=lambda cycle: cycle.seconds)


def _serve(pipe: Connection, which: str, rank: int, size: int, port: int, apart: bool) -> None:
    torch.set_num_threads(1)
    place = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": size, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    os.environ.update({name: str(value) for name, value in place.items()})
    preset, overrides = CONFIGS[which]
    config = load_config(preset, {"training.device": "cpu", **overrides})
    with nullcontext(Apart(rank, size)) if apart else joined(launch(), torch.device("cpu")) as group:
        gan = build_gan(config, torch.device("cpu"))
        gan.group = group
        gan.share_weights()
        while pipe.recv() != "end":
            pipe.send(_cycle(gan, config, group))


def _cycle(gan: AnyGAN, config: Config, group: Group) -> tuple[float, float, float]:
    share = group.share(config.training.batch_size)
    random = torch.Generator().manual_seed(0)
    clips = 0.1 * torch.randn(share.whole, 1, config.audio.audio_length_samples, generator=random)
    batch = Batch(clips[share.rows], part=share)
    gan.stopwatch = stopwatch = Stopwatch()
    calls = Calls(gan)
    group.largest([0])  # all begin together
    start = time.perf_counter()
    for _ in range(STEPS):
        gan.step_critic(batch)
        if gan.generator_due():
            gan.step_generator(batch)
    group.largest([0])
    seconds = time.perf_counter() - start
    calls.stop()
    return seconds, stopwatch.so_far()[1].get("all_reduce", 0.0), calls.cost(share) if group.size == 1 else 0.0


class Calls:
    """The calls of a GAN for what other processes have, counted as it trains; then each is timed by itself."""

    def __init__(self, gan: AnyGAN):
        self._gan = gan
        self._counts: Counter[str] = Counter()
        sums, gather = gan._sums, gan._gather

        def counted_sums(parameters: Iterable[nn.Parameter]) -> GradientSums:
            self._counts["sums"] += 1
            return sums(parameters)

        def counted_rows(groups: Sequence[Tensor], share: Share) -> list[Tensor]:
            self._counts["gather"] += 1
            return gather(groups, share)

        gan.__dict__ |= {"_sums": counted_sums, "_gather": counted_rows}

    def stop(self) -> None:
        """Leave the GAN as it was."""
        del self._gan.__dict__["_sums"], self._gan.__dict__["_gather"]

    def cost(self, share: Share) -> float:
        """Seconds of these calls in a cycle, and of those that the training loop makes after each critic step."""
        gan, rows = self._gan, torch.zeros(share.whole, 64)
        figures, network = [torch.zeros(())] * FIGURES, list(gan.critic.parameters())
        per_cycle = self._counts["sums"] * _seconds(lambda: gan._sums(network).finish(figures))
        per_cycle += self._counts["gather"] * _seconds(lambda: gan._gather([rows, rows], share))
        per_step = _seconds(lambda: gan.group.largest([0])) + _seconds(lambda: gan.group.from_first(lambda: None))
        per_step += _seconds(lambda: gan.group.share(share.whole).weight)
        per_step += DRAWS * _seconds(lambda: rows[share.rows])
        return per_cycle + STEPS * per_step


def _seconds(work: Callable[[], object]) -> float:
    """Of one call."""
    return timeit.timeit(work, number=CALLS) / CALLS


def _free_port() -> int:
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        port: int = place.getsockname()[1]
        return port


if __name__ == "__main__":
    typer.run(main)
