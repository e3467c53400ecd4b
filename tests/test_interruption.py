import os
import signal

import pytest

from wavegan_src.interruption import Interrupted, StopRequest


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_only_asks(number: int, capfd: pytest.CaptureFixture[str]) -> None:
    with StopRequest() as stop:
        assert stop.signal_number is None
        os.kill(os.getpid(), number)
        assert stop.signal_number == number
    assert "saving after this iteration" in capfd.readouterr().err


def test_the_second_acts_at_once() -> None:
    with StopRequest():
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_handlers_are_put_back() -> None:
    before = [signal.getsignal(number) for number in StopRequest.SIGNALS]
    with StopRequest():
        assert signal.getsignal(signal.SIGINT) != before[0]
    assert [signal.getsignal(number) for number in StopRequest.SIGNALS] == before


def test_exit_status_is_the_shells() -> None:
    assert Interrupted("", signal.SIGINT).exit_status == 130
    assert Interrupted("", signal.SIGTERM).exit_status == 143
