"""Run folders made up for tests, as many epochs long as wanted."""

import math
from pathlib import Path
from typing import Any

import numpy as np

from wavegan_src.config_loader import to_json
from wavegan_src.config_schema import Config
from wavegan_src.data.audio_files import write_wav
from wavegan_src.metrics import CHECKPOINT_COLUMNS, EPOCH_COLUMNS, PROFILE_COLUMNS
from wavegan_src.run import events
from wavegan_src.run.folder import RunFolder
from wavegan_src.trainer.log import GPU_COLUMNS, RESOURCE_COLUMNS
from wavegan_src.utils.csv_log import Value, format_value

RATE = 22050


def make_run(root: Path, config: Config, epochs: int, every: int = 10, latents: int = 2, rate: int = RATE) -> RunFolder:
    """A folder as a training of so many epochs leaves it, checkpoints and pictures left out."""
    folder = RunFolder(root)
    folder.create()
    folder.config_snapshot.write_text(to_json(config, {"command": "<script>alert(1)</script>", "torch": "2.0"}))
    random = np.random.default_rng(0)
    count = range(1, epochs + 1)
    scheduled = [epoch for epoch in count if epoch == 1 or epoch % every == 0 or epoch == epochs]
    write_table(folder.epoch_csv, EPOCH_COLUMNS, [_row(EPOCH_COLUMNS, epoch, random) for epoch in count])
    write_table(folder.resource_csv, RESOURCE_COLUMNS, [_row(RESOURCE_COLUMNS, epoch, random) for epoch in count])
    write_table(
        folder.gpu_csv,
        GPU_COLUMNS,
        [_row(GPU_COLUMNS, epoch, random) | {"gpu": gpu, "name": "Card"} for epoch in count for gpu in (0, 1)],
    )
    write_table(folder.profile_csv, PROFILE_COLUMNS, [_profile(epoch, random) for epoch in count])
    write_table(folder.checkpoint_csv, CHECKPOINT_COLUMNS, [_checkpoint(epoch, epochs, random) for epoch in scheduled])
    events.record(folder.events, "started", 0, 0)
    events.record(folder.events, "resumed", epochs // 2, 8 * (epochs // 2))
    time = np.arange(2 * rate) / rate
    for number in range(1, latents + 1):
        write_wav(folder.samples / f"real_{number:02}.wav", _engine(time, 30 + 5 * number, 0.02, random), rate)
        for epoch in (0, *scheduled):
            share = epoch / epochs
            clip = _engine(time, 30 + 5 * number, 0.3 * (1 - share) + 0.02, random)
            write_wav(folder.samples / f"epoch_{epoch:05}_{number:02}.wav", clip, rate)
    return folder


def write_table(path: Path, columns: tuple[str, ...], rows: list[dict[str, Value]]) -> None:
    lines = [",".join(columns), *(",".join(format_value(row[name]) for name in columns) for row in rows)]
    path.write_text("\n".join(lines) + "\n")


def _row(columns: tuple[str, ...], epoch: int, random: np.random.Generator) -> dict[str, Value]:
    row: dict[str, Value] = {name: float(1 + 0.1 * random.standard_normal()) for name in columns}
    return row | {"epoch": epoch, "iteration": 8 * epoch, "generator_step": epoch}


def _profile(epoch: int, random: np.random.Generator) -> dict[str, Value]:
    row: dict[str, Any] = _row(PROFILE_COLUMNS, epoch, random)
    row["critic_seconds"] = sum(row[f"critic_{part}_seconds"] for part in ("forward", "penalty", "backward"))
    row["critic_seconds"] += row["critic_optimiser_seconds"]
    parts = ("data", "critic", "generator", "log", "evaluation", "samples", "checkpoint", "plots", "rest")
    row["total_seconds"] = sum(row[f"{part}_seconds"] for part in parts)
    return row


def _checkpoint(epoch: int, epochs: int, random: np.random.Generator) -> dict[str, Value]:
    share = epoch / epochs
    measured: dict[str, Value] = {
        "compared_clips": 64,
        "measured_clips": 64,
        "logmel_frechet": 100 + 9000 * math.exp(-6 * share),
        "logmel_frechet_noise": 12000.0,
        "logmel_frechet_real": 50.0,
        "kad": 2 + 50 * math.exp(-6 * share),
        "kad_real": 1.0,
        "best": True,
        "validation_recordings": 8,
        "primary_low": 1 + 50 * math.exp(-6 * share),
        "primary_high": 3 + 50 * math.exp(-6 * share),
    }
    return _row(CHECKPOINT_COLUMNS, epoch, random) | measured


def _engine(time: Any, rate: float, noise: float, random: np.random.Generator) -> Any:
    pulse = np.exp(-8 * ((time * rate) % 1)) * np.sin(2 * np.pi * 300 * time)
    return (0.5 * pulse + noise * random.standard_normal(len(time)) * 0.3).astype(np.float32).clip(-1, 1)
