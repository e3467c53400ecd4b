"""A training batch, and which clips are in it: a function of seed and step alone, not of what was drawn before."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from wavegan_src.architectures.drive import HEARD
from wavegan_src.data.clips.order import permuted
from wavegan_src.utils.device import upload
from wavegan_src.utils.processes.group import ALONE, Share

SPEED, LOAD, SPEED_KNOWN, LOAD_KNOWN, LEVEL = range(5)
CONDITIONS = 5  # rows of a condition: log2 of the working cycles per second; load, 0 to 1; whether each is known; level
# LEVEL: natural logarithm of the recording's level at that point, before its clips were brought to one level.
POINTS = 41  # of a data set's conditions, evenly spaced from a clip's beginning to its end
END_POINTS = round((POINTS - 1) * (1 - HEARD) / 2)  # at either end of a clip, outside its middle


@dataclass(frozen=True)
class Batch:
    """What one training step sees.

    Attributes:
        clips: real waveforms in [-1, 1], float32 `(batch, 1, time)`.
        condition: speed and load of each clip's engine over time, `(batch, CONDITIONS, points)`, at points evenly
            spaced from its beginning to its end; None if the architecture uses none.
        part: which part of the step's whole batch these clips are, where several processes train; None for all of it.
    """

    clips: Tensor
    condition: Tensor | None = None
    part: Share | None = None

    @property
    def share(self) -> Share:
        """The places of these clips in the whole batch."""
        return self.part or ALONE.share(len(self))

    def __len__(self) -> int:
        """The number of clips."""
        return len(self.clips)

    def pin_memory(self) -> "Batch":
        """The same batch in memory that a GPU reads by itself."""
        return self._map(Tensor.pin_memory)

    def to(self, device: torch.device) -> "Batch":
        """The same batch on a device; with a GPU nobody waits for the copy."""
        return self._map(lambda tensor: upload(tensor, device))

    def _map(self, change: Callable[[Tensor], Tensor]) -> "Batch":
        return Batch(change(self.clips), None if self.condition is None else change(self.condition), self.part)


def batch_indices(step: int, batch_size: int, count: int, seed: int) -> NDArray[np.int64]:
    """Positions in the training list of step `step`'s batch, `(batch_size,)`.

    Step s takes the places s*B … (s+1)*B-1 of an endless row of permutations of `count` clips, so that every clip
    comes exactly once before any comes again, whatever the batch size.
    """
    places = np.arange(step * batch_size, (step + 1) * batch_size, dtype=np.int64)
    rounds, within = places // count, places % count
    positions = np.empty(batch_size, np.int64)
    for number in np.unique(rounds):
        chosen = rounds == number
        positions[chosen] = permuted(within[chosen], int(number), count, seed)
    return positions
