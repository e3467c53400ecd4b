"""How far an evaluation is: steps of every stage, weighted by what they cost."""

from collections.abc import Sequence

from wavegan_src.evaluation.catalogue import CATALOGUE
from wavegan_src.evaluation.engine_distances import ENGINE_MEASURES
from wavegan_src.progress import Advance

# Seconds of one step on two cores: a clip, a pair's score, a measure of a set.
COSTS = {"yamnet": 0.014, "describe": 0.02, "pairs": 0.02, "scores": 0.3, "intervals": 1.5}


class Work:
    """Sums up the work that is told to it."""

    def __init__(self) -> None:
        self.advance: Advance = lambda amount: None

    def told(self, stage: str, steps: int) -> None:
        """So many more steps of a stage are done."""
        self.advance(COSTS[stage] * steps)

    def expect(self, names: Sequence[str], clips: int, anchors: int) -> float:
        """All the work: the generated clips' and that of so many anchors, of which half have intervals."""
        pairs = sum(CATALOGUE[name].paired for name in names)
        per_set = clips * (COSTS["yamnet"] + COSTS["pairs"] * pairs)
        per_set += clips * COSTS["describe"] * bool(set(names) & set(ENGINE_MEASURES))
        bounded = (1 + anchors / 2) * len(names) * COSTS["intervals"] + anchors / 2 * len(names) * COSTS["scores"]
        return (1 + anchors) * per_set + bounded
