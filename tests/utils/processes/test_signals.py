import signal
from collections.abc import Iterator

import pytest

from wavegan_src.utils.processes.signals import Interrupted, StopRequest, noting_interruption


@pytest.fixture(autouse=True)
def _usual_ctrl_c() -> Iterator[None]:
    """Ctrl-C as in a terminal: a test runner in the background inherits that it is ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_only_asks(number: int, capfd: pytest.CaptureFixture[str]) -> None:
    with StopRequest() as stop:
        assert stop.signal_number is None
        signal.raise_signal(number)
        assert stop.signal_number == number
    assert "saving after this iteration" in capfd.readouterr().err


def test_the_second_acts_at_once() -> None:
    with StopRequest():
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_handlers_are_put_back() -> None:
    before = [signal.getsignal(number) for number in StopRequest.SIGNALS]
    with StopRequest():
        assert signal.getsignal(signal.SIGINT) != before[0]
    assert [signal.getsignal(number) for number in StopRequest.SIGNALS] == before


def test_exit_status_is_the_shells() -> None:
    assert Interrupted("", signal.SIGINT).exit_status == 130
    assert Interrupted("", signal.SIGTERM).exit_status == 143


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="Windows has no SIGHUP")
@pytest.mark.parametrize("ignored", [False, True])
def test_a_closed_terminal_stops_the_run_unless_nohup_says_otherwise(ignored: bool) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN if ignored else signal.SIG_DFL)
    try:
        with StopRequest() as stop:
            signal.raise_signal(signal.SIGHUP)
            assert (stop.signal_number == signal.SIGHUP) is not ignored
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_is_noted(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with noting_interruption() as interruption:
        assert interruption.number is None
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
    assert interruption.number == number
    assert signal.getsignal(number) is before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_is_ignored_stays_ignored(number: signal.Signals) -> None:
    before = signal.signal(number, signal.SIG_IGN)
    try:
        with noting_interruption() as interruption:
            signal.raise_signal(number)
    finally:
        signal.signal(number, before)
    assert interruption.number is None
