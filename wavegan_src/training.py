"""The training loop: what happens in which order, from the first batch to the final model.

`Trainer` runs the epochs; the parts of a run are held by `trainer/state.py`, each in its own file in `trainer/`. The
loop itself writes tables and checkpoints; observers print, draw and record everything else. `wavegan/training.py` sets
up a run and starts the loop. Where several processes train one run, this is the first one's loop, which the others
follow in `trainer/together/helper.py`.
"""

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from wavegan_src.convergence.judging import can_choose
from wavegan_src.data.batch import Batch
from wavegan_src.trainer.ada import NO_SIGNAL, measure_overfitting
from wavegan_src.trainer.ending.early_stopping import decide
from wavegan_src.trainer.ending.interruptions import check_finite, leave_if_asked
from wavegan_src.trainer.observers.observer import (
    CheckpointReport,
    EpochReport,
    Notice,
    NoticeKind,
    RunStart,
    StepReport,
    TrainingObserver,
)
from wavegan_src.trainer.quality import CheckpointQuality, choose, lowest_of, why_best
from wavegan_src.trainer.samples import PreviewTimer
from wavegan_src.trainer.state import TrainingRun
from wavegan_src.trainer.together.outcome import Outcome
from wavegan_src.utils.format import format_number
from wavegan_src.utils.processes.signals import StopRequest

GPU_CHECK_INTERVAL = 20  # iterations between checks of the figures on a GPU, each of which waits for it


class Trainer:
    """The training loop of a run, reporting to an observer."""

    def __init__(self, run: TrainingRun, observer: TrainingObserver):
        self.run = run
        self.observer = observer

    def train(self) -> None:
        """Train to the configured epoch, or until early stopping ends the run (`run.stopped` then says why).

        Raises:
            Interrupted: stopped on request; a checkpoint is written.
            UserError: losses or gradients are no longer finite, or the disk is nearly full; a checkpoint is kept.
        """
        run = self.run
        with StopRequest() as stop:
            self._introduce()
            run.log.start_clock(run.gan.iteration)
            run.profile.begin()
            preview = PreviewTimer(due=run.gan.iteration == 0)
            for batch in self._batches():
                self._step(batch)
                (asked,) = run.group.largest([stop.signal_number or 0])
                outcome = run.group.from_first(partial(self._after_step, preview, asked or None))
                if outcome is not None and outcome.saved:
                    run.gan.share_weights()
                if run.is_over:
                    break
            self._report_trace(run.tracer.finish(run.gan.iteration))

    def _introduce(self) -> None:
        """Report the start of the run and write the first samples."""
        run = self.run
        run.samples.write_real()
        self.observer.on_start(RunStart(run.folder.root, run.config, run.epoch, run.gan.iteration, run.iterations))
        if run.meter.why_not is not None:
            self._notify("note", f"Checkpoints are judged by the log-mel distance alone: {run.meter.why_not}")
        for note in run.gan.notes:
            self._notify("note", note)
        if run.config.training.augmentation == "adaptive" and not len(run.dataset.validation):
            self._notify("note", f"Augmentation stays at {run.augmentation.strength:g}: {NO_SIGNAL}.")
        if run.gan.iteration == 0:
            self._notify("samples", run.samples.write_generated(run.gan, epoch=0))

    def _batches(self) -> Iterator[Batch]:
        """The training batches from the present iteration to the last of the run."""
        run, batches = self.run, self.run.batches()
        while run.gan.iteration < run.iterations:
            run.profile.begin_iteration()
            run.tracer.before(run.gan.iteration + 1)
            with run.profile.step("data"):
                batch = next(batches).to(run.gan.device)
            yield batch

    def _step(self, batch: Batch) -> None:
        """Take a critic step and, if due, a generator step, as every process does."""
        run, gan = self.run, self.run.gan
        run.set_strengths()
        with run.profile.step("critic"):
            run.log.add_critic(gan.step_critic(batch))
        if gan.generator_due():
            with run.profile.step("generator"):
                run.log.add_generator(gan.step_generator(batch))

    def _after_step(self, preview: PreviewTimer, signal_number: int | None) -> Outcome | None:
        """Do what the first process alone does after a step; returns what the others must know of it."""
        run, gan = self.run, self.run.gan
        adapted = run.augmentation.due(gan.iteration)
        if adapted:
            with run.profile.part("evaluation"):
                run.augmentation.update(measure_overfitting(gan, run.dataset))
        with run.profile.step("log"):
            self._log_step()
        self._report_trace(run.tracer.after(gan.iteration))
        saved = False
        if gan.iteration == run.iterations_until(run.epoch + 1):
            saved = self._end_epoch()
            preview.cancel()  # the first epoch has samples of its own
        if not run.is_over:
            if preview.is_due():
                with run.profile.part("samples"):
                    self._notify("samples", run.samples.write_preview(gan))
            leave_if_asked(run, signal_number)
            self._warn(run.watch.disk_warning())
        if not (adapted or saved or run.is_over):
            return None
        return Outcome(run.lr_schedule.state_dict(), run.augmentation.state_dict(), over=run.is_over, saved=saved)

    def _log_step(self) -> None:
        """Check the figures of the steps just taken; write and report them if due."""
        run, gan, epoch = self.run, self.run.gan, self.run.epoch + 1
        if gan.device.type == "cpu" or gan.iteration % GPU_CHECK_INTERVAL == 0:
            check_finite(run)
        interval = run.config.output.log_interval_iterations
        if gan.iteration % interval == 0 or gan.iteration == run.iterations_until(epoch):
            run.log.write_iteration(epoch, gan)
        figures = StepReport(epoch, gan.iteration, lambda: run.log.latest(gan), lambda: run.monitor.latest().words())
        self.observer.on_step(figures)

    def _end_epoch(self) -> bool:
        """Write the epoch's row and, if one is due, a checkpoint; then report them. Returns whether one was due."""
        run = self.run
        with run.profile.step("log"):
            check_finite(run)
            run.epoch += 1
            row = run.log.end_epoch(run.epoch, run.gan)
        scheduled = run.epoch % run.config.output.checkpoint_interval_epochs == 0
        last = run.epoch == run.config.training.epochs
        measured = self._checkpoint() if scheduled or last or run.epoch == 1 else None
        self._warn(run.watch.leak_warning())
        run.profile.end_epoch(run.epoch)
        with run.profile.part("plots"):  # counts for the next epoch, as the plots show this epoch's row
            quality = measured.as_row() if measured is not None else None
            self.observer.on_epoch(EpochReport(run.epoch, run.gan.iteration, row, quality))
        run.log.start_clock(run.gan.iteration)
        return measured is not None

    def _checkpoint(self) -> CheckpointQuality:
        """Measure, render, save, report. The row is written before the checkpoint, which relies on it."""
        run, start = self.run, time.perf_counter()
        with run.profile.part("evaluation"):
            measured = run.meter.measure(run.gan)
        best = self._is_best(measured)
        with run.profile.part("samples"):
            samples = run.samples.write_generated(run.gan, run.epoch)
        counters = {"epoch": run.epoch, "iteration": run.gan.iteration, "generator_step": run.gan.generator_step}
        seconds = time.perf_counter() - start
        run.checkpoint_csv.append({**counters, **measured.as_row(), "best": best, "seconds": seconds})
        if run.lr_schedule.checkpoint(measured.value):
            rate = run.config.training.learning_rate * run.lr_schedule.factor
            self._notify(
                "note", f"learning rate: {format_number(rate)} from now on; {run.meter.primary} stopped improving"
            )
        run.stopped = decide(run.folder, run.config, run.meter.primary, run.epoch)
        if run.stopped is not None:
            self._notify("note", f"Stopped early at epoch {run.epoch}: {run.stopped.sentence}.")
        with run.profile.part("checkpoint"):
            path = run.save()
        with run.profile.part("plots"):
            report = CheckpointReport(run.epoch, run.gan.iteration, path, measured.as_row(), samples)
            self.observer.on_checkpoint(report)
        return measured

    def _is_best(self, measured: CheckpointQuality) -> bool:
        """Whether this checkpoint is the best so far; if so, record it."""
        run, before = self.run, self.run.lowest
        found = choose(run.epoch, measured, before)
        if found is None:
            return False
        if can_choose(measured.validation_recordings):  # else every checkpoint is, as was said at the start
            self._notify("note", f"best model: epoch {run.epoch}, {why_best(found, before)}")
        run.best = found
        if before is None or found.value < before.value:
            run.lowest = lowest_of(found, measured)
        return True

    def _notify(self, kind: NoticeKind, text: str) -> None:
        self.observer.on_notice(Notice(kind, text, self.run.epoch, self.run.gan.iteration))

    def _warn(self, message: str | None) -> None:
        if message is not None:
            self._notify("warning", message)

    def _report_trace(self, path: Path | None) -> None:
        if path is not None:
            self._notify("note", f"profiler trace: {path} (open it in chrome://tracing or ui.perfetto.dev)")
