"""What a measure returns: a value or the reason why there is none, the counts, and the failures by reason."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np

from wavegan_src.dsp.arrays import Floats, Indices

# The score of one clip, or the reason why it has none.
Outcome = float | str


def _no_floats() -> Floats:
    return np.empty(0)


def _no_indices() -> Indices:
    return np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class Interval:
    """An interval that holds the score with the given probability, and the number of draws that it rests on."""

    low: float
    high: float
    replicates: int


@dataclass(frozen=True)
class Measurement:
    """One measure on one set of clips.

    Attributes:
        measure: its key in `metrics.MEASURES`.
        value: the score, or None where there is none; then `reason` says why.
        n: generated clips that were measured.
        n_reference: reference clips that they were measured against; 0 where the measure needs none.
        failures: how many generated clips could not be measured, by reason.
        reason: why `value` is None.
        values: scores of single clips, where the measure has them: (n,).
        indices: the position of each of `values` in the generated set: (n,).
        doubts: in how many of the measured clips order tracking is not confident of the speed: "generated" and "real".
    """

    measure: str
    value: float | None
    n: int
    n_reference: int = 0
    failures: Mapping[str, int] = field(default_factory=dict)
    reason: str | None = None
    values: Floats = field(default_factory=_no_floats)
    indices: Indices = field(default_factory=_no_indices)
    doubts: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.value is None and not self.reason:
            raise ValueError(f"{self.measure} has neither a value nor a reason for its absence")
        if self.value is not None and not np.isfinite(self.value):
            raise ValueError(f"{self.measure} is {self.value}: a measure must be finite or absent with its reason")

    @property
    def failed(self) -> int:
        """Generated clips that could not be measured."""
        return sum(self.failures.values())

    @property
    def doubt(self) -> str:
        """What is in doubt, in words; empty if nothing is."""
        clips = " and ".join(f"{count} {side}" for side, count in self.doubts.items())
        return f"order tracking is not confident of the speed in {clips} clips" if clips else ""

    @classmethod
    def absent(
        cls, measure: str, reason: str, n: int = 0, n_reference: int = 0, failures: Mapping[str, int] | None = None
    ) -> Self:
        """A measure without a value, and why."""
        return cls(measure, None, n, n_reference, failures or {}, reason)

    @classmethod
    def of_clips(cls, measure: str, outcomes: Sequence[Outcome], n_reference: int = 0) -> Self:
        """The mean over the clips that have a score; the others are left out and counted by their reason."""
        scored = [(index, score) for index, score in enumerate(outcomes) if not isinstance(score, str)]
        failures = dict(Counter(score for score in outcomes if isinstance(score, str)))
        if not scored:
            why = ", ".join(f"{reason} ({count})" for reason, count in failures.items())
            return cls.absent(
                measure, f"no clip could be measured: {why or 'there are no clips'}", 0, n_reference, failures
            )
        values = np.array([score for _, score in scored])
        indices = np.array([index for index, _ in scored], dtype=np.int64)
        return cls(measure, float(values.mean()), len(values), n_reference, failures, None, values, indices)
