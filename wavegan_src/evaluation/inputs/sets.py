"""What is compared with what: generated clips, real clips that training never saw, and those that it did."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from wavegan_src.dsp.arrays import Clips, Indices
from wavegan_src.evaluation.anchors import choose, split_by_recording
from wavegan_src.evaluation.inputs.screening import count_shared, screen
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.format import format_counts


@dataclass(frozen=True)
class ClipList:
    """A set of clips for people: where each comes from.

    Attributes:
        title: the set in words, such as "generated_clips".
        clips: (clips, time), float32.
        names: of each clip.
        recordings: the recording that each clip was cut from; its own name where that is not known.
    """

    title: str
    clips: Clips
    names: Sequence[str]
    recordings: Sequence[str]

    def __len__(self) -> int:
        return len(self.clips)

    def take(self, indices: Indices, title: str | None = None) -> "ClipList":
        """Those clips, in that order."""
        return ClipList(
            self.title if title is None else title,
            self.clips[indices],
            [self.names[index] for index in indices],
            [self.recordings[index] for index in indices],
        )


@dataclass(frozen=True)
class Sets:
    """What one evaluation compares.

    Attributes:
        title: what is evaluated.
        generated: the clips to evaluate.
        reference: real clips that training never saw.
        training: real clips that training saw; None where nobody knows: then the reference is split by recording.
        rate: samples per second, of all.
        lost: generated clips that could not even be read as clips, by reason.
        notices: what a reader must know first.
    """

    title: str
    generated: ClipList
    reference: ClipList
    training: ClipList | None
    rate: int
    lost: Mapping[str, int] = field(default_factory=dict)
    notices: Sequence[str] = ()


FEWEST = 2
FEW_RECORDINGS = 10  # intervals over fewer recordings are rough
MANY_ENOUGH = 50  # clips below which intervals are wide and Fréchet distances strongly biased


@dataclass(frozen=True)
class Balanced:
    """Sets ready to measure.

    Attributes:
        generated, reference: equally many clips, or fewer of the reference where there are no more.
        pool: real clips, none of them in `reference`, that the anchors are made of.
        held_out: all usable real clips that are not training clips.
        training: usable training clips, or None.
        rate: samples per second.
        lost: generated clips that cannot be measured, by reason.
        notices: sentences for the report.
    """

    generated: ClipList
    reference: ClipList
    pool: ClipList
    held_out: ClipList
    training: ClipList | None
    rate: int
    lost: Mapping[str, int]
    notices: Sequence[str]


def balance(sets: Sets, count: int, seed: int) -> Balanced:
    """Leave out what cannot be measured, split real clips where it is due, and draw equal numbers as far as they go.

    Raises:
        UserError: fewer than two usable clips on a side.
    """
    if count < FEWEST:
        raise UserError(f"--count {count}: give at least {FEWEST} clips.")
    notices = list(sets.notices)
    rng = np.random.default_rng(seed)
    generated, lost = _usable(sets.generated, sets.rate, "generated")
    held_out, silent = _usable(sets.reference, sets.rate, "real")
    training = None
    if sets.training is not None:
        training, more = _usable(sets.training, sets.rate, "training")
        silent += more
    lost = Counter(sets.lost) + lost
    if lost:
        notices.append(f"Generated clips that cannot be measured: {format_counts(lost)}.")
    if silent:
        notices.append(f"Real clips that cannot be measured: {format_counts(silent)}.")
    notices += _shared(generated, held_out, training)
    if training is None:
        reference, pool, notice = _split(held_out, rng)
        notices.append(notice)
    else:
        reference, pool = held_out, training
    size = min(count, len(generated))
    fewest = min(len(reference), len(pool))
    if fewest < FEWEST:
        raise UserError(
            f"Too few real clips: {len(reference)} to compare with and {len(pool)} to make anchors of. "
            "Give recordings with more sound: at least 2 clips on both sides, better 50."
        )
    notices += _bounds(count, size, len(reference), len(pool))
    if (few := min(size, fewest)) < MANY_ENOUGH:
        notices.append(f"{few} clips are few: intervals are wide, and FAD is biased upwards. KAD is not.")
    drawn = generated.take(np.sort(choose(len(generated), size, rng)))
    compared = reference.take(np.sort(choose(len(reference), min(size, len(reference)), rng)))
    taken = len(compared)
    if (recordings := len(set(compared.recordings))) < min(FEW_RECORDINGS, taken):
        notices.append(
            f"Intervals are over recordings, and rough: the {taken} reference clips come from {recordings}."
            if recordings > 1
            else f"The {taken} reference clips come from one recording: intervals are over clips, and too narrow."
        )
    return Balanced(
        drawn,
        compared,
        pool,
        held_out,
        training,
        sets.rate,
        lost,
        notices,
    )


def _bounds(count: int, size: int, reference: int, pool: int) -> list[str]:
    """Tell which sets are smaller than was asked for, and why."""
    notices = []
    if size < count:
        notices.append(f"{size} generated clips instead of {count}: there are no more.")
    if reference < size:
        notices.append(f"{reference} reference clips beside {size} generated ones: no more real clips are held out.")
    if pool < size:
        notices.append(
            f"{pool} real clips make the anchors: there are no more. Measures that depend on the number of clips (FAD, "
            f"coverage) take {pool} of the {size} generated ones."
        )
    return notices


def _usable(given: ClipList, rate: int, kind: str) -> tuple[ClipList, Counter[str]]:
    screened = screen(given.clips, rate, kind)
    if len(screened.indices) < FEWEST:
        why = f" ({format_counts(Counter(screened.failures))})" if screened.failures else ""
        raise UserError(
            f"{given.title}: {len(screened.indices)} of {len(given)} clips can be measured{why}. "
            f"Give at least {FEWEST} {kind} clips with sound in them, better {MANY_ENOUGH}."
        )
    lost = Counter(screened.failures)
    return (given.take(screened.indices) if lost else given), lost


def _shared(generated: ClipList, held_out: ClipList, training: ClipList | None) -> list[str]:
    """Tell where generated clips are real ones."""
    notices = []
    for kind, real in (("reference", held_out), ("training", training)):
        if real is not None and (shared := count_shared(generated.clips, real.clips)):
            notices.append(f"{shared} of {len(generated)} generated clips are, sample for sample, {kind} clips.")
    return notices


def _split(real: ClipList, rng: np.random.Generator) -> tuple[ClipList, ClipList, str]:
    """One half to compare with, one half to make the anchors of."""
    recordings = len(set(real.recordings))
    half = split_by_recording(len(real), real.recordings if recordings > 1 else None, rng)
    reference, pool = real.take(np.flatnonzero(~half)), real.take(np.flatnonzero(half))
    if recordings == 1:
        notice = (
            "All real clips come from one recording: half of its clips are the reference and the others stand for "
            "training clips, so that the anchor of real sound is too good."
        )
    else:
        notice = (
            f"No training clips are given, so the {recordings} real recordings are split: {len(reference)} clips are "
            f"the reference, and {len(pool)} of other recordings stand for training clips."
        )
    return reference, pool, notice
