"""Read the clips in a run's `samples/`, among which may be anything by now."""

from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

LARGEST_BYTES = 64 << 20  # the longest clip of a run takes a third of that


def read_sample(path: Path) -> tuple[NDArray[np.float32], int] | None:
    """The mono samples `(time,)` and the rate of a WAV file; None if it cannot be read or has no sound."""
    try:
        if not path.is_file() or path.stat().st_size > LARGEST_BYTES:
            return None
        clip, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, RuntimeError, TypeError, OSError):  # torn by a full disk, or somebody else's file
        return None
    mono: NDArray[np.float32] = clip.mean(axis=1)
    return (mono, int(rate)) if len(mono) and bool(np.isfinite(mono).all()) else None
