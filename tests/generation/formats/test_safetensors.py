"""Safetensors files against the library of that name."""

from pathlib import Path

import numpy as np
from safetensors import safe_open
from safetensors.numpy import load

from wavegan_src.generation.formats.safetensors import safetensors

TENSORS = {
    "b.weight": np.arange(6, dtype=np.float32).reshape(2, 3),
    "a": np.array(0.5, np.float32),
    "c": np.zeros((0, 4), np.float32),
}


def test_the_library_reads_them(tmp_path: Path) -> None:
    content = safetensors(TENSORS, {"rate": "22050", "näme": 'a "b"'})
    found = load(content)
    assert found.keys() == TENSORS.keys()
    for name, expected in TENSORS.items():
        assert found[name].dtype == np.float32
        assert np.array_equal(found[name], expected)
    (tmp_path / "x.safetensors").write_bytes(content)
    with safe_open(tmp_path / "x.safetensors", "numpy") as file:
        assert file.metadata() == {"rate": "22050", "näme": 'a "b"'}


def test_the_same_tensors_give_the_same_bytes() -> None:
    backwards = dict(reversed(TENSORS.items()))
    assert safetensors(TENSORS, {"x": "1"}) == safetensors(backwards, {"x": "1"})


def test_numbers_are_aligned_and_little_endian() -> None:
    content = safetensors({"a": np.array([1.5], ">f4")}, {})
    length = int.from_bytes(content[:8], "little")
    assert length % 8 == 0
    assert content[8 + length :] == np.array([1.5], "<f4").tobytes()
