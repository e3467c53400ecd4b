"""Implements `wavegan train`: train with a display on the terminal, and say where to listen and look."""

import shlex
from pathlib import Path

from rich.console import Console

import wavegan.training
from wavegan.training import Run
from wavegan_src.cli.console import SteadyConsole, say
from wavegan_src.cli.display import terminal_observer
from wavegan_src.config_schema import Config
from wavegan_src.run.folder import RunFolder
from wavegan_src.utils.processes.torchrun import prefix
from wavegan_src.utils.program import program
from wavegan_src.utils.progress import rich_progress

WAYS_ON = (
    "To train on all the same, give the same command with --no-early-stopping; to start a new run, add --fresh; to "
    "generate, use --generate-only N."
)


def train(config: Config, *, fresh: bool, traced_iterations: int = 0) -> None:
    """Train, or resume a run, to the configured epoch."""
    console = SteadyConsole()
    run = wavegan.training.train(
        config,
        observers=[terminal_observer(console)],
        fresh=fresh,
        traced_iterations=traced_iterations,
        progress=rich_progress,
    )
    if prefix():  # the first process says it
        return
    if run.trained:
        if run.stopped_early is not None:
            say(console, WAYS_ON)
        _say_where(console, RunFolder(run.folder), config)
    else:
        _say_over(console, run)


def _say_over(console: Console, run: Run) -> None:
    """Say that there is nothing left to train."""
    if run.stopped_early is not None:
        say(console, f"This run was stopped early at epoch {run.epoch}: {run.stopped_early}. {WAYS_ON}")
        return
    say(
        console,
        f"This run is finished: {run.epoch} epochs are done. To go on, give a larger --epochs than that; "
        "to start a new run, add --fresh; to generate, use --generate-only N.",
    )


def _say_where(console: Console, folder: RunFolder, config: Config) -> None:
    kind = (
        " (trained on procedural stand-in data, never on recordings)" if config.dataset.source == "procedural" else ""
    )
    folder_name = config.output.output_dir
    own = "" if Path(folder_name) == Path("output_wavegan") else f" --output-dir {shlex.quote(folder_name)}"
    say(console, f"Done{kind}.")
    say(console, f"  Listen:   {folder.samples}")
    say(console, f"  Look:     {folder.report} and {folder.plots / 'spectrograms.png'}")
    say(console, f"  Generate: {program()}{own} --generate-only 10")
