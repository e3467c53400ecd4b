"""The noise that `models.drive.noise` reaches anywhere, fetched in long pieces for a reader of short ones.

PyTorch takes longer to call the operations of a short piece than to compute them.
"""

from collections.abc import Callable

from torch import Tensor

from wavegan_src.dsp.arrays import F32


class NoiseReader:
    """Reads ascending places of a noise."""

    def __init__(self, fetch: Callable[[int, int], Tensor], piece: int):
        """Read what `fetch` gives.

        Args:
            fetch: the noise at places `first` to `last`, both included, `(1, rows, places)`.
            piece: places to fetch at once, at least as many as are read at once.
        """
        self._fetch, self._length = fetch, piece
        self._first = 0
        self._piece: F32 | None = None

    def read(self, first: int, last: int) -> F32:
        """Places `first` to `last`, both included: `(rows, places)`."""
        begin = first - self._first
        if self._piece is None or begin < 0 or last - self._first >= self._piece.shape[1]:
            self._piece, self._first, begin = self._fetch(first, first + self._length - 1)[0].numpy(), first, 0
        return self._piece[:, begin : begin + last - first + 1]
