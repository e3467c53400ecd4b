"""Courses in the cache: small ones in memory, large ones mapped, with the same values."""

from pathlib import Path

import numpy as np
import pytest

from wavegan_src.data.speed import stored as storing
from wavegan_src.data.speed.stored import blocks, store, stored


@pytest.mark.parametrize("mapped", [False, True])
def test_what_is_kept_is_found(tmp_path: Path, mapped: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storing, "BLOCK_CLIPS", 4)
    monkeypatch.setattr(storing, "LARGEST_READ", 0 if mapped else 10**6)
    values = np.random.default_rng(0).random((10, 5, 3)).astype(np.float32)
    kept = store(tmp_path / "courses.npy", values)
    for found in (kept, stored(tmp_path / "courses.npy", (10, 5, 3))):
        assert found is not None
        assert isinstance(found, np.memmap) == mapped
        np.testing.assert_array_equal(found[[7, 2]], values[[7, 2]])
        assert [len(part) for part in blocks(found)] == [4, 4, 2]
        assert b"".join(part.tobytes() for part in blocks(found)) == values.tobytes()
    assert stored(tmp_path / "courses.npy", (9, 5, 3)) is None


def test_what_cannot_be_kept_is_still_known(tmp_path: Path) -> None:
    values = np.ones((2, 5, 3), np.float32)
    assert store(tmp_path / "missing" / "courses.npy", values) is values
