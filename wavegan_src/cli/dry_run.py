"""Implements `--dry-run`: what a training takes, whether this machine has it, and how long it lasts here."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch

from wavegan_src.checkpoints import CheckpointStore
from wavegan_src.cli.console import SteadyConsole, say
from wavegan_src.config_schema import Config
from wavegan_src.data.split.survey import Survey
from wavegan_src.models.estimates import Estimate, estimate
from wavegan_src.run.budget import with_budget
from wavegan_src.run.folder import RunFolder
from wavegan_src.trainer.ada import plan
from wavegan_src.trainer.ending.interruptions import memory_advice
from wavegan_src.trainer.planning.capacity import judge_disk, judge_memory
from wavegan_src.trainer.planning.pace import measure_pace
from wavegan_src.trainer.planning.preflight import check_data, lowered_batch
from wavegan_src.trainer.resume import continuation
from wavegan_src.trainer.warm_start import read_warm_start
from wavegan_src.utils.device import choose_device, configure, device_name
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.format import format_size


def dry_run(config: Config, *, fresh: bool) -> None:
    """Check configuration and data, and print what training will take and start from. Nothing is trained or written.

    Args:
        config: what to train.
        fresh: whether an existing run would be renamed.

    Raises:
        UserError: the configuration or the data cannot be used, or the run does not fit this machine.
    """
    console = SteadyConsole()
    RunFolder(Path(config.output.output_dir)).check_place()
    device = choose_device(config.training.device)
    configure(device, config.training.deterministic)
    if config.output.tensorboard:
        from wavegan_src.trainer.observers.tensorboard import check_installed  # noqa: PLC0415  (imports the drawing library)

        check_installed()
    found = check_data(config)
    for notice in found.notices:
        say(console, notice)
    for problem in (*found.problems, lowered_batch(config.training, found.train_clips)):
        if problem is not None:
            say(console, f"Warning: {problem}")
    config = with_budget(config, found.train_clips)
    planned = estimate(config, found.train_clips, device)
    for name, text in _figures(config, found, planned, device):
        _line(console, name, text)
    beginning = _beginning(config, fresh, console)
    _line(console, "begins", beginning.words)
    memory = judge_memory(config, found.train_clips, device)
    findings = [*memory, *judge_disk(config, planned, found.cache_bytes, beginning.written_bytes)]
    if not beginning.is_over and not any(finding.fatal for finding in memory):
        with memory_advice(config, planned):
            pace = measure_pace(config, found.train_clips, found.validation_clips, device)
        _line(console, "time", pace.words(config, planned, beginning.iteration))
    for finding in findings:
        if not finding.fatal:
            say(console, f"Warning: {finding.text}")
    say(console, "Dry run: nothing was trained or written.")
    if not beginning.is_over and (refusals := [finding.text for finding in findings if finding.fatal]):
        raise UserError("\n".join(refusals))


def _figures(config: Config, found: Survey, planned: Estimate, device: torch.device) -> Iterator[tuple[str, str]]:
    """The lines that follow from configuration and data, each with its name."""
    training = config.training
    data = (
        "procedural stand-in clips"
        if found.procedural
        else f"clips of {found.recordings} recordings ({found.files} files, {found.hours:.2f} h)"
    )
    yield "data", f"about {found.train_clips} training and {found.validation_clips} validation {data}"
    yield "", found.decision
    yield "generator", f"{planned.generator_parameters:,} parameters"
    yield "critic", f"{planned.critic_parameters:,} parameters"
    yield (
        "batch",
        f"{min(training.batch_size, found.train_clips)} clips of {config.audio.audio_length_seconds:g} s"
        + (f", {training.micro_batch_size} at once" if training.micro_batch_size else ""),
    )
    yield "augment", plan(training, found.validation_clips)
    steps = f"{planned.iterations:,} critic and {planned.generator_steps:,} generator steps"
    yield "steps", f"{steps} in {training.epochs} epochs"
    yield "memory", f"about {format_size(planned.memory_bytes)} on {device_name(device)}, beside PyTorch itself"
    yield (
        "disk",
        f"about {format_size(planned.disk_bytes)} in {config.output.output_dir}, "
        f"{format_size(found.cache_bytes)} for decoded clips",
    )


def _line(console: SteadyConsole, name: str, text: str) -> None:
    say(console, f"{name:>10}  {text}")


@dataclass(frozen=True)
class Beginning:
    """Where a run would start.

    Attributes:
        words: the same in words.
        iteration: critic steps done.
        written_bytes: size of the files that it has written.
        is_over: whether nothing is left to train.
    """

    words: str
    iteration: int = 0
    written_bytes: int = 0
    is_over: bool = False


def _beginning(config: Config, fresh: bool, console: SteadyConsole) -> Beginning:
    """What the networks start from, or where they resume. Whether the clips have changed is not checked.

    Raises:
        UserError: the configuration does not match the run in the output folder, or the model to start from does not
            fit.
    """
    folder = RunFolder(Path(config.output.output_dir))
    store = CheckpointStore(folder.checkpoints)
    found = None if fresh else store.load_newest(lambda text: say(console, f"Warning: {text}"), set_aside=False)
    if found is None:
        initial = read_warm_start(config)
        return Beginning("with random weights" if initial is None else f"with {initial.words}")
    path, state = found
    going_on = continuation(state, config, path.name)
    if going_on.is_over:
        early = f", stopped early: {going_on.ended_early}" if going_on.ended_early else ""
        where = f"the run in {folder.root} is finished (epoch {state.epoch}{early})"
        return Beginning(f"not at all: {where}; --fresh starts a new run", state.iteration, is_over=True)
    for line in going_on.changed:
        _line(console, "changed", line)
    return Beginning(
        f"where {path} stopped (epoch {state.epoch}, iteration {state.iteration}); --fresh starts a new run",
        state.iteration,
        _size((folder.checkpoints, folder.samples)),
    )


def _size(folders: Iterable[Path]) -> int:
    """Bytes of the files in the folders; one with several names counts once."""
    files = (Path(entry.path).stat() for folder in folders if folder.is_dir() for entry in os.scandir(folder))
    return sum({(file.st_dev, file.st_ino): file.st_size for file in files}.values())
