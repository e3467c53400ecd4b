"""The options of training and generating, and those that commands share, with their help.

Imports nothing heavy, like `app.py`: not even the configuration's schema. So what is said here of configuration keys
and presets is written out, and `tests/cli/test_options.py` holds it to the schema.
"""

from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from wavegan_src.run.pretrained import NAME as PRETRAINED
from wavegan_src.utils.paths import user_path


class Setting(NamedTuple):
    """An option that sets a configuration key."""

    option: str
    help: str  # the key's `describe`


SETTINGS = {
    "dataset.base_path": Setting(
        "--data", "Folder of recordings or prepared clips, searched recursively; relative to the working folder"
    ),
    "model.architecture": Setting(
        "--architecture",
        '"wavegan" is the paper\'s network, which writes the waveform sample by sample; "engine" makes pulses and '
        'noise at a firing rate and learns within minutes; "drive" is an engine model that follows speed and load '
        "over time, so that it can be driven (preset config_fast); kernel_len, phase_shuffle and spectral_norm "
        "apply to wavegan only",
    ),
    "training.epochs": Setting(
        "--epochs", "Passes of the critic over the training clips (a whole number at least 1 and at most 10000000)"
    ),
    "training.batch_size": Setting(
        "--batch-size",
        "Clips in one critic step; lower it when memory runs out (a whole number at least 1 and at most 65536)",
    ),
    "training.learning_rate": Setting(
        "--learning-rate", "Adam's step size, for both networks (a number more than 0 and at most 1)"
    ),
    "training.num_workers": Setting(
        "--num-workers",
        "Threads that decode recordings and prefetch batches; 0 uses the main thread (a whole number at least 0 and at "
        "most 256)",
    ),
    "training.device": Setting(
        "--device", 'Where to compute: "auto" (a GPU if there is one), "cpu", "cuda", "cuda:1", "mps"'
    ),
    "output.output_dir": Setting("--output-dir", "Folder for everything a run writes"),
    "training.seed": Setting(
        "--seed",
        "Seed of all random numbers; the same seed gives the same bytes on the same CPU (a whole number at least 0 and "
        "less than 4294967296)",
    ),
    "training.init": Setting(
        "--init",
        "Start a new run from the networks of a model instead of random weights: pretrained is the one in the box (for "
        "config_fast), else a run's folder or the path of a checkpoint of the same networks",
    ),
    "output.tensorboard": Setting(
        "--tensorboard",
        "Also write scalars, audio and spectrograms for TensorBoard, to tensorboard/ in output_dir; needs the extra "
        '"tensorboard" (true or false)',
    ),
    "training.early_stopping": Setting(
        "--no-early-stopping",
        "Stop before the last epoch if the run overfits, diverges or converged long ago; never while its quality is "
        "still improving (true or false)",
    ),
}


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


def _sets(key: str, metavar: str | None = None, before: str = "") -> Any:
    """The option that sets a configuration key, as the key's own definition has it."""
    parser = name_or_path if metavar is not None and ("FOLDER" in metavar or "FILE" in metavar) else None
    option, meaning = SETTINGS[key]
    return typer.Option(option, metavar=metavar, help=f"{before}{meaning} [dim](config: {key})[/dim]", parser=parser)


ConfigName = Annotated[
    str,
    name_option(
        "NAME|FILE",
        "Preset (config, config_fast, config_fast_48k, config_test, config_template) or path of a JSON file.",
    ),
]
Data = Annotated[str | None, _sets("dataset.base_path", "FOLDER")]
Architecture = Annotated[str | None, _sets("model.architecture", "NAME")]
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

Workers = Annotated[int | None, typer.Option(metavar="N", min=1, help="Parallel workers; default is one per core.")]
