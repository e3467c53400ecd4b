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

_PARTNER_STREAM = int.from_bytes(b"partner", "big")  # keeps these numbers apart from whatever else the seed draws


@dataclass(frozen=True)
class Batch:
    """What one training step sees.

    Attributes:
        clips: real waveforms in [-1, 1], float32 `(batch, 1, time)`.
        condition: speed and load of each clip's engine over time, `(batch, CONDITIONS, points)`, at points evenly
            spaced from its beginning to its end; None if the architecture uses none.
        part: which part of the step's whole batch these clips are, where several processes train; None for all of it.
        engines: numbers of the engines of the whole batch's clips, where it is known which are of one. Then the second
            half of a training step's whole batch are clips of the engines in its first half, in order.
    """

    clips: Tensor
    condition: Tensor | None = None
    part: Share | None = None
    engines: Tensor | None = None

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
        condition, engines = (None if each is None else change(each) for each in (self.condition, self.engines))
        return Batch(change(self.clips), condition, self.part, engines)


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


class Engines:
    """Which training clips are of one engine, to find others of it.

    engine_of: the number of each clip's engine, `(clips,)`.
    """

    def __init__(self, engine_of: NDArray[np.int64]):
        """See the class."""
        self.engine_of = engine_of
        self._by_engine = np.argsort(engine_of, kind="stable")
        self._counts = np.bincount(engine_of)
        self._starts = np.cumsum(self._counts) - self._counts
        self._rank = np.empty(len(engine_of), np.int64)
        self._rank[self._by_engine] = np.arange(len(engine_of)) - self._starts[engine_of[self._by_engine]]

    def others(self, positions: NDArray[np.int64], step: int, seed: int) -> NDArray[np.int64]:
        """For each clip another one of its engine, `(clips,)`; any clip where there is none."""
        engines = self.engine_of[positions]
        drawn = np.random.default_rng([seed, _PARTNER_STREAM, step]).random(len(positions))
        alone = self._counts[engines] == 1
        chosen = (drawn * (self._counts[engines] - 1)).astype(np.int64)  # among the others
        chosen += chosen >= self._rank[positions]
        anywhere = (drawn * len(self.engine_of)).astype(np.int64)
        return np.asarray(self._by_engine[np.where(alone, anywhere, self._starts[engines] + chosen)])


def paired_indices(step: int, batch_size: int, engines: Engines, seed: int) -> NDArray[np.int64]:
    """As `batch_indices` for the first half of a batch, or one more, and for the rest `Engines.others` of those."""
    first = batch_indices(step, batch_size - batch_size // 2, len(engines.engine_of), seed)
    return np.concatenate([first, engines.others(first[: batch_size // 2], step, seed)])


def partners(engines: Tensor) -> Tensor:
    """For each place of the first half of a batch, or one more, where the other clip of its engine is.

    Args:
        engines: of the whole batch, see `Batch`.

    Returns:
        `(batch - batch // 2,)`; a clip without another of its engine is left with itself.
    """
    second = len(engines) // 2
    first = len(engines) - second
    places = torch.arange(first, device=engines.device)
    found = places[:second] + first
    places[:second] = torch.where(engines[:second] == engines[found], found, places[:second])
    return places
