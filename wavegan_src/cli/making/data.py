"""Implements the commands that make data sets, `prepare` and `synth`, without PyTorch."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from wavegan_src.cli.console import SteadyConsole, say
from wavegan_src.config_schema import Config
from wavegan_src.data.prepare.parts import Part
from wavegan_src.data.prepare.prepare import prepare as prepare_clips
from wavegan_src.utils.format import format_count
from wavegan_src.utils.parallel import available_cores
from wavegan_src.utils.program import program
from wavegan_src.utils.progress import rich_progress


def prepare(
    config: Config,
    raw: Path,
    out: Path | None,
    overlap: float,
    workers: int | None,
    overwrite: bool,
    config_name: str = "config",
    part: str | None = None,
    join: Sequence[Path] = (),
) -> None:
    """Cut recordings into clips; print the result and the command that trains on them with this configuration.

    part: of the tree, as "3/16"; join: the folders of all parts.
    """
    chosen_part = None if part is None else Part.parse(part)
    console = SteadyConsole()
    target = out or Path(config.dataset.base_path)
    done = prepare_clips(
        raw,
        target,
        config.audio,
        config.dataset,
        config.training.seed,
        workers or available_cores(),
        overlap=overlap,
        overwrite=overwrite,
        part=chosen_part,
        join=join,
        progress=rich_progress,
        notify=lambda message: say(console, message),
    )
    if done.resumed:
        say(console, f"{done.resumed} of {done.recordings} recordings were already prepared.")
    held_out = format_count(done.validation_recordings, "recording")
    test = f", and {done.test_clips} test clips, which training never sees" if done.test_clips else ""
    say(
        console,
        f"Prepared {done.train_clips} training clips and {done.validation_clips} validation clips ({held_out}) from "
        f"{done.files} files ({format_count(done.recordings, 'recording')}, {done.hours:.2f} h){test}.",
    )
    if chosen_part is not None:
        say(console, f"This is part {chosen_part}: train on it only when all parts are joined with `{program()} join`.")
        return
    for finding in done.findings:
        say(console, f"  {finding.topic:<11}{finding.text}")
    say(console, f"Each clip, each file and what was done to it is in {done.manifest}.")
    chosen = "config_fast" if config_name == "config" else config_name
    own = "" if out is None else f" --data {shlex.quote(str(target))}"
    say(console, f"Train on them: {program()} --config {shlex.quote(chosen)}{own}")
    if config_name == "config":
        say(console, "config_fast learns within minutes; without --config, the paper's network takes days on a CPU.")


def synth(out: Path, count: int, seed: int, sample_rate: int, seconds: float, workers: int | None) -> None:
    """Write a set of procedural stand-in clips with labels."""
    # Imported late: `prepare` needs none of the signal processing that comes with it.
    from wavegan_src.data.synth.engine_set import write_set  # noqa: PLC0415

    with rich_progress("Synthesising", count) as advance:
        labels = write_set(
            out, count, seed, sample_rate, seconds, workers or available_cores(), on_clip=lambda _: advance(1)
        )
    console = SteadyConsole()
    say(
        console,
        f"{count} clips of procedural stand-in engine sound (no recordings) in {out}, their labels in {labels}.",
    )
