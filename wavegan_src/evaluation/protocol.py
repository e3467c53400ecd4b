"""The whole evaluation: equal numbers of clips, every measure on the generated clips and on five anchors."""

import dataclasses
import difflib
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from scipy.spatial.distance import cdist

from wavegan_src.dsp.arrays import Floats, Indices
from wavegan_src.evaluation.anchor_scores import AnchorScores
from wavegan_src.evaluation.clip_set import ClipSet
from wavegan_src.evaluation.inputs.screening import content_key
from wavegan_src.evaluation.inputs.sets import Balanced, ClipList, Sets, balance
from wavegan_src.evaluation.measures.density import NEIGHBOURS, nearest, nearest_of_others
from wavegan_src.evaluation.measures.embeddings import embed_yamnet, load_embedder
from wavegan_src.evaluation.measures.measurement import Measurement
from wavegan_src.evaluation.measures.two_sample.comparison import PREFIX, Verdict
from wavegan_src.evaluation.measures.two_sample.control import SPLITS
from wavegan_src.evaluation.measures.two_sample.features import frequencies
from wavegan_src.evaluation.result import Bounded, ClipView, Evaluation, Score, Telling
from wavegan_src.evaluation.scoring import COPYING, Copying, Scorer
from wavegan_src.evaluation.store import Store
from wavegan_src.metrics import EVALUATED, MEASURES, STANDARD
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.parallel import shared_processes
from wavegan_src.utils.progress import Advance, Notify, ProgressFactory, ignore, no_progress

DEFAULT_COUNT = 200


def evaluate(
    sets: Sets,
    *,
    measures: Sequence[str] | None = None,
    count: int = DEFAULT_COUNT,
    seed: int = 0,
    workers: int | None = None,
    progress: ProgressFactory = no_progress,
    notify: Notify = ignore,
    store: Path | None = None,
) -> Evaluation:
    """Score generated clips.

    Args:
        sets: generated and real clips.
        measures: keys of `metrics.EVALUATED`; None takes all that need no extra. Parts come with their measure.
        count: clips to take of the generated ones; of the real ones as many, where there are as many.
        seed: equal seeds give equal results.
        workers: processes; None takes one per usable core.
        progress: shows the progress.
        notify: receives every notice of the result as it is found.
        store: folder of cached results; None caches nothing.

    Raises:
        UserError: an unknown measure, one whose library is missing, or too few clips that can be measured.
    """
    begun = time.monotonic()
    names = choose_measures(measures)
    others = [name for name in names if MEASURES[name].source == "networks"]
    embedders = {name: load_embedder(name.removeprefix("fad_")) for name in others}
    balanced = balance(sets, count, seed)
    for notice in balanced.notices:
        notify(notice)
    work = Work()
    kept = Store(store)

    def clip_set(given: ClipList, keep: bool = True) -> ClipSet:
        key, store = content_key(given.clips, sets.rate), kept if keep else Store(None)
        report = work.report_progress
        return ClipSet(lambda: given.clips, sets.rate, key, store, workers, report, lambda: given.recordings)

    generated, reference = clip_set(balanced.generated, keep=False), clip_set(balanced.reference)
    most = np.arange(min(len(balanced.generated), len(balanced.pool)))
    fewer = len(most) < len(balanced.generated)
    equal = clip_set(balanced.generated.take(most), keep=False) if fewer else generated
    held_out = clip_set(balanced.held_out)
    known = held_out if balanced.training is None else clip_set(balanced.training)
    copying = _copying(balanced, held_out, known) if set(names) & set(COPYING) else None
    scorer = Scorer(reference, copying, seed, work.report_progress, embedders)
    anchors = AnchorScores(balanced, scorer, kept, workers, names)
    expected = work.expect(names, len(balanced.generated), anchors.missing)
    with shared_processes(workers), progress("Measuring", expected) as advance:
        work.advance = advance
        ours = _score_generated(scorer, generated, equal, names)
        beside = anchors.scores()
        best, worst = best_and_worst(balanced, generated, reference, known)
    lost = balanced.lost
    found = Evaluation(
        title=sets.title,
        generated=balanced.generated.title,
        reference=balanced.reference.title,
        training=None if balanced.training is None else balanced.training.title,
        sample_rate=sets.rate,
        seed=seed,
        scores={
            name: Score(
                _with_lost(ours[name], lost),
                {anchor: scores[name] for anchor, scores in beside.items() if name in scores},
            )
            for name in names
        },
        notices=list(balanced.notices),
        best=best,
        worst=worst,
        seconds=time.monotonic() - begun,
    )
    verdicts = scorer.verdicts.get(generated.key, {})
    told = [_telling(verdicts[score.measure], balanced, generated, reference) for score in found.told_by[:TELLINGS]]
    return dataclasses.replace(found, tellings=told)


def _telling(verdict: Verdict, balanced: Balanced, generated: ClipSet, reference: ClipSet) -> Telling:
    """The scores, features and clips by which a family tells the sets apart."""
    key, ours = verdict.measurement.measure, verdict.measurement.values
    family = key.removeprefix(f"{PREFIX}_")
    profiles = [
        np.quantile(side.described.families.get(family, np.empty((1, 0))), QUANTILES, axis=0)
        for side in (generated, reference)
    ]
    surest, surest_real = np.argsort(-ours, kind="stable"), np.argsort(verdict.real, kind="stable")
    views = [
        ClipView(
            balanced.generated.names[clip],
            balanced.generated.clips[clip],
            balanced.reference.names[other],
            balanced.reference.clips[other],
            float(ours[clip] - verdict.real[other]),
        )
        for clip, other in zip(surest[:GIVEN_AWAY], surest_real[:GIVEN_AWAY], strict=True)
    ]
    return Telling(key, ours, verdict.real, profiles[0], profiles[1], frequencies(family), views)


def _score_generated(scorer: Scorer, generated: ClipSet, equal: ClipSet, names: Sequence[str]) -> dict[str, Bounded]:
    """The scores of the generated clips; where their number matters, of `equal`, no more than the anchors have."""
    if equal is generated:
        return scorer.score(generated, names, bounded=True)
    by_number = [name for name in names if MEASURES[name].needs_equal_counts]
    scores = scorer.score(generated, [name for name in names if name not in by_number], bounded=True)
    scores |= scorer.score(equal, by_number, bounded=True)
    return {name: scores[name] for name in names}


def choose_measures(asked: Sequence[str] | None) -> list[str]:
    """The measures asked for, in the order of the table.

    Raises:
        UserError: a name that the table does not have.
    """
    if asked is None:
        return list(STANDARD)
    whole = [name for name, measure in EVALUATED.items() if not measure.part_of]
    if not asked:
        raise UserError(f"No measure is named. There are: {', '.join(whole)}.")
    for name in asked:
        if name not in EVALUATED:
            near = difflib.get_close_matches(name, EVALUATED, n=1, cutoff=0.4)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise UserError(f'There is no measure "{name}".{hint} There are: {", ".join(whole)}.')
    return [name for name, measure in EVALUATED.items() if name in asked or measure.part_of in asked]


def _copying(balanced: Balanced, held_out: ClipSet, known: ClipSet) -> Copying:
    """The clips that a copy would come from, and how near real clips come to them by chance."""
    if balanced.training is not None:
        return Copying(known, nearest(held_out.copy_profile, known.copy_profile).distances, held_out.units)
    labels = balanced.held_out.recordings
    if len(set(labels)) < 2:
        reason = "all real clips come from one recording, so it is unknown how near another one would come"
        return Copying(known, np.empty(0), 0, reason)
    return Copying(known, nearest_of_others(known.copy_profile, labels), known.units)


def _with_lost(score: Bounded, lost: Mapping[str, int]) -> Bounded:
    """Add the clips that no measure could use to the failures."""
    taken: Measurement = score.measurement
    failures = {reason: taken.failures.get(reason, 0) + lost.get(reason, 0) for reason in {**taken.failures, **lost}}
    return Bounded(dataclasses.replace(taken, failures=failures), score.interval)


TELLINGS, GIVEN_AWAY = 4, 2  # families that are shown, and clips of each
QUANTILES = (0.1, 0.5, 0.9)
VIEWED = 4


def best_and_worst(
    balanced: Balanced, generated: ClipSet, reference: ClipSet, known: ClipSet, viewed: int = VIEWED
) -> tuple[list[ClipView], list[ClipView]]:
    """The clips most and least like real ones, `viewed` of each; no clip is in both lists.

    Ranked by the mean YAMNet distance to the nearest reference clips. Each comes with the nearest
    training clip (without a training set, the nearest real clip): its original, if it is a copy.
    """
    ranks = ranking(generated.embeddings.clip_means, reference.embeddings.clip_means)
    viewed = min(viewed, len(ranks) // 2)
    chosen = np.concatenate([ranks[:viewed], ranks[::-1][:viewed]])
    partners = nearest(generated.copy_profile[chosen], known.copy_profile).indices
    heard = embed_yamnet(known.clips[partners], known.rate).clip_means
    distances = np.linalg.norm(generated.embeddings.clip_means[chosen] - heard, axis=1)
    source = balanced.held_out if balanced.training is None else balanced.training
    views = [
        ClipView(
            balanced.generated.names[index],
            balanced.generated.clips[index],
            source.names[partner],
            source.clips[partner],
            float(distance),
        )
        for index, partner, distance in zip(chosen, partners, distances, strict=True)
    ]
    return views[:viewed], views[viewed:]


def ranking(generated: Floats, reference: Floats) -> Indices:
    """Indices of generated clips, (n,), ordered by the distance to their nearest reference clips."""
    neighbours = min(NEIGHBOURS, len(reference))
    near = np.sort(cdist(generated, reference), axis=1)[:, :neighbours].mean(axis=1)
    return np.argsort(near, kind="stable").astype(np.int64)


# Seconds of one step on two cores: a clip, a pair's score, a clip by one family, a measure of a set.
COSTS = {
    **{"yamnet": 0.014, "aisfx": 0.04, "describe": 0.04, "pairs": 0.02, "two_sample": 0.006, "families": 0.002},
    **{"scores": 0.3, "intervals": 1.5},
}


class Work:
    """Adds up the work done, in seconds, for a progress bar."""

    def __init__(self) -> None:
        self.advance: Advance = lambda amount: None

    def report_progress(self, stage: str, steps: int) -> None:
        """Count so many more steps of a stage as done."""
        self.advance(COSTS[stage] * steps)

    def expect(self, names: Sequence[str], clips: int, anchors: int) -> float:
        """Seconds of all the work: the generated clips, and so many anchors, half of them with intervals."""
        sources = [MEASURES[name].source for name in names]
        per_set = clips * (COSTS["yamnet"] + COSTS["pairs"] * sources.count("pairs"))
        per_set += clips * (COSTS["describe"] * ("engine" in sources) + COSTS["aisfx"] * ("aisfx" in sources))
        families = sources.count("two-sample")
        told = clips * (COSTS["two_sample"] * (families > 0) + COSTS["families"] * families)
        others = len(names) - families
        bounded = (1 + anchors / 2) * others * COSTS["intervals"] + anchors / 2 * others * COSTS["scores"]
        return (1 + anchors) * per_set + (1 + SPLITS * min(anchors, 1)) * told + bounded
