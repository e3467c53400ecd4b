"""What the command line does once a configuration is loaded: train, generate, dry run."""

import contextlib
import datetime
import platform
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from rich.console import Console

from wavegan_src import __version__
from wavegan_src.advanced_monitoring import ResourceMonitor
from wavegan_src.analytics import draw_plots
from wavegan_src.atomic_files import write_text_atomically
from wavegan_src.checkpoints import FINAL_NAME, CheckpointStore, State
from wavegan_src.config_loader import to_json
from wavegan_src.config_schema import Config
from wavegan_src.dataset import ClipDataset, open_dataset
from wavegan_src.devices import choose_device, configure
from wavegan_src.display import SteadyConsole, make_display
from wavegan_src.errors import UserError
from wavegan_src.estimates import Estimate, estimate
from wavegan_src.generation import generate_files, load_model, stored_whitening
from wavegan_src.problems import tell_counts
from wavegan_src.progress import rich_progress
from wavegan_src.report import write_report
from wavegan_src.resuming import check_configuration, check_dataset
from wavegan_src.run_folder import RunFolder
from wavegan_src.survey import Survey, survey
from wavegan_src.training import Trainer

MEBIBYTE, GIBIBYTE = 2**20, 2**30
DataFacts = dict[str, Any]


def train(config: Config, *, fresh: bool) -> None:
    """Train, or go on training, to the configured epoch; says where to listen and look."""
    console = SteadyConsole()
    device = choose_device(config.training.device)
    configure(device, config.training.deterministic)
    folder = RunFolder(Path(config.output.output_dir))
    if fresh:
        _check_data(config)  # before the old run is moved for nothing
        if (kept := folder.set_aside()) is not None:
            _say(console, f"The old run is kept in {kept}.")
    folder.create()
    with folder.lock():
        store = CheckpointStore(folder.checkpoints)
        folder.remove_partial_files()
        found = store.load_newest(warn=lambda message: _say(console, f"Warning: {message}"))
        if found is not None:
            path, state = found
            changed = check_configuration(state, config, path.name)
            if state["epoch"] >= config.training.epochs:
                _finish_again(console, folder, store, config, path, state)
                return
            for line in changed:
                _say(console, f"Changed, and used from now on: {line}")
        dataset = open_dataset(config, rich_progress, notify=lambda message: _say(console, message))
        _describe_run(console, config, dataset, device)
        with _memory_advice(config, estimate(config, len(dataset.train), device)), ResourceMonitor(device) as monitor:
            if found is not None:
                check_dataset(state, dataset, config.output.output_dir)
                dataset.use_whitening(stored_whitening(state))
            trainer = Trainer(config, dataset, device, folder, monitor)
            if found is None:
                trainer.begin_anew()
            else:
                trainer.resume(path, state)
                _say(console, f"Resuming from {path} (epoch {trainer.epoch}, iteration {trainer.wgan.iteration}).")
            write_text_atomically(folder.config_snapshot, to_json(config, _run_info(config, dataset, device)))
            total = trainer.iterations_until(config.training.epochs)
            with make_display(console, config.training.epochs, total, trainer.wgan.iteration) as display:
                trainer.run(display)
        _say_where(console, folder, config)


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
    _say(console, f"Generating {count} clips from {path} ({model.progress}{kind}), seed {config.training.seed}.")
    with rich_progress("Generating", count) as advance:
        written = generate_files(model, folder.generated, count, config.training.seed, on_clip=lambda _: advance(1))
    _say(console, f"{len(written)} WAV files in {folder.generated}: {written[0].name} ... {written[-1].name}")


def dry_run(config: Config) -> None:
    """Check configuration and data, and tell what a training will take. Nothing is trained or written."""
    console = SteadyConsole()
    device = choose_device(config.training.device)
    found = _check_data(config)
    for problem in found.problems:
        _say(console, f"Warning: {problem}")
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
        "steps": f"{planned.iterations:,} critic and {planned.generator_steps:,} generator steps in "
        f"{training.epochs} epochs",
        "memory": f"about {planned.memory_bytes / GIBIBYTE:.2f} GiB on {_device_name(device)}, beside PyTorch itself",
        "disk": f"about {planned.disk_bytes / GIBIBYTE:.2f} GiB in {config.output.output_dir}, "
        f"{found.cache_bytes / GIBIBYTE:.2f} GiB for decoded clips",
    }
    for name, text in lines.items():
        _say(console, f"{name:>10}  {text}")
    _say(console, "Dry run: nothing was trained or written.")


def _check_data(config: Config) -> Survey:
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


def _describe_run(console: Console, config: Config, dataset: ClipDataset, device: torch.device) -> None:
    kind = "procedural stand-in clips" if dataset.procedural else f"clips of {dataset.recording_count} recordings"
    _say(
        console,
        f"{len(dataset.train)} training and {len(dataset.validation)} validation {kind}; {_device_name(device)}.",
    )
    if dataset.dropped:
        _say(console, f"Dropped: {tell_counts(dataset.dropped)}.")
    if len(dataset.validation) < 2:
        against = "against the training clips themselves" if len(dataset.train) > 1 else "not at all"
        _say(
            console,
            f"Warning: {len(dataset.validation)} validation clips are too few, so quality is measured {against}. "
            "Add recordings, or raise dataset.validation_fraction.",
        )
    if config.training.batch_size > len(dataset.train):
        _say(
            console,
            f"Warning: batch_size {config.training.batch_size} is more than the {len(dataset.train)} training clips; "
            f"batches of {len(dataset.train)} are used.",
        )


def _finish_again(
    console: Console, folder: RunFolder, store: CheckpointStore, config: Config, path: Path, state: State
) -> None:
    """Tell that there is nothing left to do; complete what a process that was killed at the very end left undone."""
    final = folder.checkpoints / FINAL_NAME
    if state["epoch_complete"] and not (final.exists() and final.samefile(path)):
        store.publish_due(path, state, last=True)
    draw_plots(folder, config)
    write_report(folder)
    _say(
        console,
        f"This run is finished: {state['epoch']} epochs are done. To go on, give a larger --epochs than that; "
        f"to start a new run, add --fresh; to generate, use --generate-only N.",
    )


def _say_where(console: Console, folder: RunFolder, config: Config) -> None:
    kind = (
        " (trained on procedural stand-in data, never on recordings)" if config.dataset.source == "procedural" else ""
    )
    folder_name = config.output.output_dir
    own = "" if folder_name == "output_wavegan" else f" --output-dir {shlex.quote(folder_name)}"
    _say(console, f"Done{kind}.")
    _say(console, f"  Listen:   {folder.samples}")
    _say(console, f"  Look:     {folder.report} and {folder.plots / 'spectrograms.png'}")
    _say(console, f"  Generate: python WaveGAN.py{own} --generate-only 10")


def _run_info(config: Config, dataset: ClipDataset, device: torch.device) -> dict[str, str | int]:
    """Facts beside the settings in the snapshot of a run."""
    planned = estimate(config, len(dataset.train), device)
    return {
        "written": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "command": " ".join(sys.argv),
        "wavegan": __version__,
        "torch": str(torch.__version__),
        "python": platform.python_version(),
        "device": _device_name(device),
        "threads": torch.get_num_threads(),
        "training_data": "procedural stand-in data" if dataset.procedural else "recordings",
        "recordings": 0 if dataset.procedural else dataset.recording_count,
        "training_clips": len(dataset.train),
        "validation_clips": len(dataset.validation),
        "data_fingerprint": dataset.fingerprint,
        "generator_parameters": planned.generator_parameters,
        "critic_parameters": planned.critic_parameters,
    }


@contextlib.contextmanager
def _memory_advice(config: Config, planned: Estimate) -> Iterator[None]:
    """Turn "out of memory" into the cure."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:  # the latter includes torch.OutOfMemoryError
        if not is_out_of_memory(error):
            raise
        raise UserError(
            f"Out of memory: batch_size {config.training.batch_size} with model_dim {config.model.model_dim} takes "
            f"about {planned.memory_bytes / GIBIBYTE:.1f} GiB. Try smaller batches and fewer workers, such as "
            f"python WaveGAN.py --batch-size {smaller_batch(config)} --num-workers 2, or a smaller model.model_dim, "
            "or keep the batch and set training.micro_batch_size (--dry-run tells the estimate beforehand)."
        ) from error


def smaller_batch(config: Config) -> int:
    """The batch size to advise: the description's 32, or half of what is already smaller."""
    return min(32, max(1, config.training.batch_size // 2))


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an exception means that memory ran out, on the CPU (a plain RuntimeError in PyTorch) or a GPU."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return "DefaultCPUAllocator" in str(error) or "out of memory" in str(error).lower()


def _device_name(device: torch.device) -> str:
    if device.type == "cuda":
        return f"{torch.cuda.get_device_name(device)} ({device})"
    return f"CPU, {torch.get_num_threads()} threads" if device.type == "cpu" else str(device)


def _say(console: Console, message: str) -> None:
    console.print(message, soft_wrap=True, markup=False, highlight=False)
