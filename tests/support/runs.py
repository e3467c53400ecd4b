"""Small runs in this process, and all that a run computed, to compare."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import torch

from tests.support.states import load_values
from wavegan_src.cli.train import train
from wavegan_src.config_loader import validate
from wavegan_src.metrics import TIMING_COLUMNS
from wavegan_src.run.folder import RunFolder

TINY_RATE = 8192
TINY_SAMPLES = 4096

Values = dict[str, Any]


def write_recordings(folder: Path, count: int = 8, seconds: float = 2.2) -> None:
    """Recordings of that length: pulse trains of different rates in noise."""
    folder.mkdir(exist_ok=True)
    random = np.random.default_rng(0)
    time = np.arange(int(seconds * TINY_RATE)) / TINY_RATE
    for number in range(count):
        phase = (time * (20 + 9 * number)) % 1
        sound = 0.4 * np.exp(-8 * phase) * np.sin(2 * np.pi * 300 * time) + 0.02 * random.standard_normal(len(time))
        soundfile.write(folder / f"engine_{number}.wav", sound, TINY_RATE, subtype="PCM_16")


def tiny(recordings: Path, output: Path) -> Values:
    """Raw values of a configuration that trains an epoch in a fraction of a second."""
    return {
        "model": {"latent_dim": 4, "model_dim": 2},
        "training": {"batch_size": 8, "epochs": 2, "n_critic": 3, "device": "cpu", "num_workers": 1, "seed": 7},
        "audio": {"sample_rate": TINY_RATE, "audio_length_seconds": 0.5, "audio_length_samples": TINY_SAMPLES},
        "dataset": {"base_path": str(recordings), "validation_fraction": 0.25},
        "output": {
            "output_dir": str(output),
            "checkpoint_interval_epochs": 2,
            "log_interval_iterations": 2,
            "sample_count": 2,
            "checkpoint_measures": "none",
        },
    }


def run_in_process(values: Values, **overrides: Any) -> RunFolder:
    """Train, or resume, with some keys of `training` (and `output_dir`) changed."""
    config = validate(values, "test")
    config = config.model_copy(
        update={
            "training": config.training.model_copy(update={k: v for k, v in overrides.items() if k != "output_dir"}),
            "output": config.output.model_copy(update={k: v for k, v in overrides.items() if k == "output_dir"}),
        }
    )
    train(config, fresh=False)
    return RunFolder(Path(config.output.output_dir))


def rows(path: Path, without_timing: bool = True) -> list[dict[str, str]]:
    """A table's rows as text."""
    with path.open(newline="") as file:
        return [
            {name: cell for name, cell in row.items() if not (without_timing and name in TIMING_COLUMNS)}
            for row in csv.DictReader(file)
        ]


def everything(folder: RunFolder) -> dict[str, Any]:
    """All that a run computed, by file, without times and dates."""
    result: dict[str, Any] = {}
    for path in sorted(folder.root.rglob("*")):
        name = path.relative_to(folder.root).as_posix()
        if path.suffix == ".csv":
            result[name] = rows(path)
        elif path.suffix == ".wav" and not path.name.startswith("first_minute"):
            result[name] = path.read_bytes()
        elif path.suffix == ".tar":
            state = load_values(path)
            state["log"].pop("seconds")
            state.pop("profile")
            state["config"]["output"].pop("output_dir")
            state["config"]["training"].pop("epochs")  # of the command that wrote it
            result[name] = state
    return result


def assert_same(first: RunFolder, second: RunFolder) -> None:
    """Both runs computed the same, to the last bit."""
    one, other = everything(first), everything(second)
    assert one.keys() == other.keys()
    for name in one:
        assert same(one[name], other[name]), name


def same(first: Any, second: Any) -> bool:
    """Whether two nested values are equal to the last bit, tensors included."""
    if isinstance(first, torch.Tensor):
        return torch.equal(first, second)
    if isinstance(first, dict):
        return first.keys() == second.keys() and all(same(first[key], second[key]) for key in first)
    if isinstance(first, list | tuple):
        return len(first) == len(second) and all(map(same, first, second))
    return bool(first == second)
