"""Kinds of cases about folders that the program wrote and somebody changed: runs, checkpoints, prepared clips."""

import json
import shutil
from pathlib import Path
from typing import Any

import torch

from tests.fuzz.base import CONFIG, Case
from tests.fuzz.mutations import ODD_TEXTS, put_in_the_way, spoil_bytes, spoil_values
from tests.support.cli import Completed

STRAY = (
    "single_epochs_statistics/epoch_1 (copy)", "single_epochs_statistics/epoch_x", "checkpoints/checkpoint_epoch_7.tar",
    "samples/epoch_best.wav", "samples/epoch_.wav", "checkpoints/checkpoint_epoch_01.tar", "samples/real_x.wav",
    "generated/generated_seedx.wav", "plots/x.png", "checkpoints/best_model.tar.damaged",
)  # fmt: skip


def checkpoints(case: Case) -> list[Completed]:
    """Checkpoints that are whole and hold something else, or are damaged."""
    path = case.folder / "run" / "checkpoints" / "checkpoint_epoch_1.tar"
    if case.chance(0.7):
        state: dict[str, Any] = torch.load(path, weights_only=True)
        spoil_values(state, case.random)
        content: Any = state if case.chance(0.97) else list(state)
        path.unlink()  # the other names are links to the same file
        torch.save(content, path)
    else:
        content = spoil_bytes(path.read_bytes(), case.random)
        path.unlink()
        path.write_bytes(content)
    if case.chance(0.5):
        for name in ("best_model.tar", "final_model.tar"):
            (path.parent / name).unlink()
    return [
        case.run("--config", CONFIG),
        case.run("--config", CONFIG, "--generate-only", "1", "--checkpoint", str(path)),
        case.run("--config", CONFIG, "--output-dir", "new", "--init", str(path), "--dry-run"),
    ]


def run_folders(case: Case) -> list[Completed]:
    """Runs with odd tables, JSON files and stray names."""
    run = case.folder / "run"
    for _ in range(int(case.random.integers(1, 4))):
        files = sorted(path for path in run.rglob("*") if path.suffix in (".csv", ".json", ".jsonl"))
        path = files[int(case.random.integers(len(files)))] if files else run
        match int(case.random.integers(5)):
            case 0 | 1 if path.suffix == ".csv" and path.is_file():
                _spoil_table(path, case)
            case 0 | 1 if path.suffix == ".json" and path.is_file():
                _spoil_json(path, case)
            case 2 if path.is_file():
                path.write_bytes(spoil_bytes(path.read_bytes(), case.random))
            case 3:
                every = sorted(run.rglob("*"))
                put_in_the_way(every[int(case.random.integers(len(every)))], case.random)
            case _:
                stray = run / case.pick(*STRAY)
                stray.parent.mkdir(exist_ok=True)
                if not stray.exists() and not stray.is_symlink():
                    stray.mkdir() if case.chance(0.5) else stray.write_bytes(b"x")
        if not run.is_dir():
            break
    commands = [("status", "run"), ("status", "run", "--json"), ("report", "run"), ("--config", CONFIG)]
    commands.append(("--config", CONFIG, "--generate-only", "1"))
    return [case.run(*command) for command in commands]


def prepared(case: Case) -> list[Completed]:
    """Prepared folders and caches with odd records."""
    roots = [case.folder / "clips" / ".prepare", case.folder / "cache"]
    root = roots[int(case.random.integers(2))]
    files = sorted(path for path in root.rglob("*") if path.is_file() and path.suffix == ".json")
    path = files[int(case.random.integers(len(files)))]
    if case.chance(0.7):
        _spoil_json(path, case)
    elif case.chance(0.5):
        put_in_the_way(path, case.random)
    else:
        path.write_bytes(spoil_bytes(path.read_bytes(), case.random))
    again = ("prepare", "raw", "clips", "--config", CONFIG)
    shutil.rmtree(case.folder / "run")
    return [
        case.run(*again),
        case.run(*again, "--overwrite"),
        case.run("--config", CONFIG, "--epochs", "1"),
    ]


def _spoil_json(path: Path, case: Case) -> None:
    if case.chance(0.1):
        path.write_text("[" * 100_000)
        return
    values = [json.loads(path.read_bytes())]
    spoil_values(values, case.random)
    path.write_text(json.dumps(values[0] if values else None))


def _spoil_table(path: Path, case: Case) -> None:
    lines = [line.split(",") for line in path.read_text(errors="replace").splitlines()] or [[""]]
    for _ in range(int(case.random.integers(1, 6))):
        row = lines[int(case.random.integers(len(lines)))]
        row[int(case.random.integers(len(row)))] = case.pick(*ODD_TEXTS).replace("\udcff", "?")
    if case.chance(0.2):
        lines += lines[1:] * 3
    path.write_text("\n".join(map(",".join, lines)) + "\n")
