"""Single points of the cost curves: time and peak memory of one size, measured in the calling process."""

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch

from benchmarks.measuring import memory_beyond_libraries_mb
from benchmarks.tiled_clips import make_clips
from wavegan_src.config_loader import validate
from wavegan_src.config_schema import Config
from wavegan_src.data.batch import Batch
from wavegan_src.dataset import ClipDataset, open_dataset
from wavegan_src.models.wavegan.wgan import WGAN

RATE = 22050
SECONDS_A_POINT = 4.0  # work is repeated until it has taken this long, at least twice and at most five times
LOADER_BATCH = 16


@dataclass(frozen=True)
class Cost:
    """The cost of one size; memory in MiB, in addition to that of a process with warm libraries."""

    seconds: float
    memory_mb: float


def of(base: Mapping[str, float], name: str, size: float) -> Cost:
    """A training iteration (`n_critic` critic steps, one of the generator) with one size changed."""
    sizes = {**base, name: size}
    _iteration(_config({**base, "model_dim": 1, "batch": 1}), 1)()  # loads and warms up the libraries
    with memory_beyond_libraries_mb() as memory:
        iterate = _iteration(_config(sizes), int(sizes["batch"]))
        iterate()
        seconds = _fastest(iterate)
    return Cost(seconds, memory())


def of_opening(clips: float) -> Cost:
    """Opening a data set of that many clips with a warm cache."""
    with _cached(int(clips)) as config:
        with memory_beyond_libraries_mb() as memory:
            seconds = _fastest(lambda: open_dataset(config))
        return Cost(seconds, memory())


def of_epoch(clips: float) -> Cost:
    """Fetching all batches of one epoch of that many clips, without training."""
    with _cached(int(clips)) as config:
        dataset = open_dataset(config)
        _drain(dataset, 2)
        with memory_beyond_libraries_mb() as memory:
            seconds = _fastest(lambda: _drain(dataset, len(dataset.train) // LOADER_BATCH))
        return Cost(seconds, memory())


def _iteration(config: Config, batch: int) -> Callable[[], None]:
    gan = WGAN(config, torch.device("cpu"))
    real = Batch(0.3 * torch.randn(batch, 1, config.audio.audio_length_samples))

    def iterate() -> None:
        for _ in range(config.training.n_critic):
            gan.step_critic(real)
        gan.step_generator(real)

    return iterate


def _config(sizes: Mapping[str, float]) -> Config:
    samples = round(RATE * sizes["seconds"])
    values = {
        "model": {"model_dim": int(sizes["model_dim"]), "kernel_len": int(sizes["kernel"])},
        "audio": {"sample_rate": RATE, "audio_length_seconds": samples / RATE, "audio_length_samples": samples},
    }
    return validate(values, "the benchmark")


@contextmanager
def _cached(clips: int) -> Iterator[Config]:
    with tempfile.TemporaryDirectory() as name:
        config = make_clips(Path(name), clips)
        open_dataset(config)
        yield config


def _drain(dataset: ClipDataset, steps: int) -> None:
    for _ in dataset.batches(0, max(1, steps), LOADER_BATCH, 0, 2):
        pass


def _fastest(work: Callable[[], object]) -> float:
    """Seconds of the fastest call, as other work on the machine can only add to them."""
    times: list[float] = []
    while len(times) < 5 and (len(times) < 2 or sum(times) < SECONDS_A_POINT):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)
