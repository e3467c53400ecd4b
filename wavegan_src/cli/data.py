"""The verbs that make data sets, without PyTorch: `prepare` and `synth`."""

import shlex
from pathlib import Path

from rich.console import Console

from wavegan_src.config_schema import Config
from wavegan_src.data.prepare.prepare import prepare as prepare_clips
from wavegan_src.data.problems import tell_counts
from wavegan_src.utils.parallel import available_cores
from wavegan_src.utils.progress import rich_progress


def prepare(
    config: Config,
    raw: Path,
    out: Path | None,
    overlap: float,
    workers: int | None,
    overwrite: bool,
    config_name: str = "config",
) -> None:
    """Cut recordings into clips, and say what came out and how to train on it with the configuration of this name."""
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
        progress=rich_progress,
        notify=_say,
    )
    if done.resumed:
        _say(f"{done.resumed} of {done.recordings} recordings were already prepared.")
    held_out = "1 recording" if done.validation_recordings == 1 else f"{done.validation_recordings} recordings"
    _say(
        f"{done.files} files of {done.recordings} recordings ({done.hours:.2f} h) gave {done.train_clips} training "
        f"clips and {done.validation_clips} validation clips ({held_out})."
    )
    if done.dropped:
        _say(f"Dropped: {tell_counts(done.dropped)}. Each one is in {done.manifest}.")
    chosen = "" if config_name == "config" else f" --config {shlex.quote(config_name)}"
    own = "" if out is None else f" --data {shlex.quote(str(target))}"
    _say(f"Train on them: python WaveGAN.py{chosen}{own}")


def synth(out: Path, count: int, seed: int, sample_rate: int, seconds: float, workers: int | None) -> None:
    """Write a set of procedural stand-in clips with labels."""
    # Imported late: `prepare` needs none of the signal processing that comes with it.
    from wavegan_src.data.synth.engine_set import write_set  # noqa: PLC0415

    with rich_progress("Synthesising", count) as advance:
        labels = write_set(
            out, count, seed, sample_rate, seconds, workers or available_cores(), on_clip=lambda _: advance(1)
        )
    _say(f"{count} clips of procedural stand-in engine sound (no recordings) in {out}, their labels in {labels}.")


def _say(message: str) -> None:
    Console().print(message, soft_wrap=True, markup=False, highlight=False)
