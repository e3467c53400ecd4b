"""What a person sees during training: a live panel on a terminal, one plain line per epoch elsewhere.

Both are observers of the run.
"""

import time
from collections.abc import Mapping, Sequence

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from wavegan_src.architectures.table import spec_of
from wavegan_src.cli.console import say
from wavegan_src.metrics import MEASURES
from wavegan_src.run.folder import RunFolder
from wavegan_src.trainer.observers.observer import (
    CheckpointReport,
    EpochReport,
    Notice,
    RunEnd,
    RunStart,
    StepReport,
    TrainingObserver,
)
from wavegan_src.utils.csv_log import Value
from wavegan_src.utils.format import format_clock, format_duration, format_number, format_rough_duration

REFRESH_S = 0.5  # reading figures synchronises with a GPU: not at every iteration
FIRST_ESTIMATE_S = 10.0  # by then a pace can be measured
GAP = "  "


class EtaClock:
    """Time left, from the pace since this process began to train."""

    def __init__(self, total: int, done: int):
        self._total = total
        self._first = done
        self._start = time.monotonic()

    def text(self, done: int) -> str:
        """ "0:12:34", or "-:--:--" before there is a pace."""
        return "-:--:--" if done <= self._first else format_clock(self._pace(done) * (self._total - done))

    def first_estimate(self, done: int) -> str | None:
        """The pace and the time left in words, once there was time to measure it; None before that."""
        if done <= self._first or time.monotonic() - self._start < FIRST_ESTIMATE_S:
            return None
        pace = self._pace(done)
        left = format_rough_duration(pace * (self._total - done))
        measured = f"measured over {done - self._first} of them"
        return f"about {left} to go at {format_duration(pace)} per iteration, {measured}"

    def _pace(self, done: int) -> float:
        return (time.monotonic() - self._start) / (done - self._first)


def _shown(architecture: str) -> tuple[tuple[str, str], ...]:
    """The figures to show, by column, with their names."""
    return (
        ("critic_loss", "critic loss"),
        ("generator_loss", "generator loss"),
        ("wasserstein_estimate", spec_of(architecture).terms.estimate),
        ("gradient_penalty", "gradient penalty"),
        ("critic_grad_norm", "critic gradient norm"),
        ("generator_grad_norm", "generator gradient norm"),
    )


# Which figures give way first on a narrow line; the other parts of it always stay.
_FIRST_TO_GO = (
    "generator_grad_norm",
    "critic_grad_norm",
    "gradient_penalty",
    "clips_per_second",
    "wasserstein_estimate",
    "generator_loss",
    "critic_loss",
    "iteration",
)


class PlainDisplay(TrainingObserver):
    """For logs and pipes: one line per epoch, as wide as the terminal (80 columns where there is none)."""

    def __init__(self, console: Console):
        self._console = console

    def on_start(self, start: RunStart) -> None:  # noqa: D102
        self._start = start
        self._shown = _shown(start.config.model.architecture)
        self._eta = EtaClock(start.iterations, start.iteration)
        self._estimate_due = True
        self._omission_due = True

    def on_notice(self, notice: Notice) -> None:  # noqa: D102
        say(self._console, f"samples: {notice.text}" if notice.kind == "samples" else _line(notice))

    def on_step(self, step: StepReport) -> None:
        """Say once, within the first epoch, how long the run will take."""
        if self._estimate_due and (text := self._eta.first_estimate(step.iteration)):
            self._estimate_due = False
            say(self._console, text)

    def on_checkpoint(self, checkpoint: CheckpointReport) -> None:  # noqa: D102
        say(self._console, f"samples: {checkpoint.samples}")

    def on_epoch(self, epoch: EpochReport) -> None:  # noqa: D102
        self._estimate_due = False
        parts = {
            "epoch": f"epoch {epoch.epoch}/{self._start.config.training.epochs}",
            "iteration": f"iteration {epoch.iteration}/{self._start.iterations}",
            **{name: f"{label} {format_number(epoch.row[name])}" for name, label in self._shown},
            "clips_per_second": f"{format_number(epoch.row['clips_per_second'])} clips/s",
            "eta": f"ETA {self._eta.text(epoch.iteration)}",
        }
        if epoch.quality is not None:
            parts["quality"] = _quality_words(epoch.quality)
        fitted = fit(parts, _FIRST_TO_GO, self._console.width)
        if len(fitted) < len(parts) and self._omission_due:
            self._omission_due = False
            say(self._console, f"Figures that do not fit a line are in {RunFolder(self._start.folder).epoch_csv}")
        say(self._console, GAP.join(fitted.values()))


def fit(parts: Mapping[str, str], first_to_go: Sequence[str], width: int) -> dict[str, str]:
    """As many parts of a line as fit a width, in their order; those named first in `first_to_go` are left out first."""
    kept = dict(parts)
    for name in first_to_go:
        if len(GAP.join(kept.values())) <= width:
            break
        kept.pop(name, None)
    return kept


class LiveDisplay(TrainingObserver):
    """For terminals: progress bar, pace, time left and the latest figures, redrawn in place while the run trains."""

    def __init__(self, console: Console):
        self._console = console
        self._live: Live | None = None

    def on_start(self, start: RunStart) -> None:  # noqa: D102
        self._epochs = start.config.training.epochs
        self._shown = _shown(start.config.model.architecture)
        self._eta = EtaClock(start.iterations, start.iteration)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeElapsedColumn(),
            TextColumn("ETA {task.fields[eta]}"),
            console=self._console,
        )
        self._task = self._progress.add_task(
            f"epoch {start.epoch}/{self._epochs}",
            total=start.iterations,
            completed=start.iteration,
            rate="",
            eta=self._eta.text(start.iteration),
        )
        self._figures: Mapping[str, Value] = {}
        self._quality = ""
        self._sample = "none yet"
        self._machine: Sequence[str] = ()
        self._last = (time.monotonic(), start.iteration)
        self._live = Live(self._render(), console=self._console, refresh_per_second=2)
        self._live.__enter__()

    def on_end(self, end: RunEnd) -> None:  # noqa: D102
        if self._live is not None:
            self._live.__exit__(None, None, None)
            self._live = None

    def on_notice(self, notice: Notice) -> None:  # noqa: D102
        if self._live is None:
            say(self._console, _line(notice))
        elif notice.kind == "samples":
            self._sample = notice.text
            self._live.update(self._render())
        else:
            say(self._live.console, _line(notice), wrap=True)

    def on_step(self, step: StepReport) -> None:  # noqa: D102
        now = time.monotonic()
        if self._live is None or now - self._last[0] < REFRESH_S:
            return
        rate = (step.iteration - self._last[1]) / max(now - self._last[0], 1e-9)
        self._last = (now, step.iteration)
        self._figures, self._machine = step.figures(), step.machine()
        self._progress.update(
            self._task,
            completed=step.iteration,
            description=f"epoch {step.epoch}/{self._epochs}",
            rate=f"{rate:.2f} iterations/s",
            eta=self._eta.text(step.iteration),
        )
        self._live.update(self._render())

    def on_checkpoint(self, checkpoint: CheckpointReport) -> None:  # noqa: D102
        self._sample = checkpoint.samples

    def on_epoch(self, epoch: EpochReport) -> None:  # noqa: D102
        self._progress.update(self._task, completed=epoch.iteration, eta=self._eta.text(epoch.iteration))
        if self._live is None:
            return
        if epoch.quality is not None:
            self._quality = f"{_quality_words(epoch.quality)} (epoch {epoch.epoch})"
            checkpoint = f"epoch {epoch.epoch}: checkpoint, {_quality_words(epoch.quality)}"
            self._live.console.print(checkpoint, markup=False, highlight=False)
        self._live.update(self._render())

    def _render(self) -> Group:
        table = Table.grid(padding=(0, 2))
        for first, second in zip(self._shown[::2], self._shown[1::2], strict=True):
            cells = [
                cell for name, label in (first, second) for cell in (label, format_number(self._figures.get(name)))
            ]
            table.add_row(*cells)
        table.add_row("quality", self._quality or "at the first checkpoint", "last sample", Text(self._sample))
        return Group(self._progress, table, *(Text(line, style="dim") for line in self._machine))


def terminal_observer(console: Console) -> TrainingObserver:
    """The live panel if the console is a terminal, else plain lines."""
    return LiveDisplay(console) if console.is_terminal else PlainDisplay(console)


def _line(notice: Notice) -> str:
    return f"Warning: {notice.text}" if notice.kind == "warning" else notice.text


def _quality_words(quality: Mapping[str, Value]) -> str:
    """The distances that a checkpoint can be judged by."""
    judges = ((key, measure) for key, measure in MEASURES.items() if measure.can_be_primary)
    return "  ".join(f"{measure.short} {format_number(quality[key])}" for key, measure in judges)
