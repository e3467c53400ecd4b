"""Shared pieces of the tests: a tiny configuration, a folder of synthetic recordings, and running the command line."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch
from hypothesis import settings

from tests.support.paths import REPOSITORY
from wavegan_src.config_loader import validate
from wavegan_src.config_schema import Config

# Networks this small are slower on several threads, and bit-for-bit comparisons need one number for all processes.
torch.set_num_threads(1)

settings.register_profile("untimed", deadline=None)  # timings belong in benchmarks/
settings.load_profile("untimed")

TINY_RATE = 8192
TINY_SAMPLES = 4096

RunCli = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(autouse=True)
def _private_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or fills the user's own cache of decoded clips."""
    monkeypatch.setenv("WAVEGAN_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture(autouse=True)
def _fixed_seed() -> None:
    """Tests that draw from PyTorch's global generator draw the same numbers every time."""
    torch.manual_seed(0)


@pytest.fixture(scope="session")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight recordings of 2.2 s: pulse trains of different rates in noise."""
    folder = tmp_path_factory.mktemp("recordings")
    random = np.random.default_rng(0)
    time = np.arange(int(2.2 * TINY_RATE)) / TINY_RATE
    for number in range(8):
        phase = (time * (20 + 9 * number)) % 1
        sound = 0.4 * np.exp(-8 * phase) * np.sin(2 * np.pi * 300 * time) + 0.02 * random.standard_normal(len(time))
        soundfile.write(folder / f"engine_{number}.wav", sound, TINY_RATE, subtype="PCM_16")
    return folder


@pytest.fixture
def tiny_values(recordings: Path, tmp_path: Path) -> dict[str, Any]:
    """Raw values of a configuration that trains an epoch in a fraction of a second."""
    return {
        "model": {"latent_dim": 4, "model_dim": 2},
        "training": {"batch_size": 8, "epochs": 2, "n_critic": 3, "device": "cpu", "num_workers": 1, "seed": 7},
        "audio": {"sample_rate": TINY_RATE, "audio_length_seconds": 0.5, "audio_length_samples": TINY_SAMPLES},
        "dataset": {"base_path": str(recordings), "validation_fraction": 0.25},
        "output": {
            "output_dir": str(tmp_path / "run"),
            "checkpoint_interval_epochs": 2,
            "log_interval_iterations": 2,
            "sample_count": 2,
            "checkpoint_measures": "none",
        },
    }


@pytest.fixture
def tiny_config(tiny_values: dict[str, Any]) -> Config:
    """The typed form of `tiny_values`."""
    return validate(tiny_values, source="test")


@pytest.fixture
def cli(tmp_path: Path) -> RunCli:
    """Run `python WaveGAN.py ...` in a folder of its own, as a user does."""

    def run(*arguments: str, cwd: Path = tmp_path, timeout: float = 240) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            cli_command(*arguments),
            cwd=cwd,
            env=cli_environment(),
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    return run


def cli_command(*arguments: str) -> list[str]:
    """The command that a shell would run."""
    return [sys.executable, str(REPOSITORY / "WaveGAN.py"), *arguments]


def cli_environment() -> dict[str, str]:
    """This process's environment, with wide lines so that messages are not wrapped."""
    return {**os.environ, "COLUMNS": "200", "PYTHONWARNINGS": "error", "OMP_NUM_THREADS": "1"}


def same(first: Any, second: Any) -> bool:
    """Whether two nested values are equal to the last bit, tensors included."""
    if isinstance(first, torch.Tensor):
        return torch.equal(first, second)
    if isinstance(first, dict):
        return first.keys() == second.keys() and all(same(first[key], second[key]) for key in first)
    if isinstance(first, list | tuple):
        return len(first) == len(second) and all(map(same, first, second))
    return bool(first == second)
