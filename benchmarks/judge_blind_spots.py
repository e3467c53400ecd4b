"""What each of the two networks hears and what it is deaf to: positions by KAD of changed real clips and of a model's.

Run: python -m benchmarks.judge_blind_spots [FOLDER] [--model pretrained] [--per-recording 4] [--json]

FOLDER holds one folder of equal clips per recording; its default is WAVEGAN_REAL_CLIPS, then ../shared/data/engines.
Half of the recordings are the reference. The sets are made of the others, or by the model, and brought to the peak of
training clips. 0 % is noise with the average spectrum of the other half, 100 % is that half as it is. Intervals hold
95 % of draws of whole recordings from both halves; each generated clip is a recording of its own. "Clips only" are so
few clips of different recordings of the other half over and over, as a collapsed generator gives: the mean over choices
of them, and 95 % of the choices. Takes some minutes.
"""

import argparse
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfiltfilt

import wavegan
from benchmarks.known_values import noisy, read
from wavegan_src.dsp.arrays import Clips
from wavegan_src.dsp.clips import loop, normalise, resample, rms
from wavegan_src.evaluation import anchors
from wavegan_src.evaluation.measures.bootstrap import Counts, drawer
from wavegan_src.evaluation.measures.embeddings import Embedder, embed_aisfx, embed_yamnet
from wavegan_src.evaluation.measures.kad import SCALE, KernelSums, bandwidth, discrepancy, kernels

SEED = 0
NOISE_DB, LOW_PASS_HZ, SPEED, FEW, TRUNCATION = 10.0, 4000.0, 1.12, 3, 0.5
JUDGES: dict[str, Embedder] = {"YAMNet": embed_yamnet, "aiSFX": embed_aisfx}
REAL, NOISE = "real (100 %)", "noise with the spectrum of real (0 %)"
ONLY_FEW = f"{FEW} real clips only, repeated"
REPLICATES = 400


@dataclass(frozen=True)
class MadeSet:
    """A set of clips, and what is drawn with replacement for its interval.

    Attributes:
        clips: (n, time).
        of_pool: whether clip i is made of clip i of the other half, whose recordings are then drawn; otherwise each
            clip is a recording of its own.
    """

    clips: Clips
    of_pool: bool = False


@dataclass(frozen=True)
class Position:
    """A set's KAD, and its position with the ends of its interval, as one judge hears them."""

    judge: str
    set: str
    clips: int
    kad: float
    position: float
    low: float
    high: float


def main() -> None:
    """Make the sets, and print a row for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    here = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "engines"
    parser.add_argument("folder", nargs="?", type=Path, default=Path(os.environ.get("WAVEGAN_REAL_CLIPS", here)))
    parser.add_argument("--model", default="pretrained", help="checkpoint; default the one that comes with the program")
    parser.add_argument("--per-recording", type=int, default=4, help="clips of each recording, at most")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    options = parser.parse_args()
    clips, rate, recordings = read(options.folder)
    chosen = some_of_each(recordings, options.per_recording)
    clips, recordings = leveled(clips[chosen]), recordings[chosen]
    half = anchors.split_by_recording(len(clips), list(recordings), np.random.default_rng(SEED))
    pool, pool_recordings = clips[half], recordings[half]
    sets = make_sets(pool, rate, wavegan.load(options.model))
    found = [
        position
        for judge, embed in JUDGES.items()
        for position in judged(judge, embed, sets, pool_recordings, clips[~half], recordings[~half], rate)
    ]
    if options.json:
        print(json.dumps([asdict(position) for position in found], indent=1))
    else:
        print_positions(found, len(set(pool_recordings)))


def some_of_each(recordings: NDArray[np.str_], most: int) -> NDArray[np.int64]:
    """Positions of at most `most` clips of each recording, evenly spread over it."""
    kept = []
    for recording in dict.fromkeys(recordings):
        every = np.flatnonzero(recordings == recording)
        kept.append(every[np.unique(np.linspace(0, len(every) - 1, min(most, len(every))).round().astype(np.int64))])
    return np.concatenate(kept).astype(np.int64)


def leveled(clips: NDArray[np.floating]) -> Clips:
    """Clips at the peak of training clips, as `evaluate` reads folders."""
    return np.stack([normalise(clip.astype(np.float32), "peak") for clip in clips])


def make_sets(pool: Clips, rate: int, model: wavegan.Model) -> dict[str, MadeSet]:
    """All sets by name: real clips as they are, changed, and few; noise; and what the model makes."""
    seeds = range(SEED, SEED + len(pool))
    more = range(SEED + len(pool), SEED + 2 * len(pool))
    return {
        **make_changed(pool, rate, np.random.default_rng(SEED)),
        "model": MadeSet(leveled(model.generate(seeds))),
        "model, other seeds": MadeSet(leveled(model.generate(more))),
        f"model, truncation {TRUNCATION:g}": MadeSet(leveled(model.generate(seeds, truncation=TRUNCATION))),
    }


def make_changed(pool: Clips, rate: int, rng: np.random.Generator) -> dict[str, MadeSet]:
    """Real clips by name: as they are, changed, and few; and noise with their spectrum."""
    low_pass = butter(8, LOW_PASS_HZ, fs=rate, output="sos")
    noise = anchors.shaped_noise(anchors.mean_power(pool), pool.shape[1], rms(pool), rng)
    return {
        REAL: MadeSet(pool, True),
        NOISE: MadeSet(leveled(noise)),
        f"real + noise at {NOISE_DB:g} dB": MadeSet(leveled(noisy(pool, NOISE_DB, rng)), True),
        f"real, low-passed at {LOW_PASS_HZ / 1000:g} kHz": MadeSet(leveled(sosfiltfilt(low_pass, pool)), True),
        f"real, {SPEED:g} times as fast": MadeSet(leveled(faster(pool, rate)), True),
        "real, phase-randomised": MadeSet(leveled(anchors.randomise_phases(pool, rng)), True),
        ONLY_FEW: MadeSet(pool, True),
    }


def faster(pool: Clips, rate: int) -> Clips:
    """Clips played faster, and repeated to their old length."""
    short = resample(pool, round(rate * SPEED), rate)
    return np.stack([loop(clip, pool.shape[1], round(0.05 * rate)) for clip in short])


def judged(
    judge: str,
    embed: Embedder,
    sets: dict[str, MadeSet],
    pool_recordings: NDArray[np.str_],
    reference: Clips,
    reference_recordings: NDArray[np.str_],
    rate: int,
) -> list[Position]:
    """KAD and position of each set by one judge; all sets share the draws of recordings."""
    known = embed(reference, rate).clip_means
    width = bandwidth(known)
    sums = {name: kernels(embed(made.clips, rate).clip_means, known, width) for name, made in sets.items()}
    draw_pool, draw_reference = drawer(list(pool_recordings)), drawer(list(reference_recordings))
    if draw_pool is None or draw_reference is None:
        raise SystemExit("There are too few recordings: each half needs two.")
    rng, few = np.random.default_rng(SEED), list(sets).index(ONLY_FEW)
    drawn = []
    for _ in range(REPLICATES):
        pool_counts, reference_counts = draw_pool(rng), draw_reference(rng)
        counts = {name: pool_counts if made.of_pool else _counts(made, rng) for name, made in sets.items()}
        repeated = repeat_few(sums[ONLY_FEW], pool_recordings, rng)
        drawn.append([_kad(sums[name], counts[name], reference_counts) for name in sets])
        drawn[-1][few] = _kad(repeated, None, reference_counts)
    distances = np.array([_kad(one, None, None) for one in sums.values()])
    distances[few] = np.mean(drawn, axis=0)[few]
    estimates, replicates = positions(distances), positions(np.array(drawn))
    shift = estimates - replicates.mean(axis=0)
    low, high = np.quantile(replicates, [0.025, 0.975], axis=0) + shift
    return [
        Position(judge, name, len(made.clips), *(float(values[index]) for values in (distances, estimates, low, high)))
        for index, (name, made) in enumerate(sets.items())
    ]


def positions(distances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Positions from KADs (..., sets), of which the first is that of real clips and the second that of noise."""
    real, noise = distances[..., :1], distances[..., 1:2]
    return np.asarray((distances - noise) / (real - noise))


def repeat_few(sums: KernelSums, recordings: NDArray[np.str_], rng: np.random.Generator) -> KernelSums:
    """A clip of each of a few recordings, repeated to as many as there were: each repetition counts as a clip."""
    chosen = [
        rng.choice(np.flatnonzero(recordings == recording))
        for recording in rng.permutation(np.unique(recordings))[:FEW]
    ]
    rows = np.resize(np.array(chosen), len(recordings))
    return KernelSums(sums.generated[np.ix_(rows, rows)], sums.reference, sums.between[rows])


def _counts(made: MadeSet, rng: np.random.Generator) -> Counts:
    draw = drawer(len(made.clips))
    assert draw is not None
    return draw(rng)


def _kad(sums: KernelSums, counts: Counts | None, reference_counts: Counts | None) -> float:
    return SCALE * discrepancy(sums, counts, reference_counts)


def print_positions(found: Sequence[Position], recordings: int) -> None:
    """A Markdown table: a row for each set, two columns for each judge."""
    print(f"{recordings} recordings on either side\n")
    print(f"| set | clips | {' | '.join(f'{judge}: KAD | position' for judge in JUDGES)} |")
    print(f"|---|---:|{'---:|---:|' * len(JUDGES)}")
    for name in dict.fromkeys(one.set for one in found):
        row = [one for one in found if one.set == name]
        print(f"| {name} | {row[0].clips} | {' | '.join(map(_cells, row))} |")


def _cells(one: Position) -> str:
    return f"{one.kad:.3g} | {one.position:.0%} ({one.low:.0%} to {one.high:.0%})"


if __name__ == "__main__":
    main()
