"""Progress of long work: a factory of progress bars that callers can replace or leave out."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

Advance = Callable[[float], None]
"""Called with how much more of the total is done; from any thread."""

ProgressFactory = Callable[[str, float], AbstractContextManager[Advance]]
"""`with progress("Reading recordings", total) as advance: advance(1.5)`; the total's unit is the caller's."""

Notify = Callable[[str], None]
"""Called with one line for the user."""


@contextmanager
def no_progress(label: str, total: float) -> Iterator[Advance]:
    """Show nothing."""
    yield lambda amount: None


@contextmanager
def rich_progress(label: str, total: float) -> Iterator[Advance]:
    """Show a bar with the share done and the time left, on standard error."""
    from rich.console import Console  # noqa: PLC0415 - imported only to show a bar
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bars:
        task = bars.add_task(label, total=max(total, 1e-9))

        def advance(amount: float) -> None:
            bars.advance(task, amount)

        yield advance
        bars.update(task, completed=max(total, 1e-9))


def ignore(message: str) -> None:
    """Ignore a notice."""
