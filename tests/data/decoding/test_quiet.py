import os
import threading

import pytest

from wavegan_src.data.decoding.quiet import quiet


def test_what_a_library_writes_goes_nowhere(capfd: pytest.CaptureFixture[str]) -> None:
    with quiet():
        os.write(2, b"Note: Illegal Audio-MPEG-Header\n")
        with quiet():
            os.write(2, b"again\n")
        os.write(2, b"still\n")
    os.write(2, b"heard\n")
    assert capfd.readouterr().err == "heard\n"


def test_it_lasts_as_long_as_any_thread_needs_it(capfd: pytest.CaptureFixture[str]) -> None:
    entered, leave = threading.Event(), threading.Event()

    def decode() -> None:
        with quiet():
            entered.set()
            leave.wait()

    thread = threading.Thread(target=decode)
    thread.start()
    entered.wait()
    with quiet():
        pass
    os.write(2, b"unheard\n")
    leave.set()
    thread.join()
    os.write(2, b"heard\n")
    assert capfd.readouterr().err == "heard\n"


def test_an_error_ends_it(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="damaged"), quiet():
        raise ValueError("damaged")
    os.write(2, b"heard\n")
    assert capfd.readouterr().err == "heard\n"
