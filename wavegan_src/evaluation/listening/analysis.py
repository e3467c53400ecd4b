"""What the answers say: mean scores with intervals, listeners left out, and how often X was recognised."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest

from wavegan_src.dsp.arrays import Floats
from wavegan_src.evaluation.listening.answers import Collected, Rating
from wavegan_src.evaluation.listening.design import REFERENCE

# ITU-R BS.1534-3, section 4.1.2: a listener who rates the hidden reference below 90 in more than 15 % of the trials.
LOWEST_REFERENCE = 90
MOST_MISSED = 0.15
CONFIDENCE = 0.95
REPLICATES = 5000
FEWEST_LISTENERS = 3  # with fewer, only trials are resampled: the interval then says nothing about other listeners


@dataclass(frozen=True)
class Excluded:
    """A listener whose scores are left out: in `missed` of `trials` the hidden reference was below 90."""

    listener: str
    missed: int
    trials: int


@dataclass(frozen=True)
class ConditionScore:
    """The mean score of a condition, 0 to 100, with a 95 % interval, and each listener's own mean."""

    condition: str
    mean: float
    low: float
    high: float
    scores: int
    by_listener: dict[str, float]


@dataclass(frozen=True)
class AbxScore:
    """How often X was recognised: the share with a 95 % interval (Wilson), and p of guessing this well or better."""

    system: str
    right: int
    answers: int
    low: float
    high: float
    p: float


@dataclass(frozen=True)
class Analysis:
    """The result of a test.

    Attributes:
        title: of the test.
        listeners: those who count.
        excluded: those who do not.
        conditions: in the order of the test; empty if nothing was rated.
        abx: by set; of all listeners.
        over_listeners: whether the intervals are over listeners and trials, or over trials only.
    """

    title: str
    listeners: tuple[str, ...]
    excluded: tuple[Excluded, ...]
    conditions: tuple[ConditionScore, ...]
    abx: tuple[AbxScore, ...]
    over_listeners: bool


def analyse(collected: Collected, seed: int = 0) -> Analysis:
    """Means with intervals, after listeners are left out by the usual rule.

    If the rule leaves nobody, nobody is scored: `conditions` is empty.
    """
    excluded = tuple(found for name in collected.listeners if (found := _excluded(name, collected.ratings)))
    out = {found.listener for found in excluded}
    kept = [name for name in collected.listeners if name not in out]
    ratings = [rating for rating in collected.ratings if rating.listener not in out]
    conditions = [
        _score(condition, own, seed)
        for condition in collected.conditions
        if (own := [rating for rating in ratings if rating.condition == condition])
    ]
    raters = {rating.listener for rating in ratings}
    return Analysis(
        collected.title,
        tuple(kept),
        excluded,
        tuple(conditions),
        _abx(collected),
        len(raters) >= FEWEST_LISTENERS,
    )


def _excluded(listener: str, ratings: Sequence[Rating]) -> Excluded | None:
    own = [rating.score for rating in ratings if rating.listener == listener and rating.condition == REFERENCE]
    missed = sum(score < LOWEST_REFERENCE for score in own)
    return Excluded(listener, missed, len(own)) if missed > MOST_MISSED * len(own) else None


def _score(condition: str, ratings: Sequence[Rating], seed: int) -> ConditionScore:
    table = score_table(ratings)
    low, high = bootstrap(table, seed)
    names = list(dict.fromkeys(rating.listener for rating in ratings))
    means = np.nanmean(table, axis=1)
    return ConditionScore(
        condition,
        float(np.nanmean(table)),
        low,
        high,
        len(ratings),
        {name: float(mean) for name, mean in zip(names, means, strict=True)},
    )


def score_table(ratings: Sequence[Rating]) -> Floats:
    """Scores as (listeners, trials); NaN where a listener did not rate a trial."""
    listeners = list(dict.fromkeys(rating.listener for rating in ratings))
    trials = sorted({rating.trial for rating in ratings})
    table = np.full((len(listeners), len(trials)), np.nan)
    for rating in ratings:
        table[listeners.index(rating.listener), trials.index(rating.trial)] = rating.score
    return table


def bootstrap(table: Floats, seed: int) -> tuple[float, float]:
    """A 95 % interval of the mean of (listeners, trials): both are resampled, or trials only if listeners are few.

    Both, because another test would have other listeners and other clips (Owen 2007, "The pigeonhole bootstrap").
    """
    rng = np.random.default_rng(seed)
    listeners, trials = table.shape
    columns = rng.multinomial(trials, np.full(trials, 1 / trials), size=REPLICATES)
    rows = np.ones((REPLICATES, listeners), dtype=np.int64)
    if listeners >= FEWEST_LISTENERS:
        rows = rng.multinomial(listeners, np.full(listeners, 1 / listeners), size=REPLICATES)
    known = ~np.isnan(table)
    sums = np.einsum("rl,lt,rt->r", rows, np.where(known, table, 0.0), columns, optimize=True)
    counts = np.einsum("rl,lt,rt->r", rows, known.astype(float), columns, optimize=True)
    means = np.divide(sums, counts, out=np.full(REPLICATES, np.nan), where=counts > 0)
    tail = 50 * (1 - CONFIDENCE)
    low, high = np.nanpercentile(means, [tail, 100 - tail])
    return float(low), float(high)


def _abx(collected: Collected) -> tuple[AbxScore, ...]:
    found = []
    for system in dict.fromkeys(choice.system for choice in collected.choices):
        own = [choice.right for choice in collected.choices if choice.system == system]
        test = binomtest(sum(own), len(own), 0.5, alternative="greater")
        interval = binomtest(sum(own), len(own)).proportion_ci(CONFIDENCE, method="wilson")
        found.append(
            AbxScore(system, sum(own), len(own), float(interval.low), float(interval.high), float(test.pvalue))
        )
    return tuple(found)
