"""Tars as WebDataset's writer makes them, from bytes by name."""

import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import soundfile as sf
from numpy.typing import NDArray

from tests.support.audio import RATE


def encoded(samples: NDArray[np.float32], kind: str = "WAV", rate: int = RATE) -> bytes:
    """A sound file as bytes."""
    buffer = io.BytesIO()
    sf.write(buffer, samples, rate, format=kind)
    return buffer.getvalue()


def write_tar(path: Path, members: Mapping[str, bytes]) -> Path:
    """Write a tar of these members, making its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path
