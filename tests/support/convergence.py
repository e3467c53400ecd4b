"""Recorded figures of runs that never were: steady, except for the series that a test gives."""

from pathlib import Path
from typing import Any

import numpy as np

Figures = Any  # a list or an array


def steady_run(
    count: int = 30, seed: int = 0, **given_series: Figures
) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Both tables of a run of `count` checkpoints, ten epochs apart, level and steady unless a series is given."""
    random = np.random.default_rng(seed)
    axis = 10.0 * np.arange(1, count + 1)
    steady = {
        "kad": 10 + 0.2 * random.standard_normal(count),
        "logmel_frechet": 1000 + 20 * random.standard_normal(count),
        "diversity": np.full(count, 0.9),
        "memorisation": np.full(count, 1.0),
        "critic_real_training": np.full(count, 3.0),
        "critic_real_validation": np.full(count, 3.0),
        "wasserstein_estimate": 5 + 0.1 * random.standard_normal(count),
        "gradient_penalty": np.full(count, 0.1),
        "critic_loss": np.full(count, -4.0),
        "real_score": np.full(count, 3.0),
    }
    table = {name: list(np.asarray(values, float)) for name, values in (steady | given_series).items()}
    per_epoch = {"wasserstein_estimate", "gradient_penalty", "critic_loss", "generator_loss", "real_score"}
    epochs = {name: values for name, values in table.items() if name in per_epoch}
    checkpoints = {name: values for name, values in table.items() if name not in per_epoch}
    return {"epoch": list(axis), **epochs}, {"epoch": list(axis), **checkpoints}


def write_columns(path: Path, columns: dict[str, list[float]]) -> None:
    """A CSV file of these columns."""
    lines = [",".join(columns), *(",".join(map(str, row)) for row in zip(*columns.values(), strict=True))]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")
