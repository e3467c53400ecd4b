"""The options of training and generating, and those that commands share, with their help.

An option that sets a configuration key takes its help from the key in `config_schema.py`. Imports nothing heavy, like
`app.py`.
"""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from wavegan_src.config_loader import PRESETS, describe
from wavegan_src.run.pretrained import NAME as PRETRAINED


def _from_config(key: str) -> str:
    return f"{escape(describe(key))} [dim](config: {key})[/dim]"


ConfigName = Annotated[
    str, typer.Option(metavar="NAME|FILE", help=f"Preset ({', '.join(PRESETS)}) or path of a JSON file.")
]
Data = Annotated[str | None, typer.Option(metavar="FOLDER", help=_from_config("dataset.base_path"))]
Epochs = Annotated[int | None, typer.Option(metavar="N", help=_from_config("training.epochs"))]
BatchSize = Annotated[int | None, typer.Option(metavar="N", help=_from_config("training.batch_size"))]
LearningRate = Annotated[float | None, typer.Option(metavar="X", help=_from_config("training.learning_rate"))]
NumWorkers = Annotated[int | None, typer.Option(metavar="N", help=_from_config("training.num_workers"))]
Device = Annotated[str | None, typer.Option(metavar="NAME", help=_from_config("training.device"))]
OutputDir = Annotated[str | None, typer.Option(metavar="FOLDER", help=_from_config("output.output_dir"))]
Seed = Annotated[int | None, typer.Option(metavar="N", help=_from_config("training.seed"))]
Init = Annotated[str | None, typer.Option(metavar="NAME|FILE", help=_from_config("training.init"))]
Tensorboard = Annotated[bool, typer.Option("--tensorboard", help=_from_config("output.tensorboard"))]
NoEarlyStopping = Annotated[
    bool,
    typer.Option(
        "--no-early-stopping",
        help=f"Train to the last epoch, whatever the figures say. {_from_config('training.early_stopping')}",
    ),
]
Fresh = Annotated[
    bool, typer.Option("--fresh", help="Start a new run; an old one in the same folder is renamed, not deleted.")
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Check configuration and data, estimate what a run takes, train nothing.")
]
Profile = Annotated[
    int,
    typer.Option(
        metavar="N", min=0, max=1000, help="Trace N iterations with PyTorch's profiler, into profiles/ of the run."
    ),
]
Version = Annotated[bool, typer.Option("--version", help="Print the version.")]

GenerateOnly = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        help="Write N new clips from the trained model, with the seeds --seed, --seed + 1 ...; train nothing.",
    ),
]
Checkpoint = Annotated[
    str | None,
    typer.Option(
        metavar="NAME|FILE",
        help=f"When generating: the model; default is the run's best one, {PRETRAINED} is the included one.",
    ),
]
SaveLatents = Annotated[
    bool,
    typer.Option("--save-latents", help="With --generate-only: save the clips' latent vectors as .npy, to edit."),
]
Latents = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Generate one clip for each row of this .npy file of latent vectors."),
]
Interpolate = Annotated[
    str | None,
    typer.Option(metavar="A:B:N", help="Generate N clips from seed A to seed B, both included."),
]
Truncation = Annotated[
    float | None,
    typer.Option(metavar="T", help="When generating: scale latent vectors by T (0 to 1) for more typical sounds."),
]
Seconds = Annotated[
    float | None,
    typer.Option(metavar="S", help="When generating: clips of S seconds, from a model of config_fast; up to 600."),
]

JudgedCheckpoint = Annotated[
    str | None,
    typer.Option(
        metavar="NAME|FILE",
        help=f"Evaluate this model; default is the run's best one, {PRETRAINED} (with --data) the included one.",
    ),
]
