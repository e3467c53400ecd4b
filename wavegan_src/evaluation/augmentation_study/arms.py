"""What classifiers are trained on: the arms of the study, its two controls, and the list of all trainings."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from wavegan_src.utils.errors import UserError

LARGEST_RATIO = 20.0
CONTROL_RATIO = 1.0


@dataclass(frozen=True)
class Arm:
    """The clips that a classifier is trained on.

    Attributes:
        name: of files and columns.
        title: for people.
        real: all real training clips.
        classical: real clips, changed by hand-made transformations; `ratio` times as many as there are real ones.
        generated: clips of the class's generator; as many.
        shuffled: generated clips have the labels of other generated clips, in random order.
        planted: generated clips and test clips have a tone that says their label.
        control: judges the study, not the generators.
    """

    name: str
    title: str
    real: bool = False
    classical: bool = False
    generated: bool = False
    shuffled: bool = False
    planted: bool = False
    control: bool = False

    @property
    def has_ratio(self) -> bool:
        """Whether anything is added."""
        return self.classical or self.generated


REAL = Arm("real", "real", real=True)
CLASSICAL = Arm("classical", "real + classical", real=True, classical=True)
GENERATED = Arm("generated", "real + generated", real=True, generated=True)
BOTH = Arm("both", "real + both", real=True, classical=True, generated=True)
ONLY = Arm("generated_only", "generated only", generated=True)
SHUFFLED = Arm("shuffled", "shuffled labels", real=True, generated=True, shuffled=True, control=True)
BLIND = Arm("shuffled_only", "only shuffled labels", generated=True, shuffled=True, control=True)
PLANTED = Arm("planted", "planted signal", generated=True, shuffled=True, planted=True, control=True)
ARMS = (REAL, CLASSICAL, GENERATED, BOTH, ONLY, SHUFFLED, BLIND, PLANTED)


@dataclass(frozen=True)
class Condition:
    """An arm at a ratio of added to real clips; 0 where nothing is added."""

    arm: Arm
    ratio: float

    @property
    def name(self) -> str:
        """Its name in files."""
        return f"{self.arm.name}_{self.ratio:g}" if self.arm.has_ratio else self.arm.name


@dataclass(frozen=True)
class Trial:
    """One training of a classifier."""

    condition: Condition
    seed: int

    @property
    def name(self) -> str:
        """Its name in files."""
        return f"{self.condition.name}_seed{self.seed}"


def added_clips(ratio: float, real: int) -> int:
    """How many clips of each kind are added to so many real ones."""
    return math.ceil(round(ratio * real, 6))


def conditions(ratios: Sequence[float]) -> list[Condition]:
    """All that is compared, the controls last."""
    found = [
        Condition(arm, ratio)
        for arm in ARMS
        if not arm.control
        for ratio in (sorted(ratios) if arm.has_ratio else (0.0,))
    ]
    return found + [Condition(arm, CONTROL_RATIO) for arm in ARMS if arm.control]


def plan(ratios: Sequence[float], seeds: int) -> list[Trial]:
    """All trainings, seed by seed, so that each seed's clips are made once."""
    return [Trial(condition, seed) for seed in range(seeds) for condition in conditions(ratios)]


def parse_ratios(text: str) -> tuple[float, ...]:
    """Ratios from numbers with commas between.

    Raises:
        UserError: one is no number, or outside its range, or given twice.
    """
    found = []
    for part in text.split(","):
        try:
            ratio = float(part)
        except ValueError:
            ratio = math.nan
        if not 0 < ratio <= LARGEST_RATIO:
            raise UserError(
                f"--ratios {text}: {part.strip() or 'an empty part'} is no ratio. Give numbers above 0 and up to "
                f"{LARGEST_RATIO:g} with commas between, such as 0.5,1,2."
            )
        found.append(ratio)
    if len(set(found)) < len(found):
        raise UserError(f"--ratios {text}: a ratio is given twice. Give each once.")
    return tuple(sorted(found))
