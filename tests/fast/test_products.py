"""Whether compiled kernels are taken where they can be, and only there."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from wavegan_src.fast import products
from wavegan_src.fast.convolution import Geometry
from wavegan_src.fast.kernels import PLAIN


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
    monkeypatch.setattr(products, "_processor_flags", lambda: frozenset({"avx2", "avx512f"}))
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
    code = "from wavegan_src.fast import products; assert products.load()"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
    assert made.stat().st_mtime_ns == before


def test_tensors_of_another_layout_are_refused() -> None:
    needs_kernels()
    g = Geometry(2, 3, 25, 4, 11, 5)
    compiled = products.load()
    assert compiled is not None
    with pytest.raises(ValueError, match="contiguous float32"):
        compiled.transposed(torch.empty(1, 3, 5).transpose(1, 2), torch.empty(3, 25, 2), None, g)
    with pytest.raises(ValueError, match="contiguous float32"):
        compiled.transposed(torch.empty(1, 5, 3), torch.empty(3, 25, 2, dtype=torch.float64), None, g)
