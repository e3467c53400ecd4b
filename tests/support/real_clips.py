"""Clips of real recordings, for the tests that have them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class RealClips:
    """Clips (clips, time), their rate, and the recording of each (clips,)."""

    clips: NDArray[np.float32]
    rate: int
    recordings: NDArray[np.str_]
