import io
from pathlib import Path

import pytest
from rich.console import Console

from wavegan_src.cli.display import (
    EtaClock,
    LiveDisplay,
    PlainDisplay,
    fit,
    terminal_observer,
)
from wavegan_src.config_schema import Config
from wavegan_src.metrics import EPOCH_COLUMNS
from wavegan_src.trainer.observers.observer import (
    EpochReport,
    Notice,
    RunEnd,
    RunStart,
    StepReport,
    TrainingObserver,
)
from wavegan_src.utils.csv_log import Value

ROW: dict[str, Value] = dict.fromkeys(EPOCH_COLUMNS, 0.125)
ROW |= {"epoch": 3, "iteration": 30, "generator_loss": None}


def console(terminal: bool, width: int = 160) -> Console:
    return Console(file=io.StringIO(), force_terminal=terminal, width=width)


def written(target: Console) -> str:
    assert isinstance(target.file, io.StringIO)
    return target.file.getvalue()


def begun(target: Console, done: int = 0, architecture: str = "wavegan") -> TrainingObserver:
    """The observer of that console, after the start of a run of 5 epochs and 50 iterations."""
    config = Config().model_copy(
        update={
            "training": Config().training.model_copy(update={"epochs": 5}),
            "model": Config().model.model_copy(update={"architecture": architecture}),
        }
    )
    observer = terminal_observer(target)
    observer.on_start(RunStart(Path("run"), config, 0, done, 50))
    return observer


def epoch(quality: dict[str, Value] | None) -> EpochReport:
    return EpochReport(3, 30, ROW, quality)


def step(
    monkeypatch: pytest.MonkeyPatch, observer: TrainingObserver, figures: dict[str, float | None], *machine: str
) -> None:
    """Report a step long after the figures were last shown."""
    monkeypatch.setattr("wavegan_src.cli.display.REFRESH_S", 0.0)
    observer.on_step(StepReport(2, 25, lambda: figures, lambda: machine))


END = RunEnd("finished", "", 5, 50)


def test_a_terminal_gets_the_panel_and_a_pipe_plain_lines() -> None:
    assert isinstance(terminal_observer(console(True)), LiveDisplay)
    assert isinstance(terminal_observer(console(False)), PlainDisplay)


def test_plain_is_one_line_per_epoch_without_escapes() -> None:
    target = console(False, width=300)
    observer = begun(target, done=20)

    def never() -> dict[str, float | None]:
        pytest.fail("reading figures costs time on a GPU")

    observer.on_step(StepReport(3, 25, never, lambda: ()))
    observer.on_epoch(epoch(None))
    observer.on_epoch(epoch({"logmel_frechet": 7.0, "kad": 3.0}))
    observer.on_end(END)
    first, second = written(target).splitlines()
    assert first.startswith("epoch 3/5  iteration 30/50  critic loss 0.125  generator loss -")
    assert "ETA 0:00:00" in first
    assert second.endswith("KAD 3  log-mel distance 7")
    assert "\x1b" not in first


@pytest.mark.parametrize("terminal", [True, False])
@pytest.mark.parametrize(
    ("architecture", "name"), [("wavegan", "Wasserstein estimate"), ("engine", "score difference")]
)
def test_the_critics_figures_have_the_architectures_names(terminal: bool, architecture: str, name: str) -> None:
    target = console(terminal)
    observer = begun(target, architecture=architecture)
    observer.on_epoch(epoch(None))
    observer.on_end(END)
    assert name in written(target)
    assert ("Wasserstein" in written(target)) == (architecture == "wavegan")


def test_live_panel_shows_figures_sample_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    target = console(True)
    observer = begun(target)
    observer.on_notice(Notice("note", "[not markup]"))
    step(monkeypatch, observer, {"critic_loss": -1.5, "wasserstein_estimate": 2.5})
    observer.on_notice(Notice("samples", "samples [/x]/epoch_00002_*.wav"))
    observer.on_epoch(epoch({"logmel_frechet": 7.0, "kad": 3.0}))
    observer.on_end(END)
    text = written(target)
    for part in ("epoch 2/5", "30/50", "iterations/s", "ETA", "-1.5", "2.5", "epoch_00002", "[not markup]"):
        assert part in text


def test_warnings_say_so_before_and_after_the_start() -> None:
    for terminal in (True, False):
        target = console(terminal)
        terminal_observer(target).on_notice(Notice("warning", "few clips"))
        observer = begun(target)
        observer.on_notice(Notice("warning", "little room"))
        observer.on_end(END)
        assert "Warning: few clips" in written(target)
        assert "Warning: little room" in written(target)


def test_time_left_follows_the_pace_of_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("wavegan_src.cli.display.time.monotonic", lambda: now[0])
    clock = EtaClock(total=100, done=40)
    assert clock.text(40) == "-:--:--"
    now[0] += 30
    assert clock.text(50) == "0:02:30"


def test_the_panel_shows_the_machine_with_every_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    target = console(True)
    observer = begun(target)
    machine = ("CPU 103 %  memory 725 MiB (9.1 GiB left)", "GPU 0  97 %", "GPU 1  96 %")
    step(monkeypatch, observer, {"critic_loss": 2.5}, *machine)
    observer.on_end(END)
    text = written(target)
    for words in ("CPU 103 %", "GPU 0  97 %", "GPU 1  96 %"):
        assert words in text


@pytest.mark.parametrize("width", [60, 80, 100, 160, 200, 250])
@pytest.mark.parametrize("architecture", ["wavegan", "engine"])
def test_no_line_of_an_epoch_is_wider_than_the_terminal(width: int, architecture: str) -> None:
    target = console(False, width)
    observer = begun(target, architecture=architecture)
    long = {**ROW, **dict.fromkeys(("critic_loss", "critic_grad_norm", "wasserstein_estimate"), -123456.789)}
    observer.on_epoch(EpochReport(3, 30, long, {"logmel_frechet": 12345.678, "kad": 12.345}))
    lines = [line for line in written(target).splitlines() if line.startswith("epoch ")]
    assert [len(line) <= max(width, 79) for line in lines] == [True]
    assert all(part in lines[0] for part in ("epoch 3/5", "ETA", "KAD 12.35", "log-mel distance"))


def test_where_the_other_figures_are_is_said_once() -> None:
    target = console(False, 80)
    observer = begun(target)
    for _ in range(3):
        observer.on_epoch(epoch(None))
    table = str(Path("run") / "epochs_statistics" / "epoch_statistics.csv")
    assert written(target).count(table) == 1


def test_the_least_important_parts_give_way_and_the_order_stays() -> None:
    parts = {"a": "aaaa", "b": "bbbb", "c": "cccc"}
    assert fit(parts, ("b", "a"), 16) == parts
    assert fit(parts, ("b", "a"), 15) == {"a": "aaaa", "c": "cccc"}
    assert fit(parts, ("b", "a"), 5) == {"c": "cccc"}
    assert fit(parts, ("b", "missing", "a"), 1) == {"c": "cccc"}  # what is not named never goes


def test_how_long_the_run_will_take_is_said_once_it_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("wavegan_src.cli.display.time.monotonic", lambda: now[0])
    target = console(False)
    observer = begun(target)
    for iteration in range(1, 5):
        now[0] += 4.0
        observer.on_step(StepReport(1, iteration, dict, lambda: ()))
    # After 12 s, three iterations of 50: 47 of 4 s are left.
    assert written(target) == "about 3 min to go at 4 s per iteration, measured over 3 of them\n"


def test_a_short_first_epoch_has_its_own_estimate(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("wavegan_src.cli.display.time.monotonic", lambda: now[0])
    target = console(False)
    observer = begun(target)
    observer.on_epoch(epoch(None))
    now[0] += 60
    observer.on_step(StepReport(4, 31, dict, lambda: ()))
    assert "to go" not in written(target)
