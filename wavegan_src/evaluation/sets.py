"""What is compared with what: generated clips, real clips that training never saw, and those that it did."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from wavegan_src.evaluation.measurement import Clips, Indices


@dataclass(frozen=True)
class ClipList:
    """A set of clips for people: where each comes from.

    Attributes:
        title: the set in words, such as "generated_clips".
        clips: (clips, time), float32.
        names: of each clip.
        recordings: the recording that each clip was cut from; its own name where that is not known.
    """

    title: str
    clips: Clips
    names: Sequence[str]
    recordings: Sequence[str]

    def __len__(self) -> int:
        return len(self.clips)

    def take(self, indices: Indices, title: str | None = None) -> "ClipList":
        """Those clips, in that order."""
        return ClipList(
            self.title if title is None else title,
            self.clips[indices],
            [self.names[index] for index in indices],
            [self.recordings[index] for index in indices],
        )


@dataclass(frozen=True)
class Sets:
    """What one evaluation compares.

    Attributes:
        title: what is judged.
        generated: the clips to judge.
        reference: real clips that training never saw.
        training: real clips that training saw; None where nobody knows: then the reference is split by recording.
        rate: samples per second, of all.
        lost: generated clips that could not even be read as clips, by reason.
        notices: what a reader must know first.
    """

    title: str
    generated: ClipList
    reference: ClipList
    training: ClipList | None
    rate: int
    lost: Mapping[str, int] = field(default_factory=dict)
    notices: Sequence[str] = ()
