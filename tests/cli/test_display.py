import io

import pytest
from rich.console import Console

from wavegan_src.cli.display import EtaClock, LiveDisplay, PlainDisplay, format_duration, make_display
from wavegan_src.metrics import EPOCH_COLUMNS, Value

ROW: dict[str, Value] = dict.fromkeys(EPOCH_COLUMNS, 0.125)
ROW |= {"epoch": 3, "iteration": 30, "generator_loss": None}


def console(terminal: bool) -> Console:
    return Console(file=io.StringIO(), force_terminal=terminal, width=160)


def written(target: Console) -> str:
    assert isinstance(target.file, io.StringIO)
    return target.file.getvalue()


def test_a_terminal_gets_the_panel_and_a_pipe_plain_lines() -> None:
    assert isinstance(make_display(console(True), 5, 50, 0), LiveDisplay)
    assert isinstance(make_display(console(False), 5, 50, 0), PlainDisplay)


def test_plain_is_one_line_per_epoch_without_escapes() -> None:
    target = console(False)
    with make_display(target, 5, 50, 20) as display:
        assert not display.wants_figures()
        display.iteration(3, 25, {})
        display.epoch(ROW, None)
        display.epoch(ROW, {"logmel_frechet": 7.0, "kad": 3.0})
    first, second = written(target).splitlines()
    assert first.startswith("epoch 3/5  iteration 30/50  critic loss 0.125  generator loss -")
    assert "ETA 0:00:00" in first
    assert second.endswith("KAD 3  log-mel Fréchet distance 7")
    assert "\x1b" not in first


@pytest.mark.parametrize("terminal", [True, False])
@pytest.mark.parametrize(
    ("architecture", "name"), [("wavegan", "Wasserstein estimate"), ("engine", "score difference")]
)
def test_the_critics_figures_have_the_architectures_names(terminal: bool, architecture: str, name: str) -> None:
    target = console(terminal)
    with make_display(target, 5, 50, 0, architecture) as display:
        display.epoch(ROW, None)
    assert name in written(target)
    assert ("Wasserstein" in written(target)) == (architecture == "wavegan")


def test_live_panel_shows_figures_sample_and_time_left() -> None:
    target = console(True)
    with make_display(target, 5, 50, 0) as display:
        display.note("[not markup]")
        display.iteration(2, 25, {"critic_loss": -1.5, "wasserstein_estimate": 2.5})
        display.sample("samples [/x]/epoch_00002_*.wav")
        display.epoch(ROW, {"logmel_frechet": 7.0, "kad": 3.0})
    text = written(target)
    for part in ("epoch 2/5", "30/50", "iterations/s", "ETA", "-1.5", "2.5", "epoch_00002", "[not markup]"):
        assert part in text


def test_time_left_follows_the_pace_of_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("wavegan_src.cli.display.time.monotonic", lambda: now[0])
    clock = EtaClock(total=100, done=40)
    assert clock.text(40) == "-:--:--"
    now[0] += 30
    assert clock.text(50) == "0:02:30"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00:00"), (59.6, "0:01:00"), (3723, "1:02:03"), (172800 + 60, "2 d 0:01:00")]
)
def test_durations(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


def test_the_panel_shows_the_machine_with_every_gpu() -> None:
    target = console(True)
    with make_display(target, 5, 50, 0) as display:
        display.machine(["CPU 103 %  memory 725 MiB (9.1 GiB left)", "GPU 0  97 %", "GPU 1  96 %"])
        display.iteration(1, 5, {"critic_loss": 2.5})
    text = written(target)
    for words in ("CPU 103 %", "GPU 0  97 %", "GPU 1  96 %"):
        assert words in text
