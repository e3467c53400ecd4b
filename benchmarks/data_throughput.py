"""Speed of data loading: building the clip cache, reopening it, fetching batches, preparing raw recordings.

Run `python -m benchmarks.data_throughput`; it makes its own recordings in a temporary folder. Times are wall-clock
times per call; "x real time" is seconds of recording per second of work.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import soundfile as sf

from wavegan_src.config_schema import Config
from wavegan_src.data.batch import Batch
from wavegan_src.data.prepare.prepare import prepare
from wavegan_src.data.split.survey import survey
from wavegan_src.dataset import open_dataset


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=20.0, help="total length of all recordings")
    parser.add_argument("--workers", type=int, default=1, help="threads")
    parser.add_argument("--batch-size", type=int, default=128)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        for rate, channels in ((22050, 1), (44100, 2)):
            measure(Path(name) / str(rate), rate, channels, arguments)


def measure(folder: Path, rate: int, channels: int, arguments: argparse.Namespace) -> None:
    """Measure all figures for recordings of one format."""
    seconds = make_recordings(folder / "raw", rate, channels, arguments.minutes * 60)
    values = {
        "dataset": {"base_path": str(folder / "raw"), "cache_dir": str(folder / "cache")},
        "training": {"num_workers": arguments.workers},
    }
    config = Config.model_validate(values)
    whitened = Config.model_validate({**values, "dataset": {**values["dataset"], "spectral_whitening": True}})
    print(f"{rate} Hz, {channels} channels, {seconds:.0f} s, {arguments.workers} workers:")
    print(f"  survey                {timed(lambda: survey(config)):8.3f} s")
    print(f"  cache build           {seconds / timed(lambda: open_dataset(config)):8.0f} x real time")
    print(f"  open again            {timed(lambda: open_dataset(config)):8.3f} s")
    for label, chosen in (("loader", config), ("loader, whitened", whitened)):
        dataset = open_dataset(chosen)
        steps = max(1, 4096 // arguments.batch_size)
        clips = steps * arguments.batch_size
        run = dataset.batches(0, steps, arguments.batch_size, 0, arguments.workers)
        print(f"  {label:20s}  {clips / timed(partial(drain, run)):8.0f} clips/s")
    spent = timed(
        lambda: prepare(folder / "raw", folder / "out", config.audio, config.dataset, 0, arguments.workers, overlap=0.0)
    )
    print(f"  prepare               {seconds / spent:8.0f} x real time")


def drain(batches: Iterator[Batch]) -> None:
    """Take all batches."""
    for _ in batches:
        pass


def make_recordings(folder: Path, rate: int, channels: int, seconds: float) -> float:
    """Write minutes of noise; returns their length in s."""
    folder.mkdir(parents=True)
    noise = np.random.default_rng(0).normal(0, 0.1, (60 * rate, channels)).astype(np.float32)
    count = max(2, round(seconds / 60))
    for index in range(count):
        sf.write(folder / f"{index}.wav", noise, rate, subtype="PCM_16")
    return 60.0 * count


def timed(work: Callable[[], Any]) -> float:
    """The time that a call takes, in s."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
