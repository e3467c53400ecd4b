"""Scores and evaluations as the tests of the page need them."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from wavegan_src.evaluation.measures.measurement import Interval, Measurement
from wavegan_src.evaluation.result import ANCHORS, Bounded, ClipView, Evaluation, Score
from wavegan_src.metrics import EVALUATED

RATE = 8000


def bounded(
    measure: str, value: float, spread: float = 0.0, failures: Mapping[str, int] | None = None, n: int = 10
) -> Bounded:
    """A value with an interval of that half-width, if any."""
    interval = Interval(value - spread, value + spread, 200) if spread else None
    return Bounded(Measurement(measure, value, n, 10, failures or {}), interval)


def absent(measure: str, reason: str) -> Bounded:
    """No value, for a reason."""
    return Bounded(Measurement.absent(measure, reason))


def anchored(measure: str, value: float, anchors: Sequence[float], spread: float = 0.0) -> Score:
    """A score with as many of the five anchors as there are values."""
    return Score(
        bounded(measure, value, spread),
        {name: bounded(measure, anchor, spread) for name, anchor in zip(ANCHORS, anchors, strict=False)},
    )


def all_scores() -> dict[str, Score]:
    """Every measure of `evaluate` between five anchors, in its order."""
    low, high = (1.0, 2.0, 40.0, 64.0, 92.0), (0.9, 0.95, 0.3, 0.1, 0.05)
    return {
        key: anchored(key, 0.37, high, 0.01) if measure.better == "higher" else anchored(key, 32.0, low, 0.5)
        for key, measure in EVALUATED.items()
    }


def tone(hertz: float, seconds: float = 0.25) -> NDArray[np.float32]:
    """A sine at half of full scale, (time,)."""
    time = np.arange(round(seconds * RATE)) / RATE
    return (0.5 * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


def view(name: str, neighbour: str, hertz: float = 200.0) -> ClipView:
    """A generated tone beside one that is higher by half."""
    return ClipView(name, tone(hertz), neighbour, tone(1.5 * hertz), 3.25)


def evaluation(
    scores: Mapping[str, Score],
    *,
    title: str = "best_model.tar (epoch 4)",
    training: str | None = "40 clips of training recordings",
    notices: Sequence[str] = (),
    best: Sequence[ClipView] = (),
    worst: Sequence[ClipView] = (),
) -> Evaluation:
    """An evaluation at `RATE` with seed 42."""
    return Evaluation(
        title=title,
        generated="10 clips of best_model.tar",
        reference="10 clips of validation recordings",
        training=training,
        sample_rate=RATE,
        seed=42,
        scores=scores,
        notices=list(notices),
        best=list(best),
        worst=list(worst),
        seconds=12.34,
    )
