"""Plots and pages within a twentieth of a run's time, on a clock that drawing and training move."""

from pathlib import Path

import pytest

from wavegan_src.config_schema import Config
from wavegan_src.run.folder import RunFolder
from wavegan_src.trainer.observers import pages
from wavegan_src.trainer.observers.observer import CheckpointReport, EpochReport, RunEnd, RunStart
from wavegan_src.trainer.observers.pages import DrawingBudget, PagesObserver
from wavegan_src.utils.errors import UserError

PLOTS_S, PAGE_S = 2.0, 1.0


class Run:
    """A run of made-up epochs, whose drawings take time on its clock; `drawn` names them."""

    def __init__(self, folder: RunFolder, monkeypatch: pytest.MonkeyPatch):
        self.now = 1000.0
        self.drawn: list[str] = []
        monkeypatch.setattr(pages, "draw_plots", lambda *_: self._draw("plots", PLOTS_S))
        monkeypatch.setattr(pages, "write_report", lambda _: self._draw("page", PAGE_S))
        self.observer = PagesObserver(folder, Config(), clock=lambda: self.now)
        self.observer.on_start(RunStart(folder.root, Config(), 0, 0, 100))

    def _draw(self, what: str, seconds: float) -> None:
        self.drawn.append(what)
        self.now += seconds

    def epochs(self, count: int, seconds: float, checkpoint: bool = True) -> None:
        for epoch in range(1, count + 1):
            self.now += seconds
            if checkpoint:
                self.observer.on_checkpoint(CheckpointReport(epoch, epoch, Path("c.tar"), {}, ""))
            self.observer.on_epoch(EpochReport(epoch, epoch, {}, {} if checkpoint else None))

    def end(self) -> None:
        self.observer.on_end(RunEnd("finished", "", 1, 1))


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    return Run(RunFolder(tmp_path / "run"), monkeypatch)


def test_with_long_epochs_every_checkpoint_is_drawn(run: Run) -> None:
    run.epochs(5, seconds=200)
    assert run.drawn == ["plots", "page"] * 5


def test_a_short_run_has_one_early_page_and_plots_at_its_end(run: Run) -> None:
    run.epochs(8, seconds=5)
    assert run.drawn == ["page"]
    run.end()
    assert run.drawn == ["page", "plots"]


@pytest.mark.parametrize("seconds", [1.0, 7.0, 30.0, 59.0, 300.0])
def test_drawing_takes_at_most_a_twentieth_of_a_run_its_end_included(run: Run, seconds: float) -> None:
    start = run.now
    run.epochs(round(6000 / seconds), seconds)
    run.end()
    spent = PLOTS_S * run.drawn.count("plots") + PAGE_S * (run.drawn.count("page") + 1)
    assert spent <= 0.05 * (run.now - start)
    assert run.drawn.count("plots") > min(90, 6000 / seconds) / 2  # and the share is used


def test_the_last_checkpoint_leaves_the_drawing_to_the_end(run: Run) -> None:
    run.now += 9000
    run.observer.on_checkpoint(CheckpointReport(5000, 1, Path("c.tar"), {}, ""))
    run.observer.on_epoch(EpochReport(5000, 1, {}, {}))
    assert run.drawn == []
    run.end()
    assert run.drawn == ["plots"]


def test_epochs_without_a_checkpoint_draw_nothing(run: Run) -> None:
    run.epochs(5, seconds=500, checkpoint=False)
    assert run.drawn == []


def test_a_resumed_run_has_its_page_already(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = RunFolder(tmp_path)
    folder.report.touch()
    run = Run(folder, monkeypatch)
    run.epochs(2, seconds=1)
    assert run.drawn == []


@pytest.mark.parametrize("error", [OSError("full"), UserError("full")])
def test_an_error_at_the_end_hides_nothing(run: Run, error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(pages, "draw_plots", fail)
    run.end()


def test_a_dearer_drawing_is_allowed_later() -> None:
    now = [0.0]
    budget = DrawingBudget(lambda: now[0])
    now[0] = 1000.0
    assert budget.allows()
    with budget.spend("plots"):
        now[0] += 30
    with budget.spend("page"):
        now[0] += 10
    assert not budget.allows()
    now[0] = 2399.0  # 40 spent, and 40 each for the next and the last: 120 are a twentieth of 2400
    assert not budget.allows()
    now[0] = 2400.0
    assert budget.allows()
