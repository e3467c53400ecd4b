"""What an evaluation found: scores between anchors, and the clips a listener should hear first."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wavegan_src.evaluation.verdict import Score


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
class Evaluation:
    """All that one call of `evaluate` measured.

    Attributes:
        title: what was judged, such as "output_wavegan/checkpoints/best_model.tar (epoch 40)".
        generated, reference, training: the three sets in words; training is None where there is none.
        sample_rate: in Hz, of all clips.
        seed: of everything drawn.
        scores: by the measure's key, in the catalogue's order.
        notices: what a reader must know first (the same folder twice, too few clips, procedural data …).
        best, worst: generated clips, the most and the least like real ones first.
        seconds: the whole evaluation took.
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
