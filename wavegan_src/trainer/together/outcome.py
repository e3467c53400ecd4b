"""What the first process decides and the others follow."""

from dataclasses import dataclass
from typing import Any

from wavegan_src.config_schema import Config


@dataclass(frozen=True)
class Beginning:
    """How a run begins, as the first process found it.

    Attributes:
        config: with which it goes on.
        snapshot: hash of the configuration's file in the output folder, by which the others see that it is the same.
        checkpoint: the file that it resumes from; None for a new run.
        fingerprint: of the data set.
    """

    config: Config
    snapshot: str
    checkpoint: str | None
    fingerprint: str


@dataclass(frozen=True)
class Outcome:
    """What became of a step, where there is something to tell.

    Attributes:
        learning_rate, augmentation: states of the schedule and of the adaptive strength.
        over: whether the run has ended.
        saved: whether a checkpoint was due.
    """

    learning_rate: dict[str, Any]
    augmentation: dict[str, Any]
    over: bool
    saved: bool
