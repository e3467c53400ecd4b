"""The training pipeline: what happens in which order, from the first batch to the final model."""

import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from wavegan_src import __version__, quality
from wavegan_src.advanced_monitoring import ResourceMonitor
from wavegan_src.analytics import draw_plots
from wavegan_src.checkpoints import CheckpointStore
from wavegan_src.config_schema import Config
from wavegan_src.dataset import ClipDataset
from wavegan_src.devices import upload
from wavegan_src.display import Display
from wavegan_src.errors import UserError
from wavegan_src.interruption import Interrupted, StopRequest
from wavegan_src.metrics import CsvLog, readable
from wavegan_src.quality import CheckpointQuality, QualityMeter
from wavegan_src.report import write_report
from wavegan_src.run_folder import RunFolder
from wavegan_src.samples import SampleWriter
from wavegan_src.training_log import TrainingLog
from wavegan_src.wgan import WGAN

CHECKPOINT_COLUMNS = ("epoch", "iteration", "generator_step", *quality.MEASURES, "best", "seconds")
PREVIEW_AFTER_S = 45.0  # the first trained samples come within a minute, however far away the first checkpoint is
GPU_CHECK_INTERVAL = 20  # iterations between looks at the figures on a GPU, each of which waits for it


class Trainer:
    """One run: owns the networks' state, the log and the checkpoint store, and leads through the epochs."""

    def __init__(
        self, config: Config, dataset: ClipDataset, device: torch.device, folder: RunFolder, monitor: ResourceMonitor
    ):
        self.config = config
        self.dataset = dataset
        self.folder = folder
        self.batch_size = min(config.training.batch_size, len(dataset.train))
        self.wgan = WGAN(config, device)
        self.store = CheckpointStore(folder.checkpoints)
        self.log = TrainingLog(folder, monitor, self.batch_size)
        self.checkpoint_csv = CsvLog(folder.checkpoint_csv, CHECKPOINT_COLUMNS)
        self.meter = QualityMeter(dataset, config)
        self.samples = SampleWriter(folder.samples, config, dataset)
        self.epoch = 0  # epochs completed
        self.best: dict[str, Any] | None = None  # {"epoch", "measure", "value"} of the lowest so far

    def iterations_until(self, epoch: int) -> int:
        """Critic iterations done when `epoch` ends: each epoch is one pass over the training clips."""
        return -(-epoch * len(self.dataset.train) // self.batch_size)

    def resume(self, path: Path, state: dict[str, Any]) -> None:
        """Go on from a checkpoint, and drop the rows that were written after it."""
        self.wgan.load_state_dict(state)
        self.epoch, self.best = state["epoch"], state["best"]
        self.log.load_state_dict(state["log"], self.wgan.device)
        self._forget_later_rows()
        self.store.publish_due(path, state, last=False)  # the process may have ended just before it did so

    def begin_anew(self) -> None:
        """Start from untrained networks: rows of a run that never reached a checkpoint go."""
        self._forget_later_rows()

    def run(self, display: Display) -> None:
        """Train to the configured epoch.

        Raises:
            Interrupted: stopped on request; a checkpoint is written.
            UserError: losses or gradients are no longer finite.
        """
        with StopRequest() as stop:
            if self.meter.why_not is not None:
                display.note(f"Checkpoints are judged by the log-mel distance alone: {self.meter.why_not}")
            for note in self.wgan.notes:
                display.note(note)
            self.samples.write_real()
            if self.wgan.iteration == 0:
                display.sample(self.samples.write_generated(self.wgan, epoch=0))
            self.log.start_clock(self.wgan.iteration)
            preview_at = time.monotonic() + PREVIEW_AFTER_S
            preview_due = self.wgan.iteration == 0
            for real in self._batches():
                self._step(real, display)
                if self.wgan.iteration == self.iterations_until(self.epoch + 1):
                    self._end_epoch(display)
                    preview_due = False  # the first epoch has samples of its own
                if preview_due and time.monotonic() > preview_at:
                    preview_due = False
                    display.sample(self.samples.write_preview(self.wgan))
                if stop.signal_number is not None and self.epoch < self.config.training.epochs:
                    self._stop(stop.signal_number)

    def _batches(self) -> Iterator[Tensor]:
        training = self.config.training
        last = self.iterations_until(training.epochs)
        return self.dataset.batches(
            self.wgan.iteration,
            last,
            self.batch_size,
            seed=training.seed,
            workers=training.num_workers,
            pinned=self.wgan.device.type == "cuda",
        )

    def _step(self, real: Tensor, display: Display) -> None:
        """One critic step, the generator's if it is due, and their figures."""
        wgan, epoch = self.wgan, self.epoch + 1
        self.log.add_critic(wgan.step_critic(upload(real, wgan.device)))
        if wgan.generator_due():
            self.log.add_generator(wgan.step_generator(self.batch_size))
        if wgan.device.type == "cpu" or wgan.iteration % GPU_CHECK_INTERVAL == 0:
            self._check_finite()
        interval = self.config.output.log_interval_iterations
        if wgan.iteration % interval == 0 or wgan.iteration == self.iterations_until(epoch):
            self.log.write_iteration(epoch, wgan)
        if display.wants_figures():
            display.iteration(epoch, wgan.iteration, self.log.latest(wgan))

    def _end_epoch(self, display: Display) -> None:
        self._check_finite()
        self.epoch += 1
        row = self.log.end_epoch(self.epoch, self.wgan)
        scheduled = self.epoch % self.config.output.checkpoint_interval_epochs == 0
        last = self.epoch == self.config.training.epochs
        measured = self._checkpoint(display) if scheduled or last or self.epoch == 1 else None
        display.epoch(row, measured.as_row() if measured is not None else None)
        self.log.start_clock(self.wgan.iteration)

    def _checkpoint(self, display: Display) -> CheckpointQuality:
        """Measure, render, save, draw. Rows come before the checkpoint that vouches for them."""
        start = time.perf_counter()
        measured = self.meter.measure(self.wgan)
        value = measured.as_row()[self.meter.primary]
        best = value is not None and (self.best is None or value < self.best["value"])
        if best:
            before = f", from {readable(self.best['value'])} in epoch {self.best['epoch']}" if self.best else ""
            display.note(
                f"best model: epoch {self.epoch}, lowest {self.meter.primary} so far {readable(value)}{before}"
            )
            self.best = {"epoch": self.epoch, "measure": self.meter.primary, "value": value}
        display.sample(self.samples.write_generated(self.wgan, self.epoch))
        self.checkpoint_csv.append(
            {
                "epoch": self.epoch,
                "iteration": self.wgan.iteration,
                "generator_step": self.wgan.generator_step,
                **measured.as_row(),
                "best": best,
                "seconds": time.perf_counter() - start,
            }
        )
        state = self._state()
        path = self.store.save(state, self.epoch)
        # Where no distance can be measured, there is no record of the best, and the newest model stands for it.
        self.store.publish_due(path, state, last=self.epoch == self.config.training.epochs)
        draw_plots(self.folder, self.config)
        write_report(self.folder)
        return measured

    def _stop(self, signal_number: int) -> None:
        """Save the epoch in progress and leave."""
        self._check_finite()
        in_progress = self.epoch + (0 if self._at_epoch_end() else 1)
        path = self.store.save(self._state(), in_progress)
        raise Interrupted(
            f"Stopped in epoch {in_progress} at iteration {self.wgan.iteration}; saved {path}. "
            "The same command goes on from here.",
            signal_number,
        )

    def _check_finite(self) -> None:
        """Stop before anything but numbers gets into a checkpoint."""
        figures = self.log.latest(self.wgan)
        broken = [name for name, value in figures.items() if value is not None and not math.isfinite(value)]
        if broken:
            kept = self.store.rolling()
            raise UserError(
                f"Training became unstable: {broken[0].replace('_', ' ')} is {figures[broken[0]]} at iteration "
                f"{self.wgan.iteration} (epoch {self.epoch + 1}). "
                + (f"The last good checkpoint is {kept[0]}. " if kept else "There was no checkpoint yet. ")
                + "Start anew with a lower --learning-rate (try half) or a higher training.gp_weight, and --fresh."
            )

    def _at_epoch_end(self) -> bool:
        return self.wgan.iteration == self.iterations_until(self.epoch)

    def _forget_later_rows(self) -> None:
        self.log.forget_after(self.epoch, self.wgan.iteration)
        self.checkpoint_csv.keep_until("epoch", self.epoch)

    def _state(self) -> dict[str, Any]:
        """The whole run as tensors and plain values."""
        data = self.dataset
        return self.wgan.state_dict() | {
            "epoch": self.epoch,
            "epoch_complete": self._at_epoch_end(),
            "best": self.best,
            "log": self.log.state_dict(),
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
        }
