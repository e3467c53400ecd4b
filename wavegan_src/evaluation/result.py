"""A score between its anchors: its position, whether the measure discriminates here, and the verdict in words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wavegan_src.convergence.thresholds import COPYING_RATIO
from wavegan_src.evaluation.measures.measurement import Interval, Measurement
from wavegan_src.metrics import MEASURES

ANCHORS = ("real", "nearest_real", "phase_randomised", "shaped_noise", "white_noise")
REAL, NOISE = "real", "shaped_noise"
CHANCE = 0.5  # the AUC of a classifier that guesses
MANY_COPIES = 0.05  # of held-out clips 0.01 lie that near, by definition


@dataclass(frozen=True)
class Bounded:
    """A measurement and its bootstrap interval, if there is one."""

    measurement: Measurement
    interval: Interval | None = None

    @property
    def low(self) -> float | None:
        """The interval's lower end."""
        return None if self.interval is None else self.interval.low

    @property
    def high(self) -> float | None:
        """The interval's upper end."""
        return None if self.interval is None else self.interval.high


@dataclass(frozen=True)
class Score:
    """One line of an evaluation: the generated clips' score beside the anchors', all measured in the same way."""

    generated: Bounded
    anchors: Mapping[str, Bounded] = field(default_factory=dict)

    @property
    def measure(self) -> str:
        """The measure's key in the table of measures."""
        return self.generated.measurement.measure

    @property
    def value(self) -> float | None:
        """The generated clips' score; None if it could not be measured."""
        return self.generated.measurement.value

    @property
    def position(self) -> float | None:
        """0 at noise with the average spectrum, 1 at real against real; below 0 and above 1 are possible."""
        value, noise, real = self.generated.measurement.value, self._anchor(NOISE), self._anchor(REAL)
        return MEASURES[self.measure].position(value, noise, real)

    @property
    def discriminates(self) -> bool | None:
        """Whether real sound scores better than shaped noise, beyond both intervals; None where an anchor is absent.

        An anchor without an interval counts as a point.
        """
        measure = MEASURES[self.measure]
        real, noise = self.anchors.get(REAL), self.anchors.get(NOISE)
        if not measure.has_position or real is None or noise is None:
            return None
        real_ends, noise_ends = _ends(real), _ends(noise)
        if real_ends is None or noise_ends is None:
            return None
        return real_ends[1] < noise_ends[0] if measure.better == "lower" else real_ends[0] > noise_ends[1]

    @property
    def told_apart(self) -> bool | None:
        """Whether a classifier tells the clips from real ones beyond chance, and beyond real clips from real ones.

        None for other measures than the two-sample test, and where there is no interval.
        """
        if MEASURES[self.measure].source != "two-sample" or self.generated.low is None:
            return None
        return self.generated.low > max(CHANCE, self._anchor(REAL) or CHANCE)

    @property
    def words(self) -> str:
        """The verdict in one sentence."""
        value = self.generated.measurement.value
        if value is None:
            return f"not measured: {self.generated.measurement.reason}"
        if self.measure == "memorisation":
            return _memorisation_words(value)
        if self.measure == "copied":
            return _copied_words(value)
        return self._words_of_position() if self.told_apart is None else _told_words(value, self.told_apart)

    def _words_of_position(self) -> str:
        if self.discriminates is False:
            return (
                "this measure does not discriminate here: real recordings and noise with their average spectrum score "
                "alike, so that the figure says nothing about these clips"
            )
        if self.position is None:
            return f"no anchors to compare with; {MEASURES[self.measure].direction}"
        if self.position < 0:
            return "worse than noise with the average spectrum of real recordings"
        if self.position >= 1:
            return "as near as real recordings are to each other, or nearer"
        return f"{self.position:.0%} of the way from noise with the average spectrum to real recordings"

    def to_json(self) -> dict[str, Any]:
        """The score as plain values for `evaluation.json`."""
        taken = self.generated.measurement
        return {
            "value": taken.value,
            "low": self.generated.low,
            "high": self.generated.high,
            "n": taken.n,
            "n_reference": taken.n_reference,
            "failed": taken.failed,
            "failures": dict(taken.failures),
            "doubts": dict(taken.doubts),
            "reason": taken.reason,
            "anchors": {name: anchor.measurement.value for name, anchor in self.anchors.items()},
            "position": self.position,
            "discriminates": self.discriminates,
            "verdict": self.words,
        }

    def _anchor(self, name: str) -> float | None:
        return self.anchors[name].measurement.value if name in self.anchors else None


def _ends(anchor: Bounded) -> tuple[float, float] | None:
    value = anchor.measurement.value
    if value is None:
        return None
    return (value, value) if anchor.interval is None else (anchor.interval.low, anchor.interval.high)


def _memorisation_words(ratio: float) -> str:
    if ratio < COPYING_RATIO:
        return (
            f"copies: generated clips are {1 / ratio:.1f} times nearer to training clips than held-out recordings are"
            if ratio > 0
            else "copies: the median generated clip is a training clip"
        )
    if ratio > 1 / COPYING_RATIO:
        return "no copies: generated clips are far from all training clips, farther than held-out recordings are"
    return "no copies: generated clips keep the distance from training clips that held-out recordings keep"


def _copied_words(share: float) -> str:
    amount = "many" if share > MANY_COPIES else "hardly any"
    return f"{amount}: {share:.0%} of the clips lie nearer to a training clip than new sound does; 1 % is chance"


def _told_words(auc: float, told_apart: bool) -> str:
    if told_apart:
        return (
            f"told apart: a classifier finds the generated clip in {auc:.1%} of pairs with a real one; 50 % is chance"
        )
    return "not told apart: a classifier does no better than chance, or than with other real recordings"


@dataclass(frozen=True)
class ClipView:
    """One generated clip beside the training clip that is nearest to it.

    Attributes:
        name: of the generated clip, for people.
        samples: (time,), float32.
        neighbour: name of the nearest training (or, without a training set, reference) clip.
        neighbour_samples: (time,), float32.
        distance: between the two, in the embedding that ranks clips.
    """

    name: str
    samples: NDArray[np.float32]
    neighbour: str
    neighbour_samples: NDArray[np.float32]
    distance: float


@dataclass(frozen=True)
class Telling:
    """How one family of the two-sample test tells generated from real clips: to draw and to hear.

    Attributes:
        measure: its key.
        generated, real: scores of clips that its classifiers have not heard, higher for "generated": (n,), (m,).
        generated_profile, real_profile: 10 %, 50 % and 90 % quantiles of each feature over the clips, (3, columns);
            no columns for a network.
        frequencies: in Hz, of each feature, (columns,); empty where they are not one per frequency.
        pairs: the generated clips that gave it away most, each beside a real clip that is surely taken for real; the
            distance is between their scores.
    """

    measure: str
    generated: NDArray[np.float64]
    real: NDArray[np.float64]
    generated_profile: NDArray[np.float64]
    real_profile: NDArray[np.float64]
    frequencies: NDArray[np.float64]
    pairs: list[ClipView]


@dataclass(frozen=True)
class Evaluation:
    """All that one call of `evaluate` measured.

    Attributes:
        title: what was evaluated, such as "output_wavegan/checkpoints/best_model.tar (epoch 40)".
        generated, reference, training: the three sets in words; training is None where there is none.
        sample_rate: in Hz, of all clips.
        seed: of everything drawn.
        scores: by the measure's key, in the order of the table.
        notices: what a reader must know first (the same folder given twice, too few clips, procedural data …).
        best, worst: the generated clips most and least like real ones.
        seconds: duration of the evaluation.
        tellings: of the families by which the clips are told most surely.
    """

    title: str
    generated: str
    reference: str
    training: str | None
    sample_rate: int
    seed: int
    scores: Mapping[str, Score]
    notices: list[str] = field(default_factory=list)
    best: list[ClipView] = field(default_factory=list)
    worst: list[ClipView] = field(default_factory=list)
    seconds: float = 0.0
    tellings: list[Telling] = field(default_factory=list)

    def __getitem__(self, measure: str) -> Score:
        """The score of a measure, such as `result["kad"]`.

        Raises:
            KeyError: it was not measured.
        """
        return self.scores[measure]

    @property
    def told_by(self) -> list[Score]:
        """The families by which a classifier tells the clips from real ones, the surest first."""
        families = [score for score in self.scores.values() if MEASURES[score.measure].part_of and score.told_apart]
        return sorted(families, key=lambda score: -(score.value or 0.0))

    def to_json(self) -> dict[str, Any]:
        """Plain values, as `--json` prints and `evaluation.json` holds them."""
        return {
            "title": self.title,
            "generated": self.generated,
            "reference": self.reference,
            "training": self.training,
            "sample_rate": self.sample_rate,
            "seed": self.seed,
            "seconds": round(self.seconds, 1),
            "notices": self.notices,
            "measures": {name: score.to_json() for name, score in self.scores.items()},
        }
