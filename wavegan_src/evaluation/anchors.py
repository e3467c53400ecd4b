"""Sets of clips that every score is compared with: real sound, and four kinds of sound that is no engine.

An anchor takes the place of the generated clips, in equal number, against the same reference. Everything is seeded.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wavegan_src.dsp.arrays import Clips, Floats, Indices
from wavegan_src.dsp.clips import rms
from wavegan_src.dsp.mel import log_mel_profile
from wavegan_src.evaluation.measures.density import nearest
from wavegan_src.utils.errors import UserError

MIN_RECORDINGS = 2


@dataclass(frozen=True)
class AnchorSets:
    """The anchors' clips by name (`result.ANCHORS`), and the reference that they are scored against.

    Attributes:
        clips: each (count, time).
        reference: (m, time). Without training clips it is the half of the given reference that the anchors leave.
        note: how real sound was split, for the report.
        of_training: for the anchors made of real clips, which training clip each of theirs is or is made of.
    """

    clips: dict[str, Clips]
    reference: Clips
    note: str
    of_training: dict[str, Indices]


def make_anchors(
    reference: Clips,
    rate: int,
    count: int,
    *,
    seed: int,
    training: Clips | None = None,
    recordings: Sequence[Hashable] | None = None,
) -> AnchorSets:
    """Make the five anchors.

    * real: clips of the training recordings, scored against the held-out reference.
    * nearest_real: for each reference clip the training clip nearest to it: what copying well could reach.
    * phase_randomised: the clips of `real`, each with its own spectrum but random phases: its tone without its rhythm.
    * shaped_noise: Gaussian noise with the average spectrum of `real`, at the levels of its clips.
    * white_noise: white Gaussian noise at the levels of those clips.

    Args:
        reference: usable held-out clips, (m, time).
        rate: samples per second.
        count: clips in each anchor; fewer where there are fewer real clips.
        seed: equal seeds give equal anchors.
        training: usable training clips, (t, time). Without any the reference is split in two.
        recordings: the recording of each reference clip, so that the split does not cut one in two.

    Raises:
        UserError: fewer than two clips (or recordings) to split.
    """
    rng = np.random.default_rng(seed)
    if training is None:
        part = split_by_recording(len(reference), recordings, rng)
        training, reference = reference[part], reference[~part]
        note = "real: one half of the reference against the other" + (
            "" if recordings is None else ", split by recording"
        )
    else:
        note = "real: training recordings against held-out recordings"
    chosen = choose(len(training), count, rng)
    real = training[chosen]
    levels = rms(real)
    nearest_real = nearest_clips(reference, training, rate, count, rng)
    sets = {
        "real": real,
        "nearest_real": training[nearest_real],
        "phase_randomised": randomise_phases(real, rng),
        "shaped_noise": shaped_noise(mean_power(real), real.shape[1], levels, rng),
        "white_noise": white_noise(real.shape[1], levels, rng),
    }
    of_training = {"real": chosen, "nearest_real": nearest_real, "phase_randomised": chosen}
    return AnchorSets(sets, reference, note, of_training)


def split_by_recording(
    clips: int, recordings: Sequence[Hashable] | None, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Mark half of the clips, (clips,), keeping the clips of a recording together if recordings are given.

    Raises:
        UserError: fewer than two clips, or all from one recording.
    """
    labels = list(range(clips)) if recordings is None else list(recordings)
    known = list(dict.fromkeys(labels))
    if len(known) < MIN_RECORDINGS:
        raise UserError(
            "The real clips come from a single recording, so real sound cannot be compared with real sound: "
            "give clips from two recordings or more."
        )
    chosen = {known[index] for index in rng.permutation(len(known))[: len(known) // 2]}
    return np.array([label in chosen for label in labels])


def choose(total: int, count: int, rng: np.random.Generator) -> Indices:
    """At most `count` different positions of `total`, in random order."""
    return rng.permutation(total)[:count].astype(np.int64)


def nearest_clips(reference: Clips, training: Clips, rate: int, count: int, rng: np.random.Generator) -> Indices:
    """The training clips nearest by log-mel profile to `count` reference clips, drawn at random; repeats may occur."""
    asked = reference[choose(len(reference), count, rng)]
    return nearest(log_mel_profile(asked, rate), log_mel_profile(training, rate)).indices


def randomise_phases(clips: Clips, rng: np.random.Generator) -> Clips:
    """Each clip with its own magnitudes over its whole length and uniformly random phases: (clips, time)."""
    spectra = np.fft.rfft(clips, axis=1)
    turns = np.exp(2j * np.pi * rng.random(spectra.shape))
    turns[:, 0] = 1.0
    if clips.shape[1] % 2 == 0:
        turns[:, -1] = 1.0  # must stay real, as the constant part
    return np.fft.irfft(spectra * turns, clips.shape[1], axis=1).astype(np.float32)


def mean_power(clips: Clips) -> Floats:
    """The average power spectrum of clips, each at unit level: (time // 2 + 1,)."""
    return np.asarray(np.mean([np.abs(np.fft.rfft(clip / rms(clip))) ** 2 for clip in clips], axis=0))


def shaped_noise(power: Floats, time: int, levels: Floats, rng: np.random.Generator) -> Clips:
    """Gaussian noise with the power spectrum `power`, (time // 2 + 1,), at the given RMS levels: (levels, time)."""
    white = rng.standard_normal((len(levels), time))
    noise = np.fft.irfft(np.fft.rfft(white, axis=1) * np.sqrt(power), time, axis=1)
    return at_levels(noise, levels)


def white_noise(time: int, levels: Floats, rng: np.random.Generator) -> Clips:
    """White Gaussian noise at the given RMS levels: (levels, time)."""
    return at_levels(rng.standard_normal((len(levels), time)), levels)


def at_levels(clips: NDArray[np.floating], levels: Floats) -> Clips:
    """Clips scaled to RMS levels, one each."""
    return (clips * (levels / rms(clips))[:, None]).astype(np.float32)
