"""What the command line does beside training: generate, dry run. Nothing is imported that only training needs."""

from pathlib import Path

from wavegan_src.augmentation_strength import plan
from wavegan_src.checkpoints import CheckpointStore
from wavegan_src.config_schema import Config
from wavegan_src.console import SteadyConsole, say
from wavegan_src.devices import choose_device, configure, device_name
from wavegan_src.errors import UserError
from wavegan_src.estimates import estimate
from wavegan_src.generation import generate_files, load_model
from wavegan_src.progress import rich_progress
from wavegan_src.run_folder import RunFolder
from wavegan_src.survey import Survey, survey

GIBIBYTE = 2**30


def generate(config: Config, count: int, checkpoint: Path | None) -> None:
    """Write new clips from a trained model under `<output-dir>/generated/`."""
    if count < 1:
        raise UserError(f"--generate-only {count}: give the number of clips to write, at least 1.")
    console = SteadyConsole()
    folder = RunFolder(Path(config.output.output_dir))
    path = checkpoint or CheckpointStore(folder.checkpoints).find_model()
    device = choose_device(config.training.device)
    configure(device, config.training.deterministic)
    model = load_model(path, device)
    kind = ", trained on procedural stand-in data" if model.procedural else ""
    say(console, f"Generating {count} clips from {path} ({model.progress}{kind}), seed {config.training.seed}.")
    with rich_progress("Generating", count) as advance:
        files = generate_files(model, folder.generated, count, config.training.seed)
        first = last = next(files)
        advance(1)
        for path in files:
            last = path
            advance(1)
    say(console, f"{count} WAV files in {folder.generated}: {first.name} ... {last.name}")


def dry_run(config: Config) -> None:
    """Check configuration and data, and tell what a training will take. Nothing is trained or written."""
    console = SteadyConsole()
    device = choose_device(config.training.device)
    found = check_data(config)
    for problem in found.problems:
        say(console, f"Warning: {problem}")
    planned = estimate(config, found.train_clips, device)
    data = (
        "procedural stand-in clips"
        if found.procedural
        else f"clips of {found.recordings} recordings ({found.files} files, {found.hours:.2f} h)"
    )
    training = config.training
    lines = {
        "data": f"about {found.train_clips} training and {found.validation_clips} validation {data}",
        "": found.decision,
        "generator": f"{planned.generator_parameters:,} parameters",
        "critic": f"{planned.critic_parameters:,} parameters",
        "batch": f"{min(training.batch_size, found.train_clips)} clips of {config.audio.audio_length_seconds:g} s"
        + (f", {training.micro_batch_size} at once" if training.micro_batch_size else ""),
        "augment": plan(training, found.validation_clips),
        "steps": f"{planned.iterations:,} critic and {planned.generator_steps:,} generator steps in "
        f"{training.epochs} epochs",
        "memory": f"about {planned.memory_bytes / GIBIBYTE:.2f} GiB on {device_name(device)}, beside PyTorch itself",
        "disk": f"about {planned.disk_bytes / GIBIBYTE:.2f} GiB in {config.output.output_dir}, "
        f"{found.cache_bytes / GIBIBYTE:.2f} GiB for decoded clips",
    }
    for name, text in lines.items():
        say(console, f"{name:>10}  {text}")
    say(console, "Dry run: nothing was trained or written.")


def check_data(config: Config) -> Survey:
    """Look at the data set by its headers.

    Raises:
        UserError: there is nothing to train on.
    """
    found = survey(config)
    if not found.train_clips:
        raise UserError(
            f"Nothing in {config.dataset.base_path} (dataset.base_path) is long enough for a training clip: "
            f"{found.files} files, {3600 * found.hours:.2f} s in all. Add recordings."
        )
    return found
