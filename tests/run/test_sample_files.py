import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from wavegan_src.run.sample_files import read_sample


def test_a_clip_is_read_as_mono(tmp_path: Path) -> None:
    sound = np.linspace(-0.5, 0.5, 200).reshape(100, 2)
    soundfile.write(tmp_path / "a.wav", sound, 8000, subtype="FLOAT")
    found = read_sample(tmp_path / "a.wav")
    assert found is not None
    np.testing.assert_allclose(found[0], sound.mean(axis=1), atol=1e-7)
    assert found[1] == 8000


@pytest.mark.parametrize("kind", ["missing", "garbage", "folder", "empty", "NaN", "pipe"])
def test_anything_else_is_left_out(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    match kind:
        case "garbage":
            path.write_bytes(b"RIFFgarbage")
        case "folder":
            path.mkdir()
        case "empty":
            soundfile.write(path, np.zeros(0), 8000)
        case "NaN":
            soundfile.write(path, np.full(10, np.nan), 8000, subtype="FLOAT")
        case "pipe" if hasattr(os, "mkfifo"):
            os.mkfifo(path)
    assert read_sample(path) is None
