"""The array types that signal processing and measures share."""

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]
Clips = NDArray[np.float32]  # (clips, time), in [-1, 1]
Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
