"""The options of training and generating, and those that commands share, with their help.

An option that sets a configuration key takes its help from the key in `config_schema.py`. Imports nothing heavy, like
`app.py`.
"""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from wavegan_src.config_loader import PRESETS, describe, option_of
from wavegan_src.run.pretrained import NAME as PRETRAINED
from wavegan_src.utils.paths import user_path


def name_or_path(text: str) -> str:
    """A preset's name, a model's name or a path, checked as a path and left as it is.

    Raises:
        UserError: no file can have that path.
    """
    user_path(text)
    return text


def path_argument(metavar: str, meaning: str) -> Any:
    """An argument that is a path."""
    return typer.Argument(metavar=metavar, parser=user_path, help=meaning)


def path_option(metavar: str, meaning: str) -> Any:
    """An option that is a path."""
    return typer.Option(metavar=metavar, parser=user_path, help=meaning)


def name_option(metavar: str, meaning: str) -> Any:
    """An option that is a name or a path, and stays a text."""
    return typer.Option(metavar=metavar, parser=name_or_path, help=meaning)


def _from_config(key: str) -> str:
    return f"{escape(describe(key))} [dim](config: {key})[/dim]"


def _sets(key: str, metavar: str | None = None, before: str = "") -> Any:
    """The option that sets a configuration key, as the key's own definition has it."""
    parser = name_or_path if metavar is not None and ("FOLDER" in metavar or "FILE" in metavar) else None
    return typer.Option(option_of(key), metavar=metavar, help=before + _from_config(key), parser=parser)


ConfigName = Annotated[
    str,
    name_option("NAME|FILE", f"Preset ({', '.join(PRESETS)}) or path of a JSON file."),
]
Data = Annotated[str | None, _sets("dataset.base_path", "FOLDER")]
Epochs = Annotated[int | None, _sets("training.epochs", "N")]
BatchSize = Annotated[int | None, _sets("training.batch_size", "N")]
LearningRate = Annotated[float | None, _sets("training.learning_rate", "X")]
NumWorkers = Annotated[int | None, _sets("training.num_workers", "N")]
Device = Annotated[str | None, _sets("training.device", "NAME")]
OutputDir = Annotated[str | None, _sets("output.output_dir", "FOLDER")]
Seed = Annotated[int | None, _sets("training.seed", "N")]
Init = Annotated[str | None, _sets("training.init", "NAME|FILE|RUN")]
Tensorboard = Annotated[bool, _sets("output.tensorboard")]
NoEarlyStopping = Annotated[
    bool, _sets("training.early_stopping", before="Train to the last epoch, whatever the figures say. ")
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
    name_option(
        "NAME|FILE|RUN",
        f"When generating: the model; default is the run's best one, {PRETRAINED} is the included one.",
    ),
]
SaveLatents = Annotated[
    bool,
    typer.Option("--save-latents", help="With --generate-only: save the clips' latent vectors as .npy, to edit."),
]
Latents = Annotated[
    Path | None,
    path_option("FILE", "Generate one clip for each row of this .npy file of latent vectors."),
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
    name_option(
        "NAME|FILE|RUN",
        f"Evaluate this model; default is the run's best one, {PRETRAINED} (with --data) the included one.",
    ),
]
