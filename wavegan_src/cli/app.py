"""The command line: its commands and their options.

Only light modules are imported here, so that `--help` answers at once; each command imports what it needs.
"""

from pathlib import Path
from typing import Annotated, NoReturn

import typer

from wavegan_src import __version__
from wavegan_src.cli import options
from wavegan_src.cli.commands import CommandGroup
from wavegan_src.cli.console import SteadyConsole, exit_with_status, say
from wavegan_src.cli.exporting.group import export
from wavegan_src.cli.judging.augmentation_options import augmentation_study
from wavegan_src.cli.judging.listening_options import listening_test
from wavegan_src.cli.judging.track import track
from wavegan_src.cli.making.drive_options import drive
from wavegan_src.cli.making.prepare_options import join, prepare
from wavegan_src.cli.modes import Mode, check_mode, option_name
from wavegan_src.cli.start import DEFAULT_RUN, show_status
from wavegan_src.cli.usage import usage_message
from wavegan_src.data.synth.engines import LONGEST_SECONDS, SAMPLE_RATES
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.program import program

app = typer.Typer(
    name="wavegan",
    cls=CommandGroup,
    no_args_is_help=False,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)

_DEFAULT_RUN = Path(DEFAULT_RUN)

_HELP = """Learn two-second engine recordings with a WGAN-GP on raw audio, and generate new ones.

Without a command this [b]trains[/b]; the same command again resumes where the run stopped.

[b]First steps[/b]

{steps}
"""

_STEPS = (
    ("--generate-only 10 --checkpoint pretrained", "ten sounds at once, from the included model"),
    ("--config config_test --output-dir try_out", "a quick try on synthetic stand-in sound"),
    ("prepare my_recordings clips", "cut your recordings into clips"),
    ("--data clips --dry-run", "check what training will take"),
    ("--data clips", "train"),
    ("--generate-only 10", "ten new sounds, in output_wavegan/generated/"),
    ("--interpolate 3:17:8", "eight sounds on the way from seed 3 to seed 17"),
    ("evaluate", "how good they are, in output_wavegan/evaluation/"),
)


def _help() -> str:
    """The help of the program, with the command that was used to start it."""
    steps = (f"  {program()} {arguments}\n      {effect}" for arguments, effect in _STEPS)
    return _HELP.format(steps="\n".join(steps))


@app.callback(invoke_without_command=True, help=_help())
def train_or_generate(
    context: typer.Context,
    config: options.ConfigName = "config",
    data: options.Data = None,
    epochs: options.Epochs = None,
    architecture: options.Architecture = None,
    batch_size: options.BatchSize = None,
    learning_rate: options.LearningRate = None,
    num_workers: options.NumWorkers = None,
    device: options.Device = None,
    output_dir: options.OutputDir = None,
    seed: options.Seed = None,
    init: options.Init = None,
    generate_only: options.GenerateOnly = None,
    checkpoint: options.Checkpoint = None,
    save_latents: options.SaveLatents = False,
    latents: options.Latents = None,
    interpolate: options.Interpolate = None,
    truncation: options.Truncation = None,
    seconds: options.Seconds = None,
    dry_run: options.DryRun = False,
    no_early_stopping: options.NoEarlyStopping = False,
    fresh: options.Fresh = False,
    tensorboard: options.Tensorboard = False,
    profile: options.Profile = 0,
    version: options.Version = False,
) -> None:
    """Train, generate or check; see `_help`."""
    if version:
        say(SteadyConsole(), f"wavegan {__version__}")
        return
    if context.invoked_subcommand is not None:
        _refuse_options_before_verb(context)
        return
    from wavegan_src.config_loader import load_config, overrides_of  # noqa: PLC0415  (builds the configuration's schema)
    from wavegan_src.generation.request import GenerationRequest, parse_interpolation  # noqa: PLC0415

    request = GenerationRequest(
        count=generate_only,
        checkpoint=_model(checkpoint),
        latents=latents,
        interpolation=None if interpolate is None else parse_interpolation(interpolate),
        truncation=truncation,
        seconds=seconds,
        save_latents=save_latents,
        seed=seed,
        data=data,
    )
    mode: Mode = "generating" if request.is_made else "--dry-run" if dry_run else "training"
    check_mode(mode, _given(context))
    request.check()
    overrides = overrides_of({option_name(name): value for name, value in context.params.items()})
    if data is not None:
        overrides["dataset.source"] = "folder"
    loaded = load_config(config, overrides)

    if request.is_made:
        from wavegan_src.cli.making import generate as generate_command  # noqa: PLC0415  (imports PyTorch)

        generate_command.generate(loaded, request, config if "config" in _given(context) else None)
        return
    if dry_run:
        from wavegan_src.cli import dry_run as light_commands  # noqa: PLC0415  (imports PyTorch)

        light_commands.dry_run(loaded, fresh=fresh)
        return

    from wavegan_src.cli import train as commands  # noqa: PLC0415  (imports PyTorch and all that measures and draws)

    commands.train(loaded, fresh=fresh, traced_iterations=profile)


app.command()(prepare)
app.command()(join)


@app.command()
def synth(
    out: Annotated[Path, options.path_argument("OUT", "Folder for the WAV files and labels.jsonl.")],
    count: Annotated[int, typer.Option(metavar="N", min=1, help="Number of clips.")] = 150,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="The same seed gives the same bytes.")] = 0,
    sample_rate: Annotated[
        int, typer.Option(metavar="HZ", min=SAMPLE_RATES[0], max=SAMPLE_RATES[1], help="Sample rate.")
    ] = 22050,
    seconds: Annotated[float, typer.Option(metavar="S", min=0.1, max=LONGEST_SECONDS, help="Length of a clip.")] = 2.0,
    workers: options.Workers = None,
) -> None:
    """Write a set of procedural stand-in engine sounds with exact labels (rpm curve, cylinders, load, class).

    They are computed, not recorded: for trying the program out and for tests.
    """
    from wavegan_src.cli.making import data as data_commands  # noqa: PLC0415

    data_commands.synth(out, count, seed, sample_rate, seconds, workers)


@app.command()
def report(
    runs: Annotated[
        list[Path] | None, options.path_argument("RUN...", f"Output folders of trainings; default {_DEFAULT_RUN}.")
    ] = None,
    out: Annotated[
        Path | None,
        options.path_option("FILE", "The page; default RUN/report.html, for several ./comparison.html."),
    ] = None,
) -> None:
    """Write a run's report.html again, or one page that compares several runs.

    Works for a run that is in progress, finished, stopped or damaged, and trains nothing.
    """
    from wavegan_src.cli import report as report_commands  # noqa: PLC0415  (loads the plotting library)

    report_commands.report(runs or [_DEFAULT_RUN], out)


@app.command()
def evaluate(
    real: Annotated[
        Path | None,
        options.path_option("FOLDER", "Real clips or recordings, any format; with --generated."),
    ] = None,
    generated: Annotated[
        Path | None,
        options.path_option("FOLDER", "Clips to evaluate, made by any program; with --real."),
    ] = None,
    training: Annotated[
        Path | None,
        options.path_option("FOLDER", "With both folders: clips that the generator was trained on."),
    ] = None,
    checkpoint: options.JudgedCheckpoint = None,
    config: Annotated[
        str,
        typer.Option(
            metavar="NAME|FILE",
            parser=options.name_or_path,
            help="Preset or JSON file with the output folder, device and seed.",
        ),
    ] = "config",
    output_dir: options.OutputDir = None,
    data: Annotated[
        str | None,
        options.name_option("FOLDER", "The model's recordings, if they have moved."),
    ] = None,
    count: Annotated[
        int, typer.Option(metavar="N", min=2, max=2000, help="Clips to generate (of folders and real clips: at most).")
    ] = 200,
    seed: options.Seed = None,
    measures: Annotated[
        str | None, typer.Option(metavar="A,B,...", help="Which measures, such as kad,fad,modulation; default all.")
    ] = None,
    embedding: Annotated[
        str, typer.Option(metavar="NAME", help="FAD on vggish, panns or clap too; needs the extra 'fad'.")
    ] = "yamnet",
    json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object on standard output, all else on standard error.")
    ] = False,
    out: Annotated[Path | None, options.path_option("FOLDER", "For evaluation.json and evaluation.html.")] = None,
    workers: options.Workers = None,
    sample_rate: Annotated[
        int, typer.Option(metavar="HZ", min=4000, max=192000, help="With folders: rate of the clips.")
    ] = 22050,
    seconds: Annotated[
        float, typer.Option(metavar="S", min=0.5, max=60, help="With folders: length of the clips.")
    ] = 2.0,
) -> None:
    """Evaluate generated clips: STOI, PESQ, MCD, FAD, KAD, and what engine experts listen for, each between anchors.

    Evaluates the best model of the run, a model with --checkpoint, or any two folders with --real and --generated.
    Prints a table and writes evaluation.json and evaluation.html.
    """
    from wavegan_src.config_loader import load_config  # noqa: PLC0415

    loaded = load_config(config, {"output.output_dir": output_dir, "training.seed": seed})

    from wavegan_src.cli.judging import evaluate as evaluation_commands  # noqa: PLC0415  (imports PyTorch)

    evaluation_commands.run(
        loaded,
        evaluation_commands.Request(
            real=real,
            generated=generated,
            training=training,
            checkpoint=_model(checkpoint),
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
    run: Annotated[Path, options.path_argument("RUN", "Output folder of a training, running or not.")] = _DEFAULT_RUN,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Show the status of a run: its state and the evidence, what to do, best epoch, epochs done, time left.

    Works for a run that is in progress, finished, stopped or damaged, and changes nothing.
    """
    show_status(run, json)


app.command("listening-test")(listening_test)
app.command()(track)
app.command("augmentation-study")(augmentation_study)
app.command()(drive)
app.add_typer(export)


def main() -> NoReturn:
    """Run the command line and exit with its status."""
    exit_with_status(_run)


def _run() -> object:
    """Run the command that was given.

    Raises:
        UserError: an unknown option, or a wrong value.
    """
    try:
        return app(prog_name=program(), standalone_mode=False)
    except typer.TyperException as error:
        raise UserError(usage_message(error)) from error


def _model(name: str | None) -> Path | None:
    """The file that a model's name stands for."""
    from wavegan_src.run.model_files import model_file  # noqa: PLC0415

    return None if name is None else model_file(name)


def _given(context: typer.Context) -> list[str]:
    """The parameters that were given on the command line."""
    return [
        name
        for name in context.params
        if (source := context.get_parameter_source(name)) is not None and source.name == "COMMANDLINE"
    ]


def _refuse_options_before_verb(context: typer.Context) -> None:
    """Refuse options of training before another command, which would ignore them."""
    given = _given(context)
    if given:
        option = option_name(given[0])
        raise UserError(
            f"{option} belongs to training and cannot stand before {context.invoked_subcommand}: put the options of "
            f"{context.invoked_subcommand} after it."
        )
