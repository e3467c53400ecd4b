"""`import wavegan` is quick, and its names are loaded when they are used."""

import subprocess
import sys

import pytest

import wavegan
from tests.support.paths import REPOSITORY

HEAVY = ("torch", "numpy", "scipy", "pydantic", "matplotlib")


def python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=REPOSITORY)
    return done.stdout.strip()


def test_importing_it_loads_nothing_heavy() -> None:
    assert python(f"import sys, wavegan; print([name for name in {HEAVY} if name in sys.modules])") == "[]"


def test_settings_and_errors_need_no_pytorch() -> None:
    assert (
        python("import sys, wavegan; wavegan.load_config(); wavegan.UserError; print('torch' in sys.modules)")
        == "False"
    )


def test_every_name_is_there_and_documented() -> None:
    api = (REPOSITORY / "docs" / "python-api.md").read_text(encoding="utf-8")
    for name in wavegan.__all__:
        assert getattr(wavegan, name) is not None
        assert name in dir(wavegan)
        assert name in api


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'lod'"):
        wavegan.lod  # noqa: B018
