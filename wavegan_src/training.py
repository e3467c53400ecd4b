"""The training pipeline: what happens in which order, from the first batch to the final model."""

import math
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from wavegan_src import __version__
from wavegan_src.advanced_monitoring import ResourceMonitor
from wavegan_src.analytics import draw_plots
from wavegan_src.checkpoints import CheckpointStore
from wavegan_src.cli.display import Display
from wavegan_src.config_schema import Config
from wavegan_src.convergence.history import line_up, read_recorded
from wavegan_src.convergence_detector import Verdict
from wavegan_src.dataset import ClipDataset
from wavegan_src.metrics import CsvLog, Value, readable
from wavegan_src.models.estimates import estimate
from wavegan_src.models.registry import build_gan
from wavegan_src.models.wavegan.fast.kernels import PYTORCH
from wavegan_src.report.run_page import write_report
from wavegan_src.run import events
from wavegan_src.run.folder import RunFolder
from wavegan_src.trainer import quality
from wavegan_src.trainer.ada import NO_SIGNAL, AdaptiveAugmentation, measure_overfitting
from wavegan_src.trainer.disk import CURE, RunWatch, disk_guard
from wavegan_src.trainer.early_stopping import stopping_verdict
from wavegan_src.trainer.log import TrainingLog
from wavegan_src.trainer.lr_schedule import LRSchedule, set_rate
from wavegan_src.trainer.profiler import Tracer
from wavegan_src.trainer.quality import CheckpointQuality, QualityMeter
from wavegan_src.trainer.samples import SampleWriter
from wavegan_src.trainer.tensorboard import TensorBoardLog
from wavegan_src.trainer.time_profile import TimeProfile
from wavegan_src.trainer.warm_start import WarmStart, start_from
from wavegan_src.utils.device import upload
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.files import FULL_DISK
from wavegan_src.utils.signals import Interrupted, StopRequest

CHECKPOINT_COLUMNS = ("epoch", "iteration", "generator_step", *quality.MEASURES, "best", "seconds")
PREVIEW_AFTER_S = 45.0  # the first trained samples come within a minute, however far away the first checkpoint is
GPU_CHECK_INTERVAL = 20  # iterations between looks at the figures on a GPU, each of which waits for it


class Trainer:
    """One run: owns the networks' state, the log and the checkpoint store, and leads through the epochs."""

    def __init__(
        self,
        config: Config,
        dataset: ClipDataset,
        device: torch.device,
        folder: RunFolder,
        monitor: ResourceMonitor,
        traced_iterations: int = 0,
    ):
        self.config = config
        self.dataset = dataset
        self.folder = folder
        self.batch_size = min(config.training.batch_size, len(dataset.train))
        self.gan = build_gan(config, device)
        self.store = CheckpointStore(folder.checkpoints)
        self.monitor = monitor
        self.log = TrainingLog(folder, monitor, self.batch_size)
        self.profile = TimeProfile(folder, device, config.training.n_critic)
        self.gan.stopwatch = self.profile.stopwatch
        self.tracer = Tracer(folder.traces, traced_iterations, device, self.profile.stopwatch)
        self.checkpoint_csv = CsvLog(folder.checkpoint_csv, CHECKPOINT_COLUMNS)
        self.meter = QualityMeter(dataset, config)
        self.samples = SampleWriter(folder.samples, config, dataset)
        self.learning_rate = LRSchedule(config.training)
        self.augmentation = AdaptiveAugmentation(config.training)
        self.epoch = 0  # epochs completed
        self.tensorboard: TensorBoardLog | None = None
        guard = disk_guard(folder.root, config, estimate(config, len(dataset.train)))
        self.watch = RunWatch(monitor, guard)
        self.best: dict[str, Any] | None = None  # {"epoch", "measure", "value"} of the lowest so far
        self.initial_model: dict[str, str] = {}  # what is known of the model that the run started from, if it did
        self.stopped: Verdict | None = None  # what ended the run before its last epoch

    def iterations_until(self, epoch: int) -> int:
        """Critic iterations done when `epoch` ends: each epoch is one pass over the training clips."""
        return -(-epoch * len(self.dataset.train) // self.batch_size)

    def resume(self, path: Path, state: dict[str, Any]) -> None:
        """Go on from a checkpoint, and drop the rows that were written after it.

        Raises:
            UserError: it holds other networks, as those of another version may be.
        """
        if _shapes(state) != _shapes(self.gan.state_dict()):
            raise UserError(
                f"{path} holds other networks than this version of the program makes: go on with the version that the "
                "run was started with, or start a new run with --fresh (the old one is kept)."
            )
        self.gan.load_state_dict(state)
        before, now = state.get("kernels", PYTORCH), self.gan.kernels
        if before != now:
            self.gan.notes.append(f"So far this run used {before}; now {now}, which round differently.")
            self._record("warning", self.gan.notes[-1])
        self.epoch, self.best = state["epoch"], state["best"]
        if "learning_rate" in state:  # a checkpoint from before there were schedules has a constant one
            self.learning_rate.load_state_dict(state["learning_rate"])
        if "augmentation" in state:  # a checkpoint from before there was any has none
            self.augmentation.load_state_dict(state["augmentation"])
        self.initial_model = state.get("initial_model", {})  # nothing in a checkpoint from before there were such runs
        self.log.load_state_dict(state["log"], self.gan.device)
        self._truncate_tables()
        self.profile.load_state_dict(state.get("profile"), self.epoch, epoch_complete=state["epoch_complete"])
        self.store.publish_due(path, state, last=False)  # the process may have ended just before it did so

    def start(self, initial: WarmStart | None) -> None:
        """Start from untrained networks or another model's: rows of a run that never reached a checkpoint go."""
        self._truncate_tables()
        self.profile.clear()
        if initial is not None:
            start_from(self.gan, initial)
            self.initial_model = initial.facts
        self.gan.initialize_from(
            self.dataset.spread(self.gan.clips_wanted)
        )  # after it: what is measured of the training clips is theirs, not that model's

    def run(self, display: Display) -> None:
        """Train to the configured epoch, or until early stopping ends the run: `stopped` then tells why.

        Raises:
            Interrupted: stopped on request; a checkpoint is written.
            UserError: losses or gradients are no longer finite, or the disk is nearly full; a checkpoint is kept.
        """
        self.watch.check_room()
        if self.config.output.tensorboard:
            self.tensorboard = TensorBoardLog(self.folder.tensorboard, self.gan.iteration)
            self.tensorboard.clips("data", self.folder.real_samples(), self.gan.iteration)
        self._record("resumed" if self.gan.iteration else "started")
        with StopRequest() as stop:
            self._introduce(display)
            self.log.start_clock(self.gan.iteration)
            self.profile.begin()
            preview_at = time.monotonic() + PREVIEW_AFTER_S
            preview_due = self.gan.iteration == 0
            for real in self._batches():
                self._step(real, display)
                self._tell_trace(display, self.tracer.after(self.gan.iteration))
                if self.gan.iteration == self.iterations_until(self.epoch + 1):
                    self._end_epoch(display)
                    preview_due = False  # the first epoch has samples of its own
                if self.stopped is not None:
                    break
                if preview_due and time.monotonic() > preview_at:
                    preview_due = False
                    with self.profile.part("samples"):
                        display.sample(self.samples.write_preview(self.gan))
                if self.epoch < self.config.training.epochs:
                    if stop.signal_number is not None:
                        self._stop(stop.signal_number)
                    if self.watch.disk_is_short():
                        self._pause()
                    self._warn(display, self.watch.disk_warning())
            self._tell_trace(display, self.tracer.finish(self.gan.iteration))
        if self.stopped is None:
            self._record("finished")
        else:
            self._record("stopped", self.stopped.sentence)

    def _introduce(self, display: Display) -> None:
        """Say what the user should know beforehand, and write the first sounds."""
        if self.meter.why_not is not None:
            display.note(f"Checkpoints are judged by the log-mel distance alone: {self.meter.why_not}")
        for note in self.gan.notes:
            display.note(note)
        if self.config.training.augmentation == "adaptive" and not len(self.dataset.validation):
            display.note(f"Augmentation stays at {self.augmentation.strength:g}: {NO_SIGNAL}.")
        self.samples.write_real()
        if self.gan.iteration == 0:
            display.sample(self.samples.write_generated(self.gan, epoch=0))

    def _batches(self) -> Iterator[Tensor]:
        training = self.config.training
        last = self.iterations_until(training.epochs)
        batches = self.dataset.batches(
            self.gan.iteration,
            last,
            self.batch_size,
            seed=training.seed,
            workers=training.num_workers,
            pinned=self.gan.device.type == "cuda",
        )
        while self.gan.iteration < last:
            self.profile.begin_iteration()
            self.tracer.before(self.gan.iteration + 1)
            with self.profile.step("data"):
                real = upload(next(batches), self.gan.device)
            yield real

    def _step(self, real: Tensor, display: Display) -> None:
        """One critic step, the generator's if it is due, and their figures."""
        gan = self.gan
        rate = self.learning_rate.at(gan.iteration, self.iterations_until(self.config.training.epochs))
        set_rate((gan.critic_optimizer, gan.generator_optimizer), rate)
        gan.augmentation_strength = self.augmentation.strength
        with self.profile.step("critic"):
            self.log.add_critic(gan.step_critic(real))
        if gan.generator_due():
            with self.profile.step("generator"):
                self.log.add_generator(gan.step_generator(self.batch_size))
        if self.augmentation.due(gan.iteration):
            with self.profile.part("evaluation"):
                self.augmentation.update(measure_overfitting(gan, self.dataset))
        with self.profile.step("log"):
            self._look(display)

    def _look(self, display: Display) -> None:
        """Check the figures of the steps just done; write and show them where that is due."""
        gan, epoch = self.gan, self.epoch + 1
        if gan.device.type == "cpu" or gan.iteration % GPU_CHECK_INTERVAL == 0:
            self._check_finite()
        interval = self.config.output.log_interval_iterations
        if gan.iteration % interval == 0 or gan.iteration == self.iterations_until(epoch):
            self.log.write_iteration(epoch, gan)
        if display.wants_figures():
            display.machine(self.monitor.latest().words())
            display.iteration(epoch, gan.iteration, self.log.latest(gan))

    def _end_epoch(self, display: Display) -> None:
        with self.profile.step("log"):
            self._check_finite()
            self.epoch += 1
            row = self.log.end_epoch(self.epoch, self.gan)
        scheduled = self.epoch % self.config.output.checkpoint_interval_epochs == 0
        last = self.epoch == self.config.training.epochs
        measured = self._checkpoint(display) if scheduled or last or self.epoch == 1 else None
        display.epoch(row, measured.as_row() if measured is not None else None)
        self._warn(display, self.watch.leak_warning())
        self.profile.end_epoch(self.epoch)
        with self.profile.part("plots"):  # of the next epoch: the page shows this one's row
            if measured is not None:
                write_report(self.folder)
            if self.tensorboard is not None:
                self._tell_tensorboard(self.tensorboard, row, measured)
        self.log.start_clock(self.gan.iteration)

    def _checkpoint(self, display: Display) -> CheckpointQuality:
        """Measure, render, save, draw. Rows come before the checkpoint that vouches for them."""
        start = time.perf_counter()
        with self.profile.part("evaluation"):
            measured = self.meter.measure(self.gan)
        value = measured.as_row()[self.meter.primary]
        best = value is not None and (self.best is None or value < self.best["value"])
        if best:
            before = f", from {readable(self.best['value'])} in epoch {self.best['epoch']}" if self.best else ""
            display.note(
                f"best model: epoch {self.epoch}, lowest {self.meter.primary} so far {readable(value)}{before}"
            )
            self.best = {"epoch": self.epoch, "measure": self.meter.primary, "value": value}
        with self.profile.part("samples"):
            display.sample(self.samples.write_generated(self.gan, self.epoch))
        self.checkpoint_csv.append(
            {
                "epoch": self.epoch,
                "iteration": self.gan.iteration,
                "generator_step": self.gan.generator_step,
                **measured.as_row(),
                "best": best,
                "seconds": time.perf_counter() - start,
            }
        )
        if self.learning_rate.checkpoint(value):
            rate = self.config.training.learning_rate * self.learning_rate.factor
            display.note(f"learning rate: {readable(rate)} from now on, as {self.meter.primary} no longer improves")
        self.stopped = self._stopping_verdict()
        if self.stopped is not None:
            display.note(f"Stopped early at epoch {self.epoch}: {self.stopped.sentence}.")
        with self.profile.part("checkpoint"):
            state = self._state()
            path = self.store.save(state, self.epoch)
            # Where no distance can be measured, there is no record of the best, and the newest model stands for it.
            self.store.publish_due(path, state, last=self._is_over())
        with self.profile.part("plots"):
            draw_plots(self.folder, self.config)
        return measured

    def _stopping_verdict(self) -> Verdict | None:
        """Why the run ends here, before its last epoch; from the rows that are on the disk, as after a resumption."""
        training = self.config.training
        if not training.early_stopping or self.epoch >= training.epochs:
            return None
        epochs, checkpoints = read_recorded(self.folder.epoch_csv), read_recorded(self.folder.checkpoint_csv)
        history = line_up(epochs.columns, checkpoints.columns, self.meter.primary, self.config.model.architecture)
        return stopping_verdict(history, training.early_stopping_patience)

    def _is_over(self) -> bool:
        return self.epoch == self.config.training.epochs or self.stopped is not None

    def _stop(self, signal_number: int) -> None:
        """Save the epoch in progress and leave."""
        path = self._save_in_progress()
        self._record("stopped", "on request")
        raise Interrupted(
            f"Stopped in epoch {self._in_progress} at iteration {self.gan.iteration}; saved {path}. "
            "The same command goes on from here.",
            signal_number,
        )

    def _pause(self) -> None:
        """Save the epoch in progress and leave, for want of space."""
        try:
            kept = f"saved {self._save_in_progress()}"
        except OSError as error:
            if error.errno not in FULL_DISK:
                raise
            newest = self.store.rolling()  # something took the rest of the disk within a second
            kept = f"the last checkpoint is {newest[0]}" if newest else "there was no checkpoint yet"
        self._record("paused", "the disk is nearly full")
        raise UserError(
            f"The disk is nearly full: {self.watch.disk_figures()}. The run is paused in epoch {self._in_progress} "
            f"at iteration {self.gan.iteration}; {kept}. {CURE}"
        )

    def _save_in_progress(self) -> Path:
        """Write a checkpoint of this moment."""
        self._check_finite()
        return self.store.save(self._state(), self._in_progress)

    @property
    def _in_progress(self) -> int:
        """The epoch that a checkpoint of this moment belongs to."""
        return self.epoch + (0 if self._at_epoch_end() else 1)

    def _warn(self, display: Display, message: str | None) -> None:
        if message is not None:
            display.note(f"Warning: {message}")
            self._record("warning", message)

    def _tell_tensorboard(
        self, log: TensorBoardLog, row: Mapping[str, Value], measured: CheckpointQuality | None
    ) -> None:
        log.scalars("epoch", row, self.gan.iteration)
        if measured is not None:
            log.scalars("quality", measured.as_row(), self.gan.iteration)
            log.clips("generated", self.folder.newest_samples(), self.gan.iteration)
        log.flush()

    def _tell_trace(self, display: Display, path: Path | None) -> None:
        if path is not None:
            display.note(f"trace of the profiler: {path} (open it in chrome://tracing or ui.perfetto.dev)")

    def _record(self, kind: events.Kind, text: str = "") -> None:
        events.record(self.folder.events, kind, self.epoch, self.gan.iteration, text)

    def _check_finite(self) -> None:
        """Stop before anything but numbers gets into a checkpoint."""
        figures = self.log.latest(self.gan)
        broken = [name for name, value in figures.items() if value is not None and not math.isfinite(value)]
        if broken:
            kept = self.store.rolling()
            self._record("failed", f"{broken[0].replace('_', ' ')} is {figures[broken[0]]}")
            raise UserError(
                f"Training became unstable: {broken[0].replace('_', ' ')} is {figures[broken[0]]} at iteration "
                f"{self.gan.iteration} (epoch {self.epoch + 1}). "
                + (f"The last good checkpoint is {kept[0]}. " if kept else "There was no checkpoint yet. ")
                + "Start anew with a lower --learning-rate (try half) or a higher training.gp_weight, and --fresh."
            )

    def _at_epoch_end(self) -> bool:
        return self.gan.iteration == self.iterations_until(self.epoch)

    def _why_stopped(self) -> dict[str, str | int] | None:
        if self.stopped is None:
            return None
        return {"epoch": self.epoch, "state": str(self.stopped.state), "reason": self.stopped.sentence}

    def _truncate_tables(self) -> None:
        self.log.truncate_after(self.epoch, self.gan.iteration)
        self.checkpoint_csv.truncate_after("epoch", self.epoch)

    def _state(self) -> dict[str, Any]:
        """The whole run as tensors and plain values."""
        data = self.dataset
        return self.gan.state_dict() | {
            "epoch": self.epoch,
            "epoch_complete": self._at_epoch_end(),
            "best": self.best,
            "stopped_early": self._why_stopped(),
            "learning_rate": self.learning_rate.state_dict(),
            "augmentation": self.augmentation.state_dict(),
            "log": self.log.state_dict(),
            "profile": self.profile.state_dict(),
            "config": self.config.model_dump(mode="json"),
            "dataset": {
                "fingerprint": data.fingerprint,
                "training_clips": len(data.train),
                "validation_clips": len(data.validation),
                "procedural": data.procedural,
            },
            "whitening": None if data.whitening is None else data.whitening.to_tensor(),
            "code_version": __version__,
            "torch_version": str(torch.__version__),
            "kernels": self.gan.kernels,
            "initial_model": self.initial_model,
        }


def _shapes(state: dict[str, Any]) -> dict[str, torch.Size]:
    """Of all weights in a checkpoint."""
    networks = ("generator", "generator_ema", "discriminator")
    return {f"{network}.{name}": value.shape for network in networks for name, value in state[network].items()}
