"""A run in progress: all its parts, how a checkpoint captures them, and how one is restored.

`TrainingRun` holds what changes during training; `training.py` runs its epochs. The content of a checkpoint file is
defined in `run/state.py`.
"""

from collections.abc import Callable
from pathlib import Path

import torch

from wavegan_src import __version__
from wavegan_src.advanced_monitoring import ResourceMonitor
from wavegan_src.architectures.table import spec_of
from wavegan_src.checkpoints import CheckpointStore
from wavegan_src.config_schema import Config
from wavegan_src.convergence_detector import Verdict
from wavegan_src.dataset import ClipDataset
from wavegan_src.metrics import CHECKPOINT_COLUMNS
from wavegan_src.models.content import OtherNetworksError
from wavegan_src.models.estimates import estimate
from wavegan_src.run.folder import RunFolder
from wavegan_src.run.snapshot import with_whole_paths
from wavegan_src.run.state import FORMAT_VERSION, Best, DatasetFacts, EarlyStop, Lowest, RunState, StateError
from wavegan_src.trainer.ending.disk import RunWatch, disk_guard
from wavegan_src.trainer.learner import Learner
from wavegan_src.trainer.log import TrainingLog
from wavegan_src.trainer.profiling import TimeProfile, Tracer
from wavegan_src.trainer.quality import QualityMeter
from wavegan_src.trainer.samples import SampleWriter
from wavegan_src.trainer.warm_start import WarmStart
from wavegan_src.utils.csv_log import CsvLog
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.processes.group import ALONE, Group


class TrainingRun(Learner):
    """All parts of one run, as its first or only process has them, and its counters.

    Attributes:
        best: the best checkpoint so far, which is `best_model.tar`.
        lowest: the one with the lowest primary measure, which the best cannot be told from.
        stopped: the verdict that ended the run before its last epoch; None if none did.
        initial_model: facts about the model that the run started from; empty if it started from random weights.
    """

    def __init__(
        self,
        config: Config,
        dataset: ClipDataset,
        device: torch.device,
        folder: RunFolder,
        monitor: ResourceMonitor,
        traced_iterations: int = 0,
        group: Group = ALONE,
    ):
        super().__init__(config, dataset, device, group)
        self.folder = folder
        self.monitor = monitor
        self.store = CheckpointStore(folder.checkpoints)
        self.log = TrainingLog(folder, monitor, self.batch_size)
        self.profile = TimeProfile(folder, device, config.training.n_critic)
        self.gan.stopwatch = self.profile.stopwatch
        self.tracer = Tracer(folder.traces, traced_iterations, device, self.profile.stopwatch)
        self.checkpoint_csv = CsvLog(folder.checkpoint_csv, CHECKPOINT_COLUMNS)
        self.meter = QualityMeter(dataset, config, group)
        self.samples = SampleWriter(folder.samples, config, dataset)
        self.watch = RunWatch(monitor, disk_guard(folder.root, config, estimate(config, len(dataset.train))))
        self.best: Best | None = None
        self.lowest: Lowest | None = None
        self.stopped: Verdict | None = None
        self.initial_model: dict[str, str] = {}

    @property
    def is_over(self) -> bool:
        """Whether the last epoch is done, or early stopping has ended the run."""
        return self.epoch == self.config.training.epochs or self.stopped is not None

    def start(self, initial: WarmStart | None) -> None:
        """Start from new networks or another model's weights; rows without a checkpoint are deleted."""
        self._truncate_tables()
        self.profile.clear()
        if initial is not None:
            self.initial_model = initial.facts
        self.start_weights(initial)

    def restore(self, path: Path, state: RunState, warn: Callable[[str], None]) -> None:
        """Continue from a checkpoint; rows that were written after it are deleted.

        Args:
            path: the checkpoint file.
            state: its content.
            warn: called with a sentence for each thing that the user should know.

        Raises:
            UserError: it holds other networks, for example from another version, or is not what a run writes.
        """
        try:
            self.restore_weights(state)
        except OtherNetworksError as error:
            raise UserError(
                f"{path} holds other networks than this version of the program builds: resume with the version that "
                "the run was started with, or start a new run with --fresh (the old one is kept)."
            ) from error
        except StateError as error:
            raise UserError(
                f"{path} cannot be resumed from: {error}. Delete it, and the run resumes from the one before it; "
                "or start a new run with --fresh (the old one is kept)."
            ) from error
        self.best, self.lowest = state.best, state.lowest
        self.initial_model = state.initial_model
        if state.kernels != self.gan.kernels:
            warn(f"So far this run used {state.kernels}; now {self.gan.kernels}, which round differently.")
        self.log.load_state_dict(state.log, self.gan.device)
        self._truncate_tables()
        self.profile.load_state_dict(state.profile, self.epoch, epoch_complete=state.epoch_complete)
        self.store.publish_due(path, state, last=False)  # the process may have ended just before that

    def save(self) -> Path:
        """Write a checkpoint of the present state, numbered by the epoch in progress or just completed."""
        state = self.capture()
        path = self.store.save(state, self.epoch + (not self.at_epoch_end))
        if self.at_epoch_end:
            # If no distance can be measured, no best is known, and the newest model counts as the best.
            self.store.publish_due(path, state, last=self.is_over)
        return path

    def capture(self) -> RunState:
        """The whole run as tensors and plain values."""
        data, stopped = self.dataset, self.stopped
        early = (
            EarlyStop(epoch=self.epoch, state=str(stopped.state), reason=stopped.sentence)
            if stopped is not None
            else None
        )
        return RunState(
            **self.gan.state_dict(),
            format_version=FORMAT_VERSION,
            architecture_version=spec_of(self.config.model.architecture).version,
            config=with_whole_paths(self.config).model_dump(mode="json"),
            epoch=self.epoch,
            epoch_complete=self.at_epoch_end,
            best=self.best,
            lowest=self.lowest,
            stopped_early=early,
            learning_rate=self.lr_schedule.state_dict(),
            augmentation=self.augmentation.state_dict(),
            log=self.log.state_dict(),
            profile=self.profile.state_dict(),
            dataset=DatasetFacts(
                fingerprint=data.fingerprint,
                training_clips=len(data.train),
                validation_clips=len(data.validation),
                validation_recordings=data.validation_recordings,
                procedural=data.procedural,
            ),
            whitening=None if data.whitening is None else data.whitening.to_tensor(),
            kernels=self.gan.kernels,
            initial_model=self.initial_model,
            code_version=__version__,
            torch_version=str(torch.__version__),
        )

    def _truncate_tables(self) -> None:
        self.log.truncate_after(self.epoch, self.gan.iteration)
        self.checkpoint_csv.truncate_after("epoch", self.epoch)
