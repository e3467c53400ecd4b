"""What `benchmarks/on_gpu.sh` measures on an NVIDIA GPU; one JSON object a line, so that a timeout loses only the rest.

    python -m benchmarks.on_gpu --batch-size 128

No figure of it is known yet: no GPU was at hand. `--dry-run` goes through all of it on a CPU, in tiny sizes, and
measures nothing.
"""

import itertools
import json
import statistics
import time
from typing import Annotated, Any

import torch
import typer

from wavegan_src.config_loader import load_config
from wavegan_src.config_schema import Config
from wavegan_src.data.batch import Batch
from wavegan_src.models.estimates import estimate
from wavegan_src.models.gan import AnyGAN
from wavegan_src.models.registry import build_gan, entry_of
from wavegan_src.utils.device import configure
from wavegan_src.utils.format import MEBIBYTE

MATRIX = 8192
CYCLES = 3
TINY: dict[str, Any] = {
    "audio.audio_length_seconds": 0.5,
    "audio.audio_length_samples": 11025,
    "training.batch_size": 2,
}
TINY_PAPER: dict[str, Any] = {"model.model_dim": 2, "training.n_critic": 1}


def main(
    model_dim: Annotated[int, typer.Option(help="Width d of the paper's network")] = 128,
    batch_size: Annotated[int, typer.Option(help="Its clips in a step")] = 128,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="On a CPU, in tiny sizes, to try the script")] = False,
) -> None:
    """Print one JSON object for each measurement."""
    place = torch.device("cpu" if dry_run else "cuda")
    tiny = TINY if dry_run else {}
    configure(place, deterministic=False)
    _say(correctness(place, tiny))
    peaks = {name: matrix_peak(place, dtype) for name, dtype in _dtypes().items()}
    _say({"matrix_peak_tflops": {name: round(peak / 1e12, 2) for name, peak in peaks.items()}})
    for precision, compile_ in itertools.product(_dtypes(), (False, True)):
        sizes: dict[str, Any] = {"model.model_dim": model_dim, "training.batch_size": batch_size} | tiny
        if dry_run:
            sizes |= TINY_PAPER
        settings = sizes | {"training.precision": precision, "training.compile": compile_}
        _try("config", settings, place, peaks[precision])
    _try("config_fast", tiny, place, None)


def correctness(device: torch.device, sizes: dict[str, Any]) -> dict[str, Any]:
    """The largest relative differences of the first steps' figures from those of a CPU, by model."""
    found = {}
    models: dict[str, dict[str, Any]] = {"config": {"model.model_dim": 8, "training.batch_size": 8}, "config_fast": {}}
    for name, overrides in models.items():
        config = load_config(name, {"training.compile": False, **overrides, **sizes})
        ours, theirs = (_figures(config, place) for place in (device, torch.device("cpu")))
        found[name] = max(abs(a - b) / (abs(b) + 1e-3) for a, b in zip(ours, theirs, strict=True))
    return {"largest_relative_difference_from_cpu": found}


def steps(preset: str, overrides: dict[str, Any], device: torch.device, peak: float | None) -> dict[str, Any]:
    """Times of cycles (`n_critic` critic steps and a generator step), memory, and the share of the matrix peak."""
    config = load_config(preset, {"training.device": device.type, **overrides})
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    gan, batch = build_gan(config, device), _batch(config, device)
    seconds = []
    for _ in range(CYCLES + 1):
        start = time.perf_counter()
        _cycle(gan, batch, config)
        _wait(device)
        seconds.append(time.perf_counter() - start)
    cycle, operations = statistics.median(seconds[1:]), entry_of(config.model).operations
    share = None
    if operations is not None and peak:
        critic, generator = operations(config)
        share = config.training.batch_size * (config.training.n_critic * critic + generator) / cycle / peak
    used = torch.cuda.max_memory_allocated(device) / MEBIBYTE if device.type == "cuda" else None
    return {
        "preset": preset,
        **overrides,
        "cycle_s": cycle,
        "first_cycle_s": seconds[0],
        "clips_per_second": config.training.n_critic * config.training.batch_size / cycle,
        "share_of_matrix_peak": share,
        "memory_mb": used,
        "estimated_memory_mb": estimate(config, 10_000, device).memory_bytes / MEBIBYTE,
        "notes": gan.notes,
    }


def matrix_peak(device: torch.device, dtype: torch.dtype) -> float:
    """Operations per second of a large matrix product, the best of five."""
    size = MATRIX if device.type == "cuda" else 512
    a, b = (torch.randn(size, size, device=device, dtype=dtype) for _ in range(2))
    times = []
    for _ in range(6):
        _wait(device)
        start = time.perf_counter()
        a @ b
        _wait(device)
        times.append(time.perf_counter() - start)
    return 2 * size**3 / min(times)


def _dtypes() -> dict[str, torch.dtype]:
    return {"float32": torch.float32, "bfloat16": torch.bfloat16}


def _figures(config: Config, device: torch.device) -> list[float]:
    gan, batch = build_gan(config, device), _batch(config, device)
    stats = [*gan.step_critic(batch), *gan.step_generator(batch)]
    return [float(value) for value in stats]


def _cycle(gan: AnyGAN, batch: Batch, config: Config) -> None:
    for _ in range(config.training.n_critic):
        gan.step_critic(batch)
    gan.step_generator(batch)


def _batch(config: Config, device: torch.device) -> Batch:
    random = torch.Generator().manual_seed(0)
    shape = (config.training.batch_size, 1, config.audio.audio_length_samples)
    return Batch(0.1 * torch.randn(shape, generator=random)).to(device)


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def _try(preset: str, overrides: dict[str, Any], device: torch.device, peak: float | None) -> None:
    """Print the figures of `steps`, or why there are none, such as want of memory."""
    try:
        _say(steps(preset, overrides, device, peak))
    except RuntimeError as error:
        _say({"preset": preset, **overrides, "failed": str(error).splitlines()[0]})


def _say(found: dict[str, Any]) -> None:
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    typer.run(main)
