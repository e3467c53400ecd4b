"""Raw recordings of many kinds."""

from pathlib import Path

import numpy as np
import pytest

from tests.support.audio import noise, write


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """Raw recordings: names with spaces and letters of other languages, several rates, damage of several kinds."""
    root = tmp_path / "raw files"
    for index in range(4):
        write(root / f"wóz {index}.wav", noise(2.3, index, level=0.3), subtype="PCM_16")
    write(root / "garage" / "wóz 0.wav", np.stack([noise(1, 5, 4000), noise(1, 6, 4000)], axis=1), 4000)
    write(root / "garage" / "wóz 0.flac", noise(1, 7))
    write(root / "quiet.wav", np.zeros(1200, np.float32))
    (root / "empty.wav").touch()
    (root / "text.wav").write_text("no sound" * 99)
    (root / "notes.txt").write_text("to ignore")
    data = write(root / "cut.flac", noise(20)).read_bytes()
    (root / "cut.flac").write_bytes(data[: len(data) // 2])
    return root
