"""The command line: options and verbs.

Only light modules are imported here, so that `--help` answers at once; the work is imported when it is asked for.
"""

from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.markup import escape

from wavegan_src import __version__
from wavegan_src.config_loader import PRESETS, describe, load_config
from wavegan_src.errors import UserError
from wavegan_src.exit_status import exit_told
from wavegan_src.generation_request import GenerationRequest
from wavegan_src.synth.engines import LONGEST_SECONDS, SAMPLE_RATES

app = typer.Typer(
    name="wavegan",
    no_args_is_help=False,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)

HELP = """Learn two-second engine recordings with a WGAN-GP on raw audio, and generate new ones.

Without a verb this [b]trains[/b] (or goes on training: the same command again resumes where the run stopped).

[b]First steps[/b]

  python WaveGAN.py --config config_test        a quick try on synthetic stand-in sound
  python WaveGAN.py prepare my_recordings clips  cut your recordings into clips
  python WaveGAN.py --data clips --dry-run      check what a training will take
  python WaveGAN.py --data clips                train
  python WaveGAN.py --generate-only 10          ten new sounds, in output_wavegan/generated/
  python WaveGAN.py --interpolate 3:17:8        eight sounds on the way from seed 3 to seed 17
  python WaveGAN.py evaluate                    how good they are, in output_wavegan/evaluation/
"""


def _from_config(key: str) -> str:
    return f"{escape(describe(key))} [dim](config: {key})[/dim]"


@app.callback(invoke_without_command=True, help=HELP)
def train_or_generate(
    context: typer.Context,
    config: Annotated[
        str, typer.Option(metavar="NAME|FILE", help=f"Preset ({', '.join(PRESETS)}) or path of a JSON file.")
    ] = "config",
    data: Annotated[str | None, typer.Option(metavar="FOLDER", help=_from_config("dataset.base_path"))] = None,
    epochs: Annotated[int | None, typer.Option(metavar="N", help=_from_config("training.epochs"))] = None,
    batch_size: Annotated[int | None, typer.Option(metavar="N", help=_from_config("training.batch_size"))] = None,
    learning_rate: Annotated[
        float | None, typer.Option(metavar="X", help=_from_config("training.learning_rate"))
    ] = None,
    num_workers: Annotated[int | None, typer.Option(metavar="N", help=_from_config("training.num_workers"))] = None,
    device: Annotated[str | None, typer.Option(metavar="NAME", help=_from_config("training.device"))] = None,
    output_dir: Annotated[str | None, typer.Option(metavar="FOLDER", help=_from_config("output.output_dir"))] = None,
    seed: Annotated[int | None, typer.Option(metavar="N", help=_from_config("training.seed"))] = None,
    generate_only: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Write N new clips of the seeds --seed, --seed + 1 ... from the trained model, and train nothing.",
        ),
    ] = None,
    checkpoint: Annotated[
        Path | None, typer.Option(metavar="FILE", help="With --generate-only: the model; default is the best one.")
    ] = None,
    save_latents: Annotated[
        bool,
        typer.Option("--save-latents", help="With --generate-only: save the clips' latent vectors as .npy, to edit."),
    ] = False,
    latents: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Generate a clip per row of this .npy file of latent vectors, and no more."),
    ] = None,
    interpolate: Annotated[
        str | None,
        typer.Option(metavar="A:B:N", help="Generate N clips on the way from seed A to seed B, both included."),
    ] = None,
    truncation: Annotated[
        float | None,
        typer.Option(metavar="T", help="When generating: scale latent vectors by T (0 to 1) for more typical sounds."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check configuration and data, tell what a run takes, train nothing.")
    ] = False,
    no_early_stopping: Annotated[
        bool,
        typer.Option(
            "--no-early-stopping",
            help=f"Train to the last epoch, whatever the figures say {_from_config('training.early_stopping')}",
        ),
    ] = False,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Start a new run; an old one in the same folder is renamed, not deleted.")
    ] = False,
    tensorboard: Annotated[bool, typer.Option("--tensorboard", help=_from_config("output.tensorboard"))] = False,
    profile: Annotated[
        int,
        typer.Option(
            metavar="N", min=0, max=1000, help="Trace N iterations with PyTorch's profiler, into profiles/ of the run."
        ),
    ] = 0,
    version: Annotated[bool, typer.Option("--version", help="Tell the version.")] = False,
) -> None:
    """Train, generate or check; see HELP."""
    if version:
        print(f"wavegan {__version__}")
        return
    if context.invoked_subcommand is not None:
        _refuse_options_before_verb(context)
        return
    request = GenerationRequest(
        generate_only, checkpoint, latents, interpolate, truncation, save_latents, seed=seed, data=data
    )
    request.check()
    if request.is_made and (fresh or dry_run):
        raise UserError(f"--{'fresh' if fresh else 'dry-run'} goes with training, not with --generate-only.")
    if profile and (request.is_made or dry_run):
        raise UserError("--profile goes with training alone.")
    overrides: dict[str, Any] = {
        "dataset.base_path": data,
        "dataset.source": "folder" if data is not None else None,
        "training.epochs": epochs,
        "training.batch_size": batch_size,
        "training.learning_rate": learning_rate,
        "training.num_workers": num_workers,
        "training.device": device,
        "output.output_dir": output_dir,
        "training.seed": seed,
        "training.early_stopping": False if no_early_stopping else None,
        "output.tensorboard": tensorboard or None,
    }
    loaded = load_config(config, overrides)

    if request.is_made:
        from wavegan_src import generate_command  # noqa: PLC0415  (imports PyTorch)

        generate_command.generate(loaded, request)
        return
    if dry_run:
        from wavegan_src import light_commands  # noqa: PLC0415  (imports PyTorch)

        light_commands.dry_run(loaded)
        return

    from wavegan_src import commands  # noqa: PLC0415  (imports PyTorch and all that measures and draws)

    commands.train(loaded, fresh=fresh, traced_iterations=profile)


@app.command()
def prepare(
    raw: Annotated[Path, typer.Argument(metavar="RAW", help="Folder tree of recordings, in any common format.")],
    out: Annotated[
        Path | None,
        typer.Argument(metavar="OUT", help="Folder for the clips; default is the config's dataset.base_path."),
    ] = None,
    config: Annotated[str, typer.Option(metavar="NAME|FILE", help="Where clip format and split come from.")] = "config",
    overlap: Annotated[
        float, typer.Option(metavar="X", min=0, max=0.95, help="Share by which consecutive clips overlap.")
    ] = 0.0,
    workers: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Parallel workers; default is one per core.")
    ] = None,
    seed: Annotated[int | None, typer.Option(metavar="N", help="Seed of the split (config: training.seed).")] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Prepare OUT anew when it was prepared with other settings.")
    ] = False,
) -> None:
    """Cut recordings into clips ready to train on: 2 s, 22050 Hz, mono, 16-bit WAV, split by recording.

    Writes OUT/train, OUT/validation and OUT/manifest.csv (source, offset, level, clipping, why dropped). Run it again
    after an interruption: it goes on where it stopped.
    """
    from wavegan_src import data_commands  # noqa: PLC0415

    data_commands.prepare(load_config(config, {"training.seed": seed}), raw, out, overlap, workers, overwrite, config)


@app.command()
def synth(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder for the WAV files and labels.jsonl.")],
    count: Annotated[int, typer.Option(metavar="N", min=1, help="Number of clips.")] = 150,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="The same seed gives the same bytes.")] = 0,
    sample_rate: Annotated[
        int, typer.Option(metavar="HZ", min=SAMPLE_RATES[0], max=SAMPLE_RATES[1], help="Sample rate.")
    ] = 22050,
    seconds: Annotated[float, typer.Option(metavar="S", min=0.1, max=LONGEST_SECONDS, help="Length of a clip.")] = 2.0,
    workers: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Parallel workers; default is one per core.")
    ] = None,
) -> None:
    """Write a set of procedural stand-in engine sounds with exact labels (rpm curve, cylinders, load, class).

    They are synthesised by a program, never recordings: for trying things out and for tests.
    """
    from wavegan_src import data_commands  # noqa: PLC0415

    data_commands.synth(out, count, seed, sample_rate, seconds, workers)


@app.command()
def report(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Output folders of trainings.")],
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The page; default RUN/report.html, for several ./comparison.html."),
    ] = None,
) -> None:
    """Make a run's report.html anew, or one page that puts several runs side by side.

    Works on a run in progress, a finished, a stopped and a broken one, and trains nothing.
    """
    from wavegan_src import report_commands  # noqa: PLC0415  (loads the plotting library)

    report_commands.report(runs, out)


@app.command()
def evaluate(
    real: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Real clips or recordings, any format; with --generated.")
    ] = None,
    generated: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Clips to judge, by any tool; with --real.")
    ] = None,
    training: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="With both folders: what the generator was trained on, if you have it."),
    ] = None,
    checkpoint: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Judge this model; default is the run's best one.")
    ] = None,
    config: Annotated[
        str, typer.Option(metavar="NAME|FILE", help="Where output folder, device and seed come from.")
    ] = "config",
    output_dir: Annotated[str | None, typer.Option(metavar="FOLDER", help=_from_config("output.output_dir"))] = None,
    data: Annotated[
        str | None, typer.Option(metavar="FOLDER", help="The model's recordings, where they have moved.")
    ] = None,
    count: Annotated[int, typer.Option(metavar="N", min=2, max=2000, help="Clips in every set, at most.")] = 200,
    seed: Annotated[int | None, typer.Option(metavar="N", help=_from_config("training.seed"))] = None,
    measures: Annotated[
        str | None, typer.Option(metavar="A,B,...", help="Which measures, such as kad,fad,modulation; default all.")
    ] = None,
    embedding: Annotated[
        str, typer.Option(metavar="NAME", help="FAD on vggish, panns or clap too; needs the extra 'fad'.")
    ] = "yamnet",
    json: Annotated[
        bool, typer.Option("--json", help="One JSON object on standard output, all else on standard error.")
    ] = False,
    out: Annotated[Path | None, typer.Option(metavar="FOLDER", help="For evaluation.json and evaluation.html.")] = None,
    workers: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Parallel workers; default is one per core.")
    ] = None,
    sample_rate: Annotated[
        int, typer.Option(metavar="HZ", min=4000, max=192000, help="With folders: rate of the clips.")
    ] = 22050,
    seconds: Annotated[
        float, typer.Option(metavar="S", min=0.5, max=60, help="With folders: length of the clips.")
    ] = 2.0,
) -> None:
    """Judge generated clips: STOI, PESQ, MCD, FAD, KAD, and what engine experts listen for, each between anchors.

    Judges the best model of the run, a model with --checkpoint, or any two folders with --real and --generated. Prints
    a table and writes evaluation.json and evaluation.html.
    """
    loaded = load_config(config, {"output.output_dir": output_dir, "training.seed": seed})

    from wavegan_src import evaluation_commands  # noqa: PLC0415  (imports PyTorch)

    evaluation_commands.run(
        loaded,
        evaluation_commands.Request(
            real=real,
            generated=generated,
            training=training,
            checkpoint=checkpoint,
            data=data,
            count=count,
            measures=measures,
            embedding=embedding,
            json=json,
            out=out,
            workers=workers,
            sample_rate=sample_rate,
            seconds=seconds,
        ),
    )


@app.command()
def status(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Output folder of a training, running or not.")] = Path(
        "output_wavegan"
    ),
    json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Tell where a run is: its state with the evidence, what to do, best epoch, epochs done, time left.

    Works on a run that is going on, finished, stopped or damaged, and changes nothing.
    """
    from wavegan_src import status as run_status  # noqa: PLC0415

    found = run_status.read_status(run)
    print(run_status.to_json(found) if json else "\n".join(run_status.to_lines(found)))


def main() -> NoReturn:
    """Run the command line, and exit with a status that tells how it went."""
    exit_told(lambda: app(standalone_mode=False))


def _refuse_options_before_verb(context: typer.Context) -> None:
    """Options of training mean nothing to a verb: say so rather than ignore them."""
    given = [
        name
        for name in context.params
        if (source := context.get_parameter_source(name)) is not None and source.name == "COMMANDLINE"
    ]
    if given:
        option = "--" + given[0].replace("_", "-")
        raise UserError(
            f"{option} goes with training, not before {context.invoked_subcommand}: put options after the verb."
        )
