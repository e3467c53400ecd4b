"""Memory and time of a data set of a million clips: opening it when it is in the cache, and fetching batches.

    python -m benchmarks.million_clips --json

Writes recordings of noise to a temporary folder and their clips, of 16 samples each, to a cache there, and opens the
data set in a new process, as a training does. Memory is what that process has beyond its libraries, with mapped pages,
at its peak; it is read from /proc, so only on Linux. `batch_ms` is a batch of 64 in the order of training.
"""

import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any
from unittest.mock import patch

import numpy as np
import soundfile as sf
import typer

from benchmarks.measuring import in_own_process, memory_beyond_libraries_mb
from wavegan_src.config_schema import Config
from wavegan_src.data.encoding import EncodedClips, Encoder, spill_file
from wavegan_src.data.recordings import AudioFile
from wavegan_src.dataset import open_dataset

RATE, LENGTH = 2000, 16
EACH = 1000  # clips of a recording
BATCH, BATCHES = 64, 200


@dataclass(frozen=True)
class Result:
    """One opening of the data set, and its batches."""

    clips: int
    recordings: int
    resident_mb: float
    open_s: float
    open_cpu_s: float  # of all threads, for a machine that has other work
    batch_ms: float


def main(
    clips: Annotated[int, typer.Option(help="Number of clips")] = 1_000_000,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object")] = False,
) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        found = measure(Path(name), clips)
    if as_json:
        typer.echo(json.dumps(asdict(found)))
        return
    for figure, value in asdict(found).items():
        typer.echo(f"{figure:12}{value:14,.2f}")


def measure(folder: Path, clips: int) -> Result:
    """Make a data set of so many clips, or up to 999 more, in a folder, and measure."""
    write_recordings(folder / "raw", -(-clips // EACH))
    in_own_process(fill_cache, folder)
    return in_own_process(open_once, folder)


def fill_cache(folder: Path) -> None:
    """Put the clips into the cache without decoding them, which would take minutes."""
    with patch.object(Encoder, "encode_file", _made_up):
        open_dataset(configuration(folder))


def _made_up(_: Encoder, file: AudioFile, folder: Path, advance: Callable[[float], None]) -> EncodedClips:
    clips = EncodedClips(file.name, spill_file(folder))
    for number, samples in enumerate(np.random.default_rng(0).integers(-9999, 9999, (EACH, LENGTH)).astype(np.int16)):
        clips.add(samples, number * LENGTH / RATE, 1.0)
    advance(EACH * LENGTH / RATE)
    return clips


def write_recordings(folder: Path, count: int) -> None:
    """Write recordings of different noise, each of `EACH` clips."""
    folder.mkdir()
    for number in range(count):
        noise = np.random.default_rng(number).normal(0, 0.1, EACH * LENGTH)
        sf.write(folder / f"{number:05}.wav", noise, RATE, subtype="PCM_16")


def open_once(folder: Path) -> Result:
    """Open the data set and fetch batches, in a process that has done nothing else."""
    config = configuration(folder)
    with memory_beyond_libraries_mb() as peak_mb:
        start, start_cpu = time.perf_counter(), time.process_time()
        dataset = open_dataset(config)
        opened, opened_cpu = time.perf_counter(), time.process_time()
        for _ in dataset.batches(0, BATCHES, BATCH, seed=0, workers=0):
            pass
        spent = time.perf_counter() - opened
        return Result(
            clips=len(dataset.samples),
            recordings=dataset.recording_count,
            resident_mb=peak_mb(),
            open_s=opened - start,
            open_cpu_s=opened_cpu - start_cpu,
            batch_ms=1000 * spent / BATCHES,
        )


def configuration(folder: Path) -> Config:
    """Clips of 16 samples, without overlap."""
    values: dict[str, dict[str, Any]] = {
        "audio": {
            "sample_rate": RATE,
            "audio_length_seconds": 64 / RATE,
            "audio_length_samples": 64,
            "high_pass_hz": 0.0,
            "taper_ms": 0.0,
        },
        "dataset": {
            "base_path": str(folder / "raw"),
            "cache_dir": str(folder / "cache"),
            "overlap": 0.0,
            "copies": "apart",
        },
        "training": {"num_workers": 1},
    }
    config = Config.model_validate(values)
    tiny = {"audio_length_seconds": LENGTH / RATE, "audio_length_samples": LENGTH}  # less than a network could use
    return config.model_copy(update={"audio": config.audio.model_copy(update=tiny)})


if __name__ == "__main__":
    typer.run(main)
