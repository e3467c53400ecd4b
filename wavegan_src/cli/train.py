"""What the command line does when it trains: set aside or resume, tell, hand over to the trainer."""

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
from wavegan_src.checkpoints import FINAL_NAME, CheckpointStore, State
from wavegan_src.cli.console import SteadyConsole, say
from wavegan_src.cli.display import make_display
from wavegan_src.cli.dry_run import check_batch, check_data
from wavegan_src.config_loader import to_json
from wavegan_src.config_schema import Config
from wavegan_src.data.problems import tell_counts
from wavegan_src.dataset import ClipDataset, open_dataset
from wavegan_src.generation.writer import whitening_of
from wavegan_src.models.estimates import Estimate, estimate
from wavegan_src.report.run_page import write_report
from wavegan_src.run.folder import RunFolder
from wavegan_src.run.record import EARLY, Ending, note_ending, recorded
from wavegan_src.trainer.disk import check_room, disk_guard, shortage
from wavegan_src.trainer.resume import check_dataset, continuation
from wavegan_src.trainer.tensorboard import check_installed
from wavegan_src.trainer.time_profile import TimeProfile
from wavegan_src.trainer.warm_start import WarmStart, read_warm_start
from wavegan_src.training import Trainer
from wavegan_src.utils.device import choose_device, configure, device_name
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.files import write_text_atomically
from wavegan_src.utils.progress import rich_progress

GIBIBYTE = 2**30
WAYS_ON = (
    "To train on all the same, give the same command with --no-early-stopping; to start a new run, add --fresh; to "
    "generate, use --generate-only N."
)
DataFacts = dict[str, Any]


def train(config: Config, *, fresh: bool, traced_iterations: int = 0) -> None:
    """Train, or go on training, to the configured epoch; says where to listen and look."""
    console = SteadyConsole()
    device = choose_device(config.training.device)
    configure(device, config.training.deterministic)
    folder = RunFolder(Path(config.output.output_dir))
    if config.output.tensorboard:
        check_installed()
    # Before the old run, which may hold it, is moved away; and before folders are made for nothing.
    store = CheckpointStore(folder.checkpoints)
    initial = read_warm_start(config) if fresh or store.is_empty() else None
    dataset = _start_afresh(config, folder, console) if fresh else None
    folder.create()
    with folder.lock():
        folder.remove_partial_files()
        found = store.load_newest(warn=lambda message: say(console, f"Warning: {message}"))
        if found is not None:
            path, state = found
            going_on = continuation(state, config, path.name)
            config = going_on.config
            if going_on.is_over:
                _finish_again(console, folder, store, config, path, state, going_on.ended_early)
                return
            for line in going_on.changed:
                say(console, f"Changed, and used from now on: {line}")
        dataset = dataset or _open_dataset(config, console)
        _describe_run(console, config, dataset, device)
        planned = estimate(config, len(dataset.train), device)
        if found is None and (warning := shortage(folder.root, planned)):
            say(console, f"Warning: {warning}")
        with (
            _last_report(folder),
            recorded(folder) as ending,
            _memory_advice(config, planned),
            ResourceMonitor(device, folder.root) as monitor,
        ):
            if found is not None:
                check_dataset(state, dataset, config.output.output_dir)
                dataset.use_whitening(whitening_of(state))
            trainer = Trainer(config, dataset, device, folder, monitor, traced_iterations)
            if found is None:
                _begin(console, trainer, initial)
            else:
                trainer.resume(path, state)
                say(console, f"Resuming from {path} (epoch {trainer.epoch}, iteration {trainer.gan.iteration}).")
            write_text_atomically(folder.config_snapshot, to_json(config, _run_info(dataset, trainer, planned)))
            total = trainer.iterations_until(config.training.epochs)
            done, architecture = trainer.gan.iteration, config.model.architecture
            with make_display(console, config.training.epochs, total, done, architecture) as display:
                trainer.run(display)
            if trainer.stopped is not None:
                ending.stopped_by = f"{EARLY}: {trainer.stopped.state}"
                ending.reason = trainer.stopped.sentence
                say(console, WAYS_ON)
        _say_where(console, folder, config)


def _start_afresh(config: Config, folder: RunFolder, console: Console) -> ClipDataset:
    """Move an old run away, once nothing is found that would be refused later and have it moved for nothing."""
    folder.check_movable()
    check_data(config)
    dataset = _open_dataset(config, console)
    if folder.root.exists():
        check_room(disk_guard(folder.root, config, estimate(config, len(dataset.train))))
    if (kept := folder.set_aside()) is not None:
        say(console, f"The old run is kept in {kept}.")
    return dataset


def _open_dataset(config: Config, console: Console) -> ClipDataset:
    dataset = open_dataset(config, rich_progress, notify=lambda message: say(console, message))
    check_batch(config, len(dataset.train))
    return dataset


def _begin(console: Console, trainer: Trainer, initial: WarmStart | None) -> None:
    trainer.start(initial)
    if initial is not None:
        say(console, f"Starting from {initial.words}; optimisers start anew.")


def _describe_run(console: Console, config: Config, dataset: ClipDataset, device: torch.device) -> None:
    kind = "procedural stand-in clips" if dataset.procedural else f"clips of {dataset.recording_count} recordings"
    say(
        console,
        f"{len(dataset.train)} training and {len(dataset.validation)} validation {kind}; {device_name(device)}.",
    )
    if dataset.dropped:
        say(console, f"Dropped: {tell_counts(dataset.dropped)}.")
    if len(dataset.validation) < 2:
        against = "against the training clips themselves" if len(dataset.train) > 1 else "not at all"
        say(
            console,
            f"Warning: {len(dataset.validation)} validation clips are too few, so quality is measured {against}. "
            "Add recordings, or raise dataset.validation_fraction.",
        )
    if config.training.batch_size > len(dataset.train):
        say(
            console,
            f"Warning: batch_size {config.training.batch_size} is more than the {len(dataset.train)} training clips; "
            f"batches of {len(dataset.train)} are used.",
        )


def _finish_again(
    console: Console,
    folder: RunFolder,
    store: CheckpointStore,
    config: Config,
    path: Path,
    state: State,
    early: str | None,
) -> None:
    """Tell that there is nothing left to do; complete what a process that was killed at the very end left undone.

    Args:
        early: why the run was ended before its last epoch; None where it was not.
    """
    final = folder.checkpoints / FINAL_NAME
    if state["epoch_complete"] and not (final.exists() and final.samefile(path)):
        store.publish_due(path, state, last=True)
    profile = TimeProfile(folder, torch.device("cpu"), config.training.n_critic)
    profile.load_state_dict(state.get("profile"), state["epoch"], epoch_complete=state["epoch_complete"])
    draw_plots(folder, config)
    note_ending(folder, Ending() if early is None else Ending(f"{EARLY}: {state['stopped_early']['state']}", early))
    write_report(folder)
    if early is not None:
        say(console, f"This run was stopped early at epoch {state['epoch']}: {early}. {WAYS_ON}")
        return
    say(
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
    say(console, f"Done{kind}.")
    say(console, f"  Listen:   {folder.samples}")
    say(console, f"  Look:     {folder.report} and {folder.plots / 'spectrograms.png'}")
    say(console, f"  Generate: python WaveGAN.py{own} --generate-only 10")


def _run_info(dataset: ClipDataset, trainer: Trainer, planned: Estimate) -> dict[str, str | int]:
    """Facts beside the settings in the snapshot of a run."""
    return {
        "written": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "command": " ".join(sys.argv),
        "wavegan": __version__,
        "torch": str(torch.__version__),
        "python": platform.python_version(),
        "device": device_name(trainer.gan.device),
        "kernels": trainer.gan.kernels,
        "threads": torch.get_num_threads(),
        "training_data": "procedural stand-in data" if dataset.procedural else "recordings",
        "recordings": 0 if dataset.procedural else dataset.recording_count,
        "training_clips": len(dataset.train),
        "validation_clips": len(dataset.validation),
        "data_fingerprint": dataset.fingerprint,
        "generator_parameters": planned.generator_parameters,
        "critic_parameters": planned.critic_parameters,
        **trainer.initial_model,
    }


@contextlib.contextmanager
def _last_report(folder: RunFolder) -> Iterator[None]:
    """However the run ends, its page tells how; what ended it goes before a page that cannot be written."""
    try:
        yield
    finally:
        with contextlib.suppress(OSError, UserError):
            write_report(folder)


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
