"""What a person sees during training: a live panel on a terminal, one plain line per epoch elsewhere."""

import time
from collections.abc import Mapping, Sequence
from typing import Protocol

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from wavegan_src.architectures.terminology import WAVEGAN, critic_terms
from wavegan_src.metrics import Value, readable

REFRESH_S = 0.5  # reading figures synchronises with a GPU: not at every iteration


class Display(Protocol):
    """How training tells what it does."""

    def __enter__(self) -> "Display": ...

    def __exit__(self, *_: object) -> None: ...

    def note(self, message: str) -> None:
        """Tell one thing in a line of its own."""

    def wants_figures(self) -> bool:
        """Whether `iteration` should be called now; asking is cheap, reading figures is not."""

    def iteration(self, epoch: int, iteration: int, figures: Mapping[str, float | None]) -> None:
        """Show the state of the run."""

    def epoch(self, row: Mapping[str, Value], quality: Mapping[str, Value] | None) -> None:
        """Tell that an epoch is done; `quality` where it had a checkpoint."""

    def sample(self, path: str) -> None:
        """Tell where the newest sample is."""

    def machine(self, lines: Sequence[str]) -> None:
        """Show what the run takes of the machine, with the next figures."""


class EtaClock:
    """Time left, from the pace since this process began to train."""

    def __init__(self, total: int, done: int):
        self._total = total
        self._first = done
        self._start = time.monotonic()

    def text(self, done: int) -> str:
        """ "0:12:34", or "-:--:--" before there is a pace."""
        if done <= self._first:
            return "-:--:--"
        seconds = (time.monotonic() - self._start) / (done - self._first) * (self._total - done)
        return format_duration(seconds)


def _shown(architecture: str) -> tuple[tuple[str, str], ...]:
    """The figures that are told, by column, with their names."""
    return (
        ("critic_loss", "critic loss"),
        ("generator_loss", "generator loss"),
        ("wasserstein_estimate", critic_terms(architecture).estimate),
        ("gradient_penalty", "gradient penalty"),
        ("critic_grad_norm", "critic gradient norm"),
        ("generator_grad_norm", "generator gradient norm"),
    )


class PlainDisplay:
    """For logs and pipes: one line per epoch."""

    def __init__(self, console: Console, epochs: int, iterations: int, done: int, architecture: str = WAVEGAN):
        self._console = console
        self._shown = _shown(architecture)
        self._epochs = epochs
        self._iterations = iterations
        self._eta = EtaClock(iterations, done)

    def __enter__(self) -> "PlainDisplay":
        return self

    def __exit__(self, *_: object) -> None: ...

    def note(self, message: str) -> None:  # noqa: D102
        self._console.print(message, soft_wrap=True, markup=False, highlight=False)

    def wants_figures(self) -> bool:  # noqa: D102
        return False

    def iteration(self, epoch: int, iteration: int, figures: Mapping[str, float | None]) -> None: ...  # noqa: D102

    def epoch(self, row: Mapping[str, Value], quality: Mapping[str, Value] | None) -> None:  # noqa: D102
        iteration = int(row["iteration"] or 0)
        parts = [
            f"epoch {row['epoch']}/{self._epochs}",
            f"iteration {iteration}/{self._iterations}",
            *(f"{label} {readable(row[name])}" for name, label in self._shown),
            f"{readable(row['clips_per_second'])} clips/s",
            f"ETA {self._eta.text(iteration)}",
        ]
        if quality is not None:
            parts.append(_quality_words(quality))
        self.note("  ".join(parts))

    def sample(self, path: str) -> None:  # noqa: D102
        self.note(f"samples: {path}")

    def machine(self, lines: Sequence[str]) -> None: ...  # noqa: D102


class LiveDisplay:
    """For terminals: progress bar, pace, time left and the latest figures, redrawn in place."""

    def __init__(self, console: Console, epochs: int, iterations: int, done: int, architecture: str = WAVEGAN):
        self._console = console
        self._shown = _shown(architecture)
        self._epochs = epochs
        self._eta = EtaClock(iterations, done)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeElapsedColumn(),
            TextColumn("ETA {task.fields[eta]}"),
            console=console,
        )
        self._task = self._progress.add_task(
            f"epoch 0/{epochs}", total=iterations, completed=done, rate="", eta=self._eta.text(done)
        )
        self._figures: Mapping[str, Value] = {}
        self._quality = ""
        self._sample = "none yet"
        self._machine: Sequence[str] = ()
        self._last = (time.monotonic(), done)
        self._live = Live(self._render(), console=console, refresh_per_second=2)

    def __enter__(self) -> "LiveDisplay":
        self._live.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.__exit__(None, None, None)

    def note(self, message: str) -> None:  # noqa: D102
        self._live.console.print(message, markup=False, highlight=False)

    def wants_figures(self) -> bool:  # noqa: D102
        return time.monotonic() - self._last[0] >= REFRESH_S

    def iteration(self, epoch: int, iteration: int, figures: Mapping[str, float | None]) -> None:  # noqa: D102
        now = time.monotonic()
        rate = (iteration - self._last[1]) / max(now - self._last[0], 1e-9)
        self._last = (now, iteration)
        self._figures = figures
        self._progress.update(
            self._task,
            completed=iteration,
            description=f"epoch {epoch}/{self._epochs}",
            rate=f"{rate:.2f} iterations/s",
            eta=self._eta.text(iteration),
        )
        self._live.update(self._render())

    def epoch(self, row: Mapping[str, Value], quality: Mapping[str, Value] | None) -> None:  # noqa: D102
        iteration = int(row["iteration"] or 0)
        self._progress.update(self._task, completed=iteration, eta=self._eta.text(iteration))
        if quality is not None:
            self._quality = f"{_quality_words(quality)} (epoch {row['epoch']})"
            self.note(f"epoch {row['epoch']}: checkpoint, {_quality_words(quality)}")
        self._live.update(self._render())

    def sample(self, path: str) -> None:  # noqa: D102
        self._sample = path
        self._live.update(self._render())

    def machine(self, lines: Sequence[str]) -> None:  # noqa: D102
        self._machine = lines

    def _render(self) -> Group:
        table = Table.grid(padding=(0, 2))
        for first, second in zip(self._shown[::2], self._shown[1::2], strict=True):
            cells = [cell for name, label in (first, second) for cell in (label, readable(self._figures.get(name)))]
            table.add_row(*cells)
        table.add_row("quality", self._quality or "at the first checkpoint", "last sample", Text(self._sample))
        return Group(self._progress, table, *(Text(line, style="dim") for line in self._machine))


def make_display(
    console: Console, epochs: int, iterations: int, done: int, architecture: str = WAVEGAN
) -> LiveDisplay | PlainDisplay:
    """The live panel if the console is a terminal, else plain lines."""
    kind = LiveDisplay if console.is_terminal else PlainDisplay
    return kind(console, epochs, iterations, done, architecture)


def format_duration(seconds: float) -> str:
    """ "1:02:03", with days in front where there are any."""
    minutes, secs = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return (f"{days} d " if days else "") + f"{hours}:{minutes:02}:{secs:02}"


def _quality_words(quality: Mapping[str, Value]) -> str:
    """The two distances that a checkpoint is judged by."""
    return f"KAD {readable(quality['kad'])}  log-mel Fréchet distance {readable(quality['logmel_frechet'])}"
