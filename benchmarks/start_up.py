"""Waiting times of the command line: `--help`, `--dry-run`, `status`, `report` and `--generate-only 10`.

    python -m benchmarks.start_up --json

Each command runs in its own process, as for a user: once to warm the disk cache and to compile the modules, and then
the given number of times; figures are medians in seconds. The model is the preset `config_test` with its initial
weights; the run that `status` and `report` read has 100 epochs, and 8 samples at each of 11 checkpoints.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import torch
import typer

from tests.support.run_folders import make_run
from wavegan_src.checkpoints import CheckpointStore
from wavegan_src.config_loader import load_config
from wavegan_src.models.wavegan.wgan import WGAN
from wavegan_src.run.state import FORMAT_VERSION, DatasetFacts, ModelState

PROGRAM = Path(__file__).parent.parent / "WaveGAN.py"
TARGETS = {"--help": 0.5, "--dry-run": 15.0, "--generate-only": 4.0, "status": 0.5, "report": 2.0}


def main(
    runs: Annotated[int, typer.Option(help="Runs of each command, after one to warm up")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object")] = False,
) -> None:
    """Measure the commands."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        checkpoint = save_untrained(folder / "checkpoints")
        run = str(make_run(folder / "run", load_config("config_test"), 100, latents=8).root)
        commands = {
            "--help": ["--help"],
            "--dry-run": ["--config", "config_test", "--dry-run"],
            "--generate-only": ["--generate-only", "10", "--checkpoint", str(checkpoint)],
            "status": ["status", run],
            "report": ["report", run],
        }
        found = {option: median_seconds(arguments, folder, runs) for option, arguments in commands.items()}
    if as_json:
        typer.echo(json.dumps(found))
        return
    for option, seconds in found.items():
        typer.echo(f"{option:16} {seconds:5.2f} s   (target: less than {TARGETS[option]} s)")


def median_seconds(arguments: list[str], folder: Path, runs: int) -> float:
    """Median wall-clock time of a command run in that folder, in s."""
    times = []
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    for _ in range(runs + 1):
        start = time.perf_counter()
        command = [sys.executable, str(PROGRAM), *arguments]
        subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:])


def save_untrained(folder: Path) -> Path:
    """A checkpoint of the test preset before its first step."""
    config = load_config("config_test")
    gan = WGAN(config, torch.device("cpu"))
    state = ModelState(
        format_version=FORMAT_VERSION,
        architecture_version=1,
        config=config.model_dump(mode="json"),
        epoch=0,
        iteration=0,
        dataset=DatasetFacts(procedural=True),
        whitening=None,
        generator_ema=gan.ema_generator.state_dict(),
        discriminator=gan.critic.state_dict(),
    )
    folder.mkdir()
    return CheckpointStore(folder).save(state, 0)


if __name__ == "__main__":
    typer.run(main)
