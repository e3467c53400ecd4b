"""Real clips for the tests that ask for them; without the folder those tests skip."""

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from tests.support.real_clips import RealClips


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    torch.set_num_threads(1)  # small batches gain nothing from more, and lose much on a busy machine


@pytest.fixture(scope="session")
def real_clips() -> RealClips:
    """Three clips of each real recording, from WAVEGAN_REAL_CLIPS or ../shared/data/engines."""
    default = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "engines"
    folder = Path(os.environ.get("WAVEGAN_REAL_CLIPS", default))
    files = [file for part in sorted(folder.glob("*/")) for file in sorted(part.glob("*.flac"))[:3]]
    if len(files) < 100:
        pytest.skip("needs 100 real clips of one length: set WAVEGAN_REAL_CLIPS to a folder of recordings' folders")
    read = [soundfile.read(file, dtype="float32") for file in files]
    return RealClips(
        np.stack([clip for clip, _ in read]), int(read[0][1]), np.array([file.parent.name for file in files])
    )
