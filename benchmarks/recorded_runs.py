"""Train the small runs that test the convergence detector, each designed to end in a certain state.

`python -m benchmarks.recorded_runs NAME WORK [--seconds S] [--out FOLDER]` trains one in WORK (or resumes it),
stops after S seconds as by Ctrl-C, and writes the relevant columns to `tests/fixtures/recorded_runs/NAME/`. Without a
name it lists the runs. The data is procedural, so nothing else is needed; each run takes minutes of one core.
"""

import argparse
import contextlib
import csv
import math
import os
import signal
import threading
from pathlib import Path
from typing import Any

import torch

from wavegan_src.cli.train import train
from wavegan_src.config_loader import validate
from wavegan_src.convergence.history import read_recorded
from wavegan_src.run.folder import RunFolder
from wavegan_src.utils.csv_log import format_value
from wavegan_src.utils.processes.signals import Interrupted

RECORDED = Path(__file__).parent.parent / "tests" / "fixtures" / "recorded_runs"

TRAINING = {"batch_size": 8, "device": "cpu", "num_workers": 0, "seed": 7, "early_stopping": False}
AUDIO = {"sample_rate": 8192, "audio_length_seconds": 0.5, "audio_length_samples": 4096}
# Differences from a small healthy run, and why they ruin it.
RUNS: dict[str, dict[str, dict[str, Any]]] = {
    "healthy": {"training": {"epochs": 160, "n_critic": 3}},
    # A hundred times the right learning rate.
    "diverging": {"training": {"epochs": 120, "learning_rate": 0.05}},
    # A generator that steps as often as the critic, with momentum: it always moves to where the critic was wrong.
    "collapsed": {"training": {"epochs": 120, "learning_rate": 0.003, "n_critic": 1, "adam_beta1": 0.9}},
    # Sixteen clips, no phase shuffle to hide them behind, and many passes.
    "memorising": {
        "model": {"phase_shuffle": 0},
        "training": {"epochs": 1200},
        "dataset": {"procedural_clips": 32, "validation_fraction": 0.5},
        "output": {"checkpoint_interval_epochs": 20},
    },
    # The healthy run continued, until the two networks chase each other in circles.
    "oscillating": {"training": {"epochs": 296, "n_critic": 3}},
    # Steps too small to get anywhere.
    "plateau": {"training": {"epochs": 80, "learning_rate": 1e-7}},
    # The healthy run with a rate that falls whenever KAD does not, until nothing changes any more.
    "converged": {"training": {"epochs": 1000, "n_critic": 3, "lr_schedule": "plateau", "early_stopping": True}},
    # The diverging run with early stopping, as by default.
    "stopped_early": {"training": {"epochs": 120, "learning_rate": 0.05, "early_stopping": True}},
    # The same, stopped by Ctrl-C and resumed: train it with --seconds.
    "resumed": {"training": {"epochs": 120, "learning_rate": 0.05, "early_stopping": True}},
}
EPOCH_COLUMNS = (
    *("epoch", "iteration", "critic_loss", "generator_loss", "wasserstein_estimate", "gradient_penalty"),
    *("real_score", "fake_score", "critic_grad_norm", "generator_grad_norm"),
)
CHECKPOINT_COLUMNS = (
    *("epoch", "logmel_frechet", "logmel_frechet_real", "logmel_frechet_noise", "compared_clips", "kad", "kad_real"),
    *("critic_real_training", "critic_real_validation", "critic_generated", "overfitting_gap"),
    *("generated_rms_db", "diversity", "coverage", "memorisation", "copied"),
)


def main() -> None:
    """Train one run for a while and record its figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("name", nargs="?", choices=RUNS)
    parser.add_argument("work", nargs="?", type=Path, default=Path("recorded_runs_work"))
    parser.add_argument("--seconds", type=float, default=1e9)
    parser.add_argument("--out", type=Path, default=RECORDED)
    given = parser.parse_args()
    if given.name is None:
        print("\n".join(RUNS))
        return
    torch.set_num_threads(1)  # small networks are slower with several, and results should be the same everywhere
    folder = RunFolder(given.work / given.name)
    timer = threading.Timer(given.seconds, os.kill, (os.getpid(), signal.SIGINT))
    timer.daemon = True
    timer.start()
    with contextlib.suppress(Interrupted):
        train(validate(configuration(given.name, str(folder.root)), "recorded run"), fresh=False)
    timer.cancel()
    record(folder.epoch_csv, given.out / given.name / folder.epoch_csv.name, EPOCH_COLUMNS)
    record(folder.checkpoint_csv, given.out / given.name / folder.checkpoint_csv.name, CHECKPOINT_COLUMNS)


def configuration(name: str, output_dir: str) -> dict[str, Any]:
    """The raw values of one of the runs."""
    own = RUNS[name]
    return {
        "model": {"latent_dim": 8, "model_dim": 4} | own.get("model", {}),
        "training": TRAINING | {"learning_rate": 0.0005} | own["training"],
        "audio": AUDIO,
        "dataset": {"source": "procedural", "procedural_clips": 120} | own.get("dataset", {}),
        "output": {
            "output_dir": output_dir,
            "checkpoint_interval_epochs": 4,
            "log_interval_iterations": 1000,
            "sample_count": 1,
        }
        | own.get("output", {}),
    }


def record(source: Path, target: Path, columns: tuple[str, ...]) -> None:
    """Copy the given columns of a table."""
    table = read_recorded(source).columns
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for row in zip(*(table[name] for name in columns), strict=True):
            writer.writerow([format_value(None if math.isnan(value) else value) for value in row])


if __name__ == "__main__":
    main()
