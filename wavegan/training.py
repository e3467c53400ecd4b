"""Train a model from Python: `wavegan.train`."""

import datetime
import platform
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from wavegan_src import __version__
from wavegan_src.advanced_monitoring import ResourceMonitor
from wavegan_src.analytics import draw_plots
from wavegan_src.checkpoints import CheckpointStore
from wavegan_src.config_loader import load_config, to_json, validate
from wavegan_src.config_schema import Config
from wavegan_src.dataset import ClipDataset, open_dataset
from wavegan_src.generation.model import whitening_of
from wavegan_src.models.estimates import Estimate, estimate
from wavegan_src.report.run_page import write_report
from wavegan_src.run.budget import with_budget
from wavegan_src.run.folder import RunFolder
from wavegan_src.run.model_files import BEST_NAME, FINAL_NAME
from wavegan_src.run.record import EARLY, Ending, note_ending, recorded
from wavegan_src.run.snapshot import with_whole_paths
from wavegan_src.run.state import Best, RunState
from wavegan_src.trainer.ending.disk import check_room, disk_guard, shortage
from wavegan_src.trainer.ending.interruptions import memory_advice
from wavegan_src.trainer.ending.reporting import end_reported, last_report
from wavegan_src.trainer.observers.events import EventsObserver
from wavegan_src.trainer.observers.observer import Notice, Observers, TrainingObserver
from wavegan_src.trainer.observers.pages import PagesObserver
from wavegan_src.trainer.planning.capacity import check_memory
from wavegan_src.trainer.planning.preflight import check_batch, check_data, describe_data
from wavegan_src.trainer.profiling import TimeProfile
from wavegan_src.trainer.resume import check_dataset, continuation
from wavegan_src.trainer.state import TrainingRun
from wavegan_src.trainer.together.alike import check_alike, check_shares
from wavegan_src.trainer.together.helper import Helper
from wavegan_src.trainer.together.joining import gather_others, join_run, nothing_left
from wavegan_src.trainer.warm_start import WarmStart, read_warm_start
from wavegan_src.training import Trainer
from wavegan_src.utils.device import configure, device_name
from wavegan_src.utils.files import write_text_atomically
from wavegan_src.utils.format import format_count
from wavegan_src.utils.processes.group import Group
from wavegan_src.utils.processes.ranks import device_of, joined
from wavegan_src.utils.processes.torchrun import launch
from wavegan_src.utils.progress import ProgressFactory, ignore, no_progress


@dataclass(frozen=True)
class Run:
    """A run that has ended.

    Attributes:
        folder: its output folder.
        config: the configuration with which it was trained.
        epoch, iteration: epochs and critic iterations done.
        best: the best checkpoint's epoch, measure and value; None if none was measured.
        stopped_early: why early stopping ended it, in a sentence; None if it did not.
        trained: False if there was nothing left to train.
    """

    folder: Path
    config: Config
    epoch: int
    iteration: int
    best: Best | None
    stopped_early: str | None
    trained: bool = True

    @property
    def best_model(self) -> Path:
        """The path of its best model, for `wavegan.load`."""
        return RunFolder(self.folder).checkpoints / BEST_NAME


def train(
    config: Config | str | Path | Mapping[str, Any],
    *,
    observers: Iterable[TrainingObserver] = (),
    fresh: bool = False,
    traced_iterations: int = 0,
    progress: ProgressFactory = no_progress,
) -> Run:
    """Train a model, or resume the run in the configured output folder where it stopped.

    Args:
        config: a `Config`, a preset's name ("config_fast"), the path of a JSON file, or its content as a dictionary.
        observers: are called during the run; see `TrainingObserver`.
        fresh: start a new run; an old one in the same folder is renamed, not deleted.
        traced_iterations: number of iterations to trace with PyTorch's profiler.
        progress: makes progress bars for decoding recordings.

    Started by `torchrun`, all processes train one run; only the first one calls observers and knows the best model.

    Returns:
        The run once it has ended; `run.best_model` is the file to load.

    Raises:
        UserError: the configuration, the data or the folder cannot be used, or training became unstable; the message
            says what to do.
        Interrupted: Ctrl-C or SIGTERM; a checkpoint is written, and the same call resumes the run.

    Example:
        >>> import wavegan
        >>> tiny = {"model": {"latent_dim": 4, "model_dim": 1}, "training": {"epochs": 1, "batch_size": 8},
        ...         "audio": {"sample_rate": 8000, "audio_length_seconds": 0.5, "audio_length_samples": 4000},
        ...         "dataset": {"source": "procedural", "procedural_clips": 12},
        ...         "output": {"output_dir": "tiny_run", "sample_count": 1, "checkpoint_measures": "none"}}
        >>> run = wavegan.train(tiny)
        >>> run.epoch, run.best_model.name
        (1, 'best_model.tar')
    """
    settings = _settings(config)
    started = launch()
    device = device_of(started, settings.training.device)
    configure(device, settings.training.deterministic)
    with joined(started, device) as group:
        check_alike(group, settings)
        if not group.is_first:
            return _help(settings, device, group)
        folder = RunFolder(Path(settings.output.output_dir))
        setup = _Setup(settings, device, folder, Observers(observers), progress, group)
        return _train(setup, fresh, traced_iterations)


def _train(setup: "_Setup", fresh: bool, traced_iterations: int) -> Run:
    """Train, in the first or only process; see `train`."""
    settings, folder = setup.config, setup.folder
    if settings.output.tensorboard:
        from wavegan_src.trainer.observers.tensorboard import check_installed  # noqa: PLC0415  (most runs do without)

        check_installed()
    # Read it before the old run, which may contain it, is moved away, and before folders are created in vain.
    store = CheckpointStore(folder.checkpoints)
    initial = read_warm_start(settings) if fresh or store.is_empty() else None
    dataset = setup.set_old_run_aside() if fresh else None
    folder.create()
    with folder.lock():
        folder.remove_partial_files()
        found = store.load_newest(warn=setup.warn)
        if found is None:
            return setup.train(dataset, None, initial, traced_iterations)
        path, state = found
        going_on = continuation(state, settings, path.name)
        setup.config = going_on.config
        if going_on.is_over:
            setup.group.from_first(nothing_left)
            return _complete(setup, store, path, state, going_on.ended_early)
        for line in going_on.kept:
            setup.note(f"Kept from when this run was started: {line}.")
        for line in going_on.changed:
            setup.note(f"Changed from now on: {line}")
        return setup.train(dataset, found, None, traced_iterations)


@dataclass
class _Setup:
    """The data shared by the steps before the first batch."""

    config: Config
    device: torch.device
    folder: RunFolder
    observer: TrainingObserver
    progress: ProgressFactory
    group: Group

    def note(self, text: str) -> None:
        self.observer.on_notice(Notice("note", text))

    def warn(self, text: str) -> None:
        self.observer.on_notice(Notice("warning", text))

    def open_dataset(self) -> ClipDataset:
        """Open the data, and convert a budget in steps to epochs of its training clips."""
        dataset = self.group.first_on_machine(lambda: open_dataset(self.config, self.progress, notify=self.note))
        check_batch(self.config.model, len(dataset.train))
        self.config = with_budget(self.config, len(dataset.train))
        return dataset

    def set_old_run_aside(self) -> ClipDataset:
        """Rename an old run, after checking everything that could still be refused."""
        self.folder.check_movable()
        check_data(self.config)
        dataset = self.open_dataset()
        check_memory(self.config, len(dataset.train), self.device, ignore)  # warned of when it starts
        if self.folder.root.exists():
            check_room(disk_guard(self.folder.root, self.config, estimate(self.config, len(dataset.train))))
        if (kept := self.folder.set_aside()) is not None:
            self.note(f"The old run is kept in {kept}.")
        return dataset

    def train(
        self,
        dataset: ClipDataset | None,
        found: tuple[Path, RunState] | None,
        initial: WarmStart | None,
        traced_iterations: int,
    ) -> Run:
        """Open the data, start or restore the run, and train it to its end."""
        dataset = dataset or self.open_dataset()
        describe_data(self.config.training, dataset, self.device, self.note, self.warn)
        planned = estimate(self.config, len(dataset.train), self.device)
        check_memory(self.config, len(dataset.train), self.device, self.warn)
        if found is None and (warning := shortage(self.folder.root, planned)):
            self.warn(warning)
        with (
            last_report(self.folder),
            recorded(self.folder) as ending,
            memory_advice(self.config, planned),
            ResourceMonitor(self.device, self.folder.root) as monitor,
        ):
            if found is not None:
                check_dataset(found[1], dataset, self.config.output.output_dir)
                dataset.use_whitening(whitening_of(found[1], found[0]))
            run = TrainingRun(self.config, dataset, self.device, self.folder, monitor, traced_iterations, self.group)
            check_shares(self.group, run.batch_size)
            events = EventsObserver(self.folder.events)
            self._begin(run, found, initial, events)
            write_text_atomically(
                self.folder.config_snapshot, to_json(with_whole_paths(self.config), _run_info(run, planned))
            )
            for warning in gather_others(run, self.folder, None if found is None else found[0]):
                self.warn(warning)
            observer = Observers([events, self.observer, *self._drawers(run)])
            run.watch.check_room()
            with end_reported(run, observer):
                Trainer(run, observer).train()
            if run.stopped is not None:
                ending.stopped_by, ending.reason = f"{EARLY}: {run.stopped.state}", run.stopped.sentence
        early = run.stopped.sentence if run.stopped is not None else None
        return Run(self.folder.root, self.config, run.epoch, run.gan.iteration, run.best, early)

    def _begin(
        self,
        run: TrainingRun,
        found: tuple[Path, RunState] | None,
        initial: WarmStart | None,
        events: TrainingObserver,
    ) -> None:
        """Restore a run from its checkpoint, or start it."""
        if found is not None:
            path, state = found
            observer = Observers([events, self.observer])
            run.restore(
                path, state, lambda text: observer.on_notice(Notice("warning", text, run.epoch, state.iteration))
            )
            self.note(f"Resuming from {path} (epoch {run.epoch}, iteration {run.gan.iteration}).")
            return
        if (wanted := min(run.gan.clips_wanted, len(run.dataset.train))) > 0:  # takes up to half a minute
            self.note(f"Measuring {format_count(wanted, 'training clip')}, from whose sound the first step starts.")
        run.start(initial)
        if initial is not None:
            self.note(f"Starting from {initial.words}; optimisers start from zero.")

    def _drawers(self, run: TrainingRun) -> Iterator[TrainingObserver]:
        """The observers that draw, after those that write or print."""
        if self.config.output.tensorboard:
            from wavegan_src.trainer.observers.tensorboard import TensorBoardObserver  # noqa: PLC0415

            yield TensorBoardObserver(self.folder, run.gan.iteration)
        yield PagesObserver(self.folder, self.config)


def _help(config: Config, device: torch.device, group: Group) -> Run:
    """Follow the first process through its run."""
    begun = group.from_first(nothing_left)
    folder = Path(config.output.output_dir)
    if begun is None:
        return Run(folder, config, 0, 0, None, None, trained=False)
    learner = join_run(begun, device, group)
    Helper(learner).train()
    return Run(folder, begun.config, learner.epoch, learner.gan.iteration, None, None)


def _settings(config: Config | str | Path | Mapping[str, Any]) -> Config:
    if isinstance(config, Config):
        return config
    if isinstance(config, Mapping):
        return validate(config, source="the given configuration")
    return load_config(str(config))


def _complete(setup: _Setup, store: CheckpointStore, path: Path, state: RunState, early: str | None) -> Run:
    """Handle a run that has already ended: complete anything that a process killed at the very end left undone.

    Args:
        setup: what the steps before training share.
        store: the run's checkpoints.
        path, state: its newest checkpoint.
        early: why the run was ended before its last epoch; None if it was not.
    """
    folder, config = setup.folder, setup.config
    final = folder.checkpoints / FINAL_NAME
    if state.epoch_complete and not (final.exists() and final.samefile(path)):
        store.publish_due(path, state, last=True)
    profile = TimeProfile(folder, torch.device("cpu"), config.training.n_critic)
    profile.load_state_dict(state.profile, state.epoch, epoch_complete=state.epoch_complete)
    draw_plots(folder, config)
    stopped = state.stopped_early
    note_ending(folder, Ending() if early is None or stopped is None else Ending(f"{EARLY}: {stopped.state}", early))
    write_report(folder)
    return Run(folder.root, config, state.epoch, state.iteration, state.best, early, trained=False)


def _run_info(run: TrainingRun, planned: Estimate) -> dict[str, str | int]:
    """Facts stored along with the settings in a run's snapshot."""
    dataset = run.dataset
    return {
        "written": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "command": " ".join(sys.argv),
        "wavegan": __version__,
        "torch": str(torch.__version__),
        "python": platform.python_version(),
        "device": device_name(run.gan.device),
        "kernels": run.gan.kernels,
        "threads": torch.get_num_threads(),
        "processes": run.group.size,
        "training_data": "procedural stand-in data" if dataset.procedural else "recordings",
        "recordings": 0 if dataset.procedural else dataset.recording_count,
        "training_clips": len(dataset.train),
        "validation_clips": len(dataset.validation),
        "data_fingerprint": dataset.fingerprint,
        "generator_parameters": planned.generator_parameters,
        "critic_parameters": planned.critic_parameters,
        **run.initial_model,
    }
