"""What listeners hear: rating trials in the manner of MUSHRA (ITU-R BS.1534-3), and ABX trials. Drawn by a seed.

There is no original of a generated clip, so a rating trial asks how much each sound is like a recording of a real
engine, with a real clip as the example. This very clip is hidden among the sounds to be rated, with a low-passed copy,
shaped noise, and a clip of each set. In an ABX trial A and B come from real and generated clips and X is *another*
clip of one of the two: it asks whether one hears which kind of sound X is, not whether two files are the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from wavegan_src.dsp.arrays import F32
from wavegan_src.evaluation.inputs.sets import ClipList
from wavegan_src.evaluation.listening.stimuli import low_passed, match_loudness, noise_like
from wavegan_src.utils.errors import UserError

REFERENCE, LOW_PASS, NOISE = "hidden reference", "3.5 kHz low-pass", "shaped noise"
CONTROLS = (REFERENCE, LOW_PASS, NOISE)
ABX_CLIPS = 2  # of each kind in a trial, at most: A or B, and X


@dataclass(frozen=True)
class Stimulus:
    """A sound of the test.

    Attributes:
        key: its name in the page, which gives nothing away.
        condition: a control, or the name of the set that it is from.
        clip: the name of the clip.
    """

    key: str
    condition: str
    clip: str


@dataclass(frozen=True)
class RatingTrial:
    """Sounds to be rated, and the example of a real engine that is heard beside them."""

    reference: Stimulus
    stimuli: tuple[Stimulus, ...]


@dataclass(frozen=True)
class AbxTrial:
    """Two sounds, and a third that is of the kind of one of them; `answer` is "A" or "B"."""

    system: str
    a: Stimulus
    b: Stimulus
    x: Stimulus
    answer: str


@dataclass(frozen=True)
class Design:
    """A whole test.

    Attributes:
        conditions: what is rated: the controls, then the sets.
        ratings: the rating trials.
        abx: the ABX trials.
        clips: the sound of each stimulus by key, (time,), at one loudness.
        rate: samples per second.
    """

    conditions: tuple[str, ...]
    ratings: tuple[RatingTrial, ...]
    abx: tuple[AbxTrial, ...]
    clips: dict[str, F32]
    rate: int


def make_design(
    real: ClipList, systems: dict[str, ClipList], rate: int, *, trials: int, abx_trials: int, seed: int
) -> Design:
    """Draw the trials and make their sounds; equal arguments give equal tests.

    Args:
        real: real clips, (clips, time).
        systems: generated clips by the name of their set.
        rate: samples per second.
        trials: rating trials.
        abx_trials: ABX trials for each set.
        seed: of all that is drawn.

    Raises:
        UserError: there are too few clips, or a clip is too quiet.
    """
    rng = np.random.default_rng([seed, trials, abx_trials])
    _check(real, systems, trials, abx_trials)
    bench = _Bench(rng)
    ratings = _rating_trials(bench, real, systems, rate, trials)
    abx = [trial for name, clips in systems.items() for trial in _abx_trials(bench, name, real, clips, abx_trials)]
    matched = match_loudness(np.stack(bench.sounds), rate)
    keys = [stimulus.key for stimulus in bench.stimuli]
    order = rng.permutation(len(abx))
    return Design(
        (*CONTROLS, *systems),
        tuple(ratings),
        tuple(abx[index] for index in order),
        dict(zip(keys, matched, strict=True)),
        rate,
    )


class _Bench:
    """Collects the sounds of a test under names that say nothing."""

    def __init__(self, rng: np.random.Generator):
        self.rng = rng
        self.stimuli: list[Stimulus] = []
        self.sounds: list[F32] = []
        self._used: set[str] = set()

    def add(self, condition: str, clip: str, samples: F32) -> Stimulus:
        """Put a sound on the bench."""
        key = self.rng.bytes(4).hex()
        while key in self._used:
            key = self.rng.bytes(4).hex()
        self._used.add(key)
        stimulus = Stimulus(key, condition, clip)
        self.stimuli.append(stimulus)
        self.sounds.append(samples)
        return stimulus


def _rating_trials(
    bench: _Bench, real: ClipList, systems: dict[str, ClipList], rate: int, trials: int
) -> list[RatingTrial]:
    if trials == 0:
        return []
    examples = _draw(bench.rng, len(real), trials)
    drawn = {name: _draw(bench.rng, len(clips), trials) for name, clips in systems.items()}
    chosen = real.clips[examples]
    filtered, noise = low_passed(chosen, rate), noise_like(chosen, trials, bench.rng)
    made = []
    for trial, example in enumerate(examples):
        name, sound = real.names[example], real.clips[example]
        rated = [
            bench.add(REFERENCE, name, sound),
            bench.add(LOW_PASS, name, filtered[trial]),
            bench.add(NOISE, f"noise {trial + 1}", noise[trial]),
        ]
        for system, clips in systems.items():
            index = drawn[system][trial]
            rated.append(bench.add(system, clips.names[index], clips.clips[index]))
        order = bench.rng.permutation(len(rated))
        made.append(RatingTrial(bench.add("example", name, sound), tuple(rated[index] for index in order)))
    return made


def _abx_trials(bench: _Bench, system: str, real: ClipList, generated: ClipList, trials: int) -> list[AbxTrial]:
    made = []
    for right in bench.rng.permutation(np.arange(trials) % 2):  # A is right as often as B
        pairs = {
            name: [
                bench.add(name, clips.names[index], clips.clips[index])
                for index in bench.rng.permutation(len(clips))[:ABX_CLIPS]
            ]
            for name, clips in ((REFERENCE, real), (system, generated))
        }
        first = (REFERENCE, system) if bench.rng.random() < 0.5 else (system, REFERENCE)
        x = pairs[first[right]][1]
        made.append(AbxTrial(system, pairs[first[0]][0], pairs[first[1]][0], x, "AB"[right]))
    return made


def _draw(rng: np.random.Generator, total: int, count: int) -> Sequence[int]:
    """`count` positions of `total`, none twice before all were drawn once."""
    rounds = -(-count // total)
    drawn = np.concatenate([rng.permutation(total) for _ in range(rounds)])[:count]
    return [int(index) for index in drawn]


def _check(real: ClipList, systems: dict[str, ClipList], trials: int, abx_trials: int) -> None:
    if trials == 0 and abx_trials == 0:
        raise UserError("A test without trials asks nothing: give --trials or --abx a number above 0.")
    for name, clips in (("the real clips", real), *systems.items()):
        if len(clips) < ABX_CLIPS:
            raise UserError(f"{name}: a listening test needs {ABX_CLIPS} clips or more of each set.")
