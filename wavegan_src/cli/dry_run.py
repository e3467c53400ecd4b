"""Implements `--dry-run`: estimates what a training takes. Imports nothing that only training needs."""

from pathlib import Path

from wavegan_src.checkpoints import CheckpointStore
from wavegan_src.cli.console import SteadyConsole, say
from wavegan_src.config_schema import Config
from wavegan_src.models.estimates import estimate
from wavegan_src.run.folder import RunFolder
from wavegan_src.trainer.ada import plan
from wavegan_src.trainer.preflight import check_data
from wavegan_src.trainer.resume import continuation
from wavegan_src.trainer.warm_start import read_warm_start
from wavegan_src.utils.device import choose_device, device_name
from wavegan_src.utils.format import format_size


def dry_run(config: Config, *, fresh: bool) -> None:
    """Check configuration and data, and print what training will take and start from. Nothing is trained or written.

    Args:
        config: what to train.
        fresh: whether an existing run would be renamed.
    """
    console = SteadyConsole()
    device = choose_device(config.training.device)
    if config.output.tensorboard:
        from wavegan_src.trainer.observers.tensorboard import check_installed  # noqa: PLC0415  (imports the drawing library)

        check_installed()
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
        "memory": f"about {format_size(planned.memory_bytes)} on {device_name(device)}, beside PyTorch itself",
        "disk": f"about {format_size(planned.disk_bytes)} in {config.output.output_dir}, "
        f"{format_size(found.cache_bytes)} for decoded clips",
    }
    for name, text in lines.items():
        say(console, f"{name:>10}  {text}")
    say(console, f"{'begins':>10}  {_beginning(config, fresh, console)}")
    say(console, "Dry run: nothing was trained or written.")


def _beginning(config: Config, fresh: bool, console: SteadyConsole) -> str:
    """What the networks start from, or where they resume. Whether the clips have changed is not checked.

    Raises:
        UserError: the configuration does not match the run in the output folder, or the model to start from does not
            fit.
    """
    folder = config.output.output_dir
    store = CheckpointStore(RunFolder(Path(folder)).checkpoints)
    found = None if fresh else store.load_newest(lambda text: say(console, f"Warning: {text}"), set_aside=False)
    if found is None:
        initial = read_warm_start(config)
        return "with random weights" if initial is None else f"with {initial.words}"
    path, state = found
    going_on = continuation(state, config, path.name)
    if going_on.is_over:
        early = f", stopped early: {going_on.ended_early}" if going_on.ended_early else ""
        return f"not at all: the run in {folder} is finished (epoch {state.epoch}{early}); --fresh starts a new run"
    for line in going_on.changed:
        say(console, f"{'changed':>10}  {line}")
    return f"where {path} stopped (epoch {state.epoch}, iteration {state.iteration}); --fresh starts a new run"
