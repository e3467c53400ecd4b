"""Whether compiled kernels are taken where they can be, and only there."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from wavegan_src.models.wavegan.fast import compiled_kernels as products
from wavegan_src.models.wavegan.fast.convolution import Geometry
from wavegan_src.models.wavegan.fast.kernels import PLAIN


@pytest.fixture(autouse=True)
def _looked_for_anew() -> Iterator[None]:
    """What a test finds out is not what the next one is told."""
    products.load.cache_clear()
    yield
    products.load.cache_clear()


def needs_kernels() -> None:
    if products.load() is None:
        pytest.skip("no matrix unit or no compiler")


def test_float32_on_a_cpu_gets_them() -> None:
    needs_kernels()
    assert products.kernels_for(torch.empty(1)) is products.load()


@pytest.mark.parametrize("like", [torch.empty(1, dtype=torch.float64), torch.empty(1, device="meta")])
def test_nothing_else_gets_them(like: torch.Tensor) -> None:
    assert products.kernels_for(like) is PLAIN


def test_they_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(products.SWITCH, "torch")
    assert products.kernels_for(torch.empty(1)) is PLAIN


def test_without_a_compiler_there_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    assert products.kernels_for(torch.empty(1)) is PLAIN


def test_a_compiler_that_fails_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", "false")
    assert products.kernels_for(torch.empty(1)) is PLAIN


def test_a_processor_without_the_unit_compiles_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(products, "processor_flags", lambda: frozenset({"avx2", "avx512f"}))
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("nothing to compile"))
    assert products.kernels_for(torch.empty(1)) is PLAIN


def test_a_cache_that_cannot_be_written_is_no_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("WAVEGAN_CACHE", str(tmp_path / "file"))
    assert products.kernels_for(torch.empty(1)) is PLAIN


def test_they_are_compiled_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    needs_kernels()
    monkeypatch.setenv("WAVEGAN_CACHE", str(tmp_path))
    for _ in range(2):
        products.load.cache_clear()
        assert products.load() is not None
    (made,) = (tmp_path / "kernels").iterdir()
    before = made.stat().st_mtime_ns
    code = "from wavegan_src.models.wavegan.fast.compiled_kernels import load; assert load()"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
    assert made.stat().st_mtime_ns == before


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A library in the cache that any machine can load."""
    source = tmp_path / "whole.cpp"
    source.write_text('extern "C" int prepare() { return 1; }\n')
    monkeypatch.setenv("WAVEGAN_CACHE", str(tmp_path))
    monkeypatch.setattr(products, "processor_flags", lambda: frozenset(products.NEEDED))
    stand_in_compiler(monkeypatch, source)
    assert products.load() is not None
    products.load.cache_clear()
    (path,) = (tmp_path / "kernels").iterdir()
    return path


def test_nobody_else_can_write_what_is_loaded(made: Path) -> None:
    assert (made.parent.stat().st_mode & 0o777, made.stat().st_mode & 0o777) == (0o700, 0o600)


@pytest.mark.parametrize("planted", ["writable", "link", "other user"])
def test_a_library_that_others_can_have_written_is_not_loaded(
    made: Path, tmp_path: Path, planted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is whole, and has the right name: it is compiled anew all the same."""
    before = made.stat().st_ino
    if planted == "writable":
        made.chmod(0o622)
    elif planted == "link":
        made.symlink_to(made.rename(tmp_path / "theirs.so"))
    elif os.geteuid() == 0:
        os.chown(made, 65534, -1)
    else:
        pytest.skip("only root can give files away")
    assert products.load() is not None
    assert (made.is_symlink(), made.stat().st_uid, made.stat().st_mode & 0o777) == (False, os.getuid(), 0o600)
    assert planted == "link" or made.stat().st_ino != before


@pytest.mark.parametrize("planted", ["link", "other user", "open"])
def test_a_folder_of_somebody_else_is_not_used(made: Path, tmp_path: Path, planted: str) -> None:
    if planted == "link":
        made.parent.symlink_to(made.parent.rename(tmp_path / "theirs"))
    elif planted == "open":
        made.parent.chmod(0o777)
    elif os.geteuid() == 0:
        os.chown(made.parent, 65534, -1)
    else:
        pytest.skip("only root can give folders away")
    assert (products.load() is None) == (planted != "open")
    assert planted != "open" or made.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("damage", ["empty", "half", "foreign", "flipped"])
def test_a_damaged_library_is_compiled_anew(damage: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Half a library would end the process with a bus error, so this one is never loaded before it is mended."""
    source = tmp_path / "whole.cpp"
    source.write_text('extern "C" int prepare() { return 1; }\n')
    monkeypatch.setenv("WAVEGAN_CACHE", str(tmp_path))
    monkeypatch.setattr(products, "processor_flags", lambda: frozenset(products.NEEDED))
    commands = stand_in_compiler(monkeypatch, source)
    assert products.load() is not None
    (made,) = (tmp_path / "kernels").iterdir()
    whole = made.read_bytes()
    half = len(whole) // 2
    flipped = whole[:half] + bytes([whole[half] ^ 1]) + whole[half + 1 :]
    made.unlink()  # it is mapped: writing into it would be a bus error too
    made.write_bytes({"empty": b"", "half": whole[:half], "foreign": b"text", "flipped": flipped}[damage])
    for _ in range(2):
        products.load.cache_clear()
        assert products.load() is not None
    assert made.read_bytes() == whole
    assert len(commands) == 2  # at first, and once for the damage


def test_a_damaged_library_that_cannot_be_mended_is_no_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WAVEGAN_CACHE", str(tmp_path))
    monkeypatch.setattr(products, "processor_flags", lambda: frozenset(products.NEEDED))
    stand_in_compiler(monkeypatch, tmp_path / "missing.cpp")
    assert products.kernels_for(torch.empty(1)) is PLAIN


def stand_in_compiler(monkeypatch: pytest.MonkeyPatch, source: Path) -> list[list[str]]:
    """Let another source be compiled, which any machine can; gives the list of compilations to come."""
    if shutil.which("c++") is None:
        pytest.skip("no compiler")
    run, commands = subprocess.run, []

    def compile_other(command: list[str], **options: Any) -> Any:
        if command[1:] == ["--version"]:
            return run(command, **options)
        commands.append(command)
        return run([command[0], "-shared", "-fPIC", str(source), *command[-2:]], **options)

    monkeypatch.setattr(subprocess, "run", compile_other)
    return commands


def test_tensors_of_another_layout_are_refused() -> None:
    needs_kernels()
    g = Geometry(2, 3, 25, 4, 11, 5)
    compiled = products.load()
    assert compiled is not None
    with pytest.raises(ValueError, match="contiguous float32"):
        compiled.transposed(torch.empty(1, 3, 5).transpose(1, 2), torch.empty(3, 25, 2), None, g)
    with pytest.raises(ValueError, match="contiguous float32"):
        compiled.transposed(torch.empty(1, 5, 3), torch.empty(3, 25, 2, dtype=torch.float64), None, g)
