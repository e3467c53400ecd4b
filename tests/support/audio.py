"""Sounds, files and configurations that several tests use."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import soundfile as sf
from numpy.typing import NDArray

from wavegan_src.config_schema import Config
from wavegan_src.dataset import ClipDataset, open_dataset

RATE = 2000
SECONDS = 0.5
LENGTH = 1000


def sine(seconds: float, rate: int = RATE, hertz: float = 100.0, level: float = 0.5) -> NDArray[np.float32]:
    """A sine of `seconds` s, `(time,)`."""
    time = np.arange(round(seconds * rate)) / rate
    return (level * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


def noise(seconds: float, seed: int = 0, rate: int = RATE, level: float = 0.1) -> NDArray[np.float32]:
    """Noise of `seconds` s, `(time,)`, within [-1, 1]."""
    values = np.random.default_rng(seed).normal(0, level, round(seconds * rate))
    return np.clip(values, -1, 1).astype(np.float32)


def write(path: Path, samples: NDArray[np.float32], rate: int = RATE, **options: Any) -> Path:
    """Write a sound file, making its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    sf.write(path, samples, rate, **options)
    return path


def make_config(base: Path | str, cache: Path, **changes: Any) -> Config:
    """A configuration of half-second clips at 2 kHz, which are as their source; changes by section__key."""
    values: dict[str, dict[str, Any]] = {
        "audio": {
            "sample_rate": RATE,
            "audio_length_seconds": SECONDS,
            "audio_length_samples": LENGTH,
            "high_pass_hz": 0.0,
        },
        "dataset": {"base_path": str(base), "cache_dir": str(cache)},
        "training": {"num_workers": 2},
    }
    for key, value in changes.items():
        section, _, name = key.partition("__")
        values.setdefault(section, {})[name] = value
    return Config.model_validate(values)


def tree_bytes(root: Path) -> dict[str, bytes]:
    """All files below a folder by relative path."""
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


@contextlib.contextmanager
def unprivileged() -> Iterator[None]:
    """Give up the rights of root, which no permission stops; nothing changes for anybody else."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def write_tree(folder: Path) -> Path:
    """Four recordings of 2.5 s."""
    for index in range(4):
        write(folder / f"réc {index}.wav", noise(2.5, index), subtype="FLOAT")
    return folder


def opened(base: Path, **changes: Any) -> tuple[ClipDataset, list[str]]:
    """The data set of a folder, and what was said of it."""
    notices: list[str] = []
    return open_dataset(make_config(base, base.parent / "cache", **changes), notify=notices.append), notices
