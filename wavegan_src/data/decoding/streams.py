"""What a file being decoded looks like to its readers, whatever decodes it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from wavegan_src.dsp.clips import F32

BLOCK_VALUES = 1 << 18  # decoded values held at once (1 MB), all channels together
# The length of a lossy file is rounded to its frames, so only a larger gap means that something is missing.
TOLERATED_GAP_SECONDS = 0.1


@dataclass(frozen=True)
class Fault:
    """Where decoding stopped, in s from the start, and why."""

    second: float
    reason: str


class AudioStream(Protocol):
    """A file being decoded: an iterator of float32 blocks `(frames, channels)`, each valid until the next.

    Attributes:
        sample_rate, channels: of all blocks.
        finer: whether its values are finer than 16 bits.
        remark: what its owner should know about it, in words that follow its name, or None.
        fault: set if the iteration ended before the end of the file.
    """

    sample_rate: int
    channels: int
    finer: bool
    remark: str | None
    fault: Fault | None

    def __iter__(self) -> Iterator[F32]: ...

    def glimpses(self) -> Iterator[F32]:
        """Blocks spread over a long file, at little cost; none if only decoding all of it would do."""
        ...
