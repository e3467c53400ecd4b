"""The verbs that make data sets, without PyTorch: `prepare` and `synth`."""

import os
from pathlib import Path

from rich.console import Console

from wavegan_src.progress import rich_progress
from wavegan_src.synth.engine_set import write_set


def synth(out: Path, count: int, seed: int, sample_rate: int, seconds: float, workers: int | None) -> None:
    """Write a set of procedural stand-in clips with labels."""
    with rich_progress("Synthesising", count) as advance:
        labels = write_set(out, count, seed, sample_rate, seconds, workers or all_cores(), on_clip=lambda _: advance(1))
    Console().print(
        f"{count} clips of procedural stand-in engine sound (no recordings) in {out}, labels in {labels}.",
        soft_wrap=True,
        markup=False,
        highlight=False,
    )


def all_cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
