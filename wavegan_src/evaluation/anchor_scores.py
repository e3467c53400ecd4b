"""The anchors' scores, cached between evaluations because they depend only on the real clips."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from wavegan_src.dsp.arrays import Clips
from wavegan_src.evaluation.anchors import AnchorSets, make_anchors, split_by_recording
from wavegan_src.evaluation.clip_set import ClipSet
from wavegan_src.evaluation.inputs.screening import content_key
from wavegan_src.evaluation.inputs.sets import Balanced
from wavegan_src.evaluation.measures.bootstrap import Sides, units_of
from wavegan_src.evaluation.measures.measurement import Interval, Measurement
from wavegan_src.evaluation.result import ANCHORS, NOISE, REAL, Bounded
from wavegan_src.evaluation.scoring import Near, Scorer
from wavegan_src.evaluation.store import Store, digest
from wavegan_src.metrics import MEASURES

BOUNDED = (REAL, NOISE)  # their intervals decide whether a measure discriminates
NO_ANCHORS_BUT_REAL = ("two-sample",)  # sources of measures that tell all others apart, and take long
Scores = dict[str, Bounded]


class AnchorScores:
    """The scores of the five anchors by the measures `names`, from the store or computed."""

    def __init__(
        self, balanced: Balanced, scorer: Scorer, store: Store, workers: int | None, names: Sequence[str]
    ) -> None:
        self._balanced = balanced
        self._scorer = scorer
        self._store = store
        self._workers = workers
        self._names = names
        copying = scorer.copying
        self._known = [] if copying is None else [copying.known.key, content_key(balanced.held_out.clips, 1)]
        count, rate = len(balanced.generated), balanced.rate
        recordings = [*balanced.reference.recordings, *balanced.pool.recordings]  # intervals depend on them
        pool = content_key(balanced.pool.clips, rate)
        self._recipe = digest(scorer.reference.key, pool, count, scorer.seed, *recordings)
        self._kept = {anchor: self._read(anchor) for anchor in ANCHORS}

    @property
    def missing(self) -> int:
        """How many anchors still have something to measure."""
        return sum(len(kept) < len(self._wanted(anchor)) for anchor, kept in self._kept.items())

    def scores(self) -> dict[str, Scores]:
        """The scores by anchor and measure."""
        return {anchor: self._kept[anchor] | self._take(anchor) for anchor in ANCHORS}

    def _take(self, anchor: str) -> Scores:
        names = [name for name in self._wanted(anchor) if name not in self._kept[anchor]]
        if not names:
            return {}
        near = self._split_of_held_out() if anchor == REAL else None
        told = [name for name in names if MEASURES[name].source in NO_ANCHORS_BUT_REAL]
        others, clips = [name for name in names if name not in told], self._clip_set(anchor)
        fresh = self._scorer.score(clips, others, bounded=anchor in BOUNDED, near=near)
        if told:
            fresh |= self._scorer.control(clips, told)
        for name, score in fresh.items():
            if score.measurement.value is not None:  # a missing library may be installed next time
                self._store.keep_values(_to_values(score), "score", *self._key(anchor, name))
        return fresh

    def _wanted(self, anchor: str) -> list[str]:
        """The measures that are taken of an anchor."""
        return [name for name in self._names if anchor == REAL or MEASURES[name].source not in NO_ANCHORS_BUT_REAL]

    def _clip_set(self, anchor: str) -> ClipSet:
        def clips() -> Clips:
            return self._made.clips[anchor]

        def recordings() -> list[str] | None:
            of = self._made.of_training.get(anchor)
            return None if of is None else [self._balanced.pool.recordings[index] for index in of]

        key = digest(self._recipe, anchor)
        report = self._scorer.report_progress
        return ClipSet(clips, self._balanced.rate, key, self._store, self._workers, report, recordings)

    @cached_property
    def _made(self) -> AnchorSets:
        balanced = self._balanced
        return make_anchors(
            balanced.reference.clips,
            balanced.rate,
            len(balanced.generated),
            seed=self._scorer.seed,
            training=balanced.pool.clips,
        )

    def _split_of_held_out(self) -> Near | None:
        """Distances of two halves of the held-out recordings: real clips are not copies of each other."""
        copying, labels = self._scorer.copying, self._balanced.held_out.recordings
        if copying is None or len(copying.theirs) < 2:
            return None
        grouped = labels if len(set(labels)) > 1 else None
        half = split_by_recording(len(labels), grouped, np.random.default_rng(self._scorer.seed))
        first, second = (
            units_of([label for label, chosen in zip(labels, part, strict=True) if chosen]) for part in (half, ~half)
        )
        return Near(copying.theirs[half], copying.theirs[~half], Sides(first, second))

    def _read(self, anchor: str) -> Scores:
        found = {}
        for name in self._wanted(anchor):
            values = self._store.values("score", *self._key(anchor, name))
            if values is not None:
                found[name] = _from_values(values)
        return found

    def _key(self, anchor: str, name: str) -> tuple[object, ...]:
        return (self._recipe, *self._known, anchor, name)


def _to_values(score: Bounded) -> dict[str, Any]:
    taken, interval = score.measurement, score.interval
    return {
        "measurement": [taken.measure, taken.value, taken.n, taken.n_reference, dict(taken.failures)],
        "doubts": dict(taken.doubts),
        "interval": None if interval is None else [interval.low, interval.high, interval.replicates],
    }


def _from_values(values: dict[str, Any]) -> Bounded:
    interval = values["interval"]
    measurement = replace(Measurement(*values["measurement"]), doubts=values["doubts"])
    return Bounded(measurement, None if interval is None else Interval(*interval))
