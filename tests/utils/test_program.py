import sys

import pytest

from wavegan_src.utils.program import program, typed_command


@pytest.mark.parametrize(
    ("started_as", "command"),
    [
        ("WaveGAN.py", "python WaveGAN.py"),
        ("/home/me/my sounds/WaveGAN.py", "python WaveGAN.py"),
        ("/usr/local/bin/wavegan", "wavegan"),
        ("wavegan.exe", "wavegan"),
        ("/usr/lib/python3/ipykernel_launcher.py", "wavegan"),
        ("", "wavegan"),
    ],
)
def test_advice_names_the_command_that_was_used(monkeypatch: pytest.MonkeyPatch, started_as: str, command: str) -> None:
    monkeypatch.setattr(sys, "argv", [started_as, "--epochs", "3"])
    assert program() == command


def test_without_arguments_the_installed_command_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", [])
    assert program() == "wavegan"


def test_what_was_typed_is_put_together_from_the_arguments() -> None:
    assert typed_command("WaveGAN.py --epochs 3") == "python WaveGAN.py --epochs 3"
    assert typed_command("/usr/bin/wavegan --epochs 3") == "/usr/bin/wavegan --epochs 3"
    assert typed_command("") == ""
