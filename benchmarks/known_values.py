"""Measure the figures quoted in docs/evaluation.md, on a folder of real recordings.

Run: python -m benchmarks.known_values [FOLDER] [--clips 60] [--only anchors]

FOLDER holds one folder of equal clips per recording; its default is WAVEGAN_REAL_CLIPS, then ../shared/data/engines.
Prints Markdown tables. Takes some minutes.
"""

import argparse
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from wavegan_src.data.synth.engines import CLASSES, STATES
from wavegan_src.data.synth.labels import EngineLabels
from wavegan_src.data.synth.render import render
from wavegan_src.dsp import engine_features as engine
from wavegan_src.dsp.arrays import Clips, Floats
from wavegan_src.dsp.clips import resample, rms
from wavegan_src.dsp.firing import RATE, Firing, find_firing
from wavegan_src.dsp.rhythm import find_rhythm
from wavegan_src.evaluation import anchors
from wavegan_src.evaluation.measures import density as manifold
from wavegan_src.evaluation.measures import engine as engine_distances
from wavegan_src.evaluation.measures import fad as frechet
from wavegan_src.evaluation.measures import kad as kernel_distance
from wavegan_src.evaluation.measures import pairing as paired
from wavegan_src.evaluation.measures import stoi_pesq_mcd as pairs
from wavegan_src.evaluation.measures.embeddings import Embeddings, embed_yamnet, engine_tag_rate
from wavegan_src.evaluation.measures.pairing import AlignedPair
from wavegan_src.utils.parallel import map_items

SEED = 0
TABLES = ("pairs", "utterances", "yamnet", "rates", "anchors", "copies")
WITHIN, FASTER, FASTER_WITHIN = 0.03, 1.12, 0.01
Recordings = NDArray[np.str_]


def main() -> None:
    """Read the clips and print all tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    here = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "engines"
    parser.add_argument("folder", nargs="?", type=Path, default=Path(os.environ.get("WAVEGAN_REAL_CLIPS", here)))
    parser.add_argument("--clips", type=int, default=60, help="references in the table of pairs")
    parser.add_argument("--only", choices=TABLES, help="print these tables alone")
    options = parser.parse_args()
    clips, rate, recordings = read(options.folder)
    print(f"{len(clips)} clips of {clips.shape[1] / rate:g} s from {len(set(recordings))} recordings, {rate} Hz\n")
    tables: dict[str, Callable[[], None]] = {
        "pairs": lambda: print_pairs(clips, rate, recordings, options.clips),
        "utterances": lambda: print_utterances(clips, rate),
        "yamnet": lambda: print_yamnet(clips, rate, recordings),
        "rates": lambda: print_rates(clips, rate, recordings),
        "anchors": lambda: print_anchors(clips, rate, recordings),
        "copies": lambda: print_copies(clips, rate, recordings),
    }
    for name in [options.only] if options.only else tables:
        tables[name]()


def read(folder: Path) -> tuple[Clips, int, Recordings]:
    """All clips of a folder of recordings' folders."""
    files = sorted(folder.glob("*/*.flac")) + sorted(folder.glob("*/*.wav"))
    if not files:
        raise SystemExit(f"{folder} contains no folders of clips: give another folder, or set WAVEGAN_REAL_CLIPS.")
    loaded = [soundfile.read(file, dtype="float32") for file in files]
    return np.stack([clip for clip, _ in loaded]), int(loaded[0][1]), np.array([file.parent.name for file in files])


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a Markdown table."""
    print(f"{title}\n\n| {' | '.join(head)} |\n|{'---|' * len(head)}")
    for row in rows:
        print("| " + " | ".join(f"{cell:.3g}" if isinstance(cell, float) else str(cell) for cell in row) + " |")
    print(flush=True)


def noisy(clips: Clips, decibels: float, rng: np.random.Generator) -> Clips:
    """Clips with white noise at a signal-to-noise ratio in dB."""
    return clips + anchors.white_noise(clips.shape[1], rms(clips) * 10 ** (-decibels / 20), rng)


def print_pairs(clips: Clips, rate: int, recordings: Recordings, count: int) -> None:
    """STOI, PESQ and MCD of known kinds of pairs, not aligned unless stated."""
    rng = np.random.default_rng(SEED)
    chosen = rng.permutation(len(clips))[:count]
    references = clips[chosen]
    same = [rng.choice(np.flatnonzero((recordings == recordings[i]) & (np.arange(len(clips)) != i))) for i in chosen]
    other = [rng.choice(np.flatnonzero(recordings != recordings[i])) for i in chosen]
    kinds: dict[str, Clips] = {
        "identical": references,
        "+ noise at 10 dB": noisy(references, 10, rng),
        "shifted by 500 samples": np.roll(references, 500, axis=1),
        "same engine, another two seconds": clips[same],
        "another engine": clips[other],
        "white noise": anchors.white_noise(clips.shape[1], rms(references), rng),
    }
    rows = []
    for kind, ours in kinds.items():
        laid = [AlignedPair(g, r, 0) for g, r in zip(ours, references, strict=True)]
        rows.append([kind, *score_pairs(laid, rate, count)])
    for kind in ("same engine, another two seconds", "another engine", "white noise"):
        laid = [paired.align(g, r, rate) for g, r in zip(kinds[kind], references, strict=True)]
        rows.append([f"{kind}, aligned", *score_pairs(laid, rate, count)])
    names = list(pairs.PAIR_MEASURES)
    table(f"Pairs: means over {count} references", ["pair", *names], rows)
    best = {}
    for kind in ("another engine", "white noise"):
        jobs = [(AlignedPair(g, r, 0), rate) for g in kinds[kind][:12] for r in references]
        scores = np.array([s if isinstance(s, float) else -1.0 for s in map_items(pairs.stoi_of_pair, jobs)])
        best[kind] = float(scores.reshape(12, -1).max(axis=1).mean())
    table(f"Best STOI of {count} references", list(best), [list(best.values())])


def score_pairs(laid: list[AlignedPair], rate: int, count: int) -> list[object]:
    """The mean of each pair measure, with the number of failures if there are any."""
    taken = pairs.measure_pairs(laid, rate, count)
    return [
        "–" if one.value is None else f"{one.value:.2f}" + (f" ({one.failed} failed)" if one.failed else "")
        for one in taken.values()
    ]


def print_utterances(clips: Clips, rate: int) -> None:
    """How often PESQ refuses to compare a clip with itself, by the length of silence added at both ends."""
    if (missing := pairs.why_missing("pesq")) is not None:
        print(missing)
        return
    chosen = clips[np.random.default_rng(SEED).permutation(len(clips))[:150]]
    jobs = [(resample(clip, rate, pairs.PESQ_RATE), seconds) for seconds in (0.0, 0.25, 0.75) for clip in chosen]
    refused = np.array(map_items(is_refused, jobs)).reshape(3, -1).mean(axis=1)
    head = ["no padding", "0.25 s", "0.75 s"]
    table(f"PESQ without utterances, share of {len(chosen)} clips", head, [[f"{share:.1%}" for share in refused]])


def is_refused(job: tuple[NDArray[np.float32], float]) -> bool:
    """Whether PESQ finds no utterances when it compares a padded clip with itself."""
    import pesq  # noqa: PLC0415 - optional

    padded = np.pad(job[0], round(job[1] * pairs.PESQ_RATE))
    try:
        pesq.pesq(pairs.PESQ_RATE, padded, padded, "wb")
    except pesq.NoUtterancesError:
        return True
    return False


def print_yamnet(clips: Clips, rate: int, recordings: Recordings) -> None:
    """Fréchet and kernel distances of modified sets, and the bias by sample size."""
    rng = np.random.default_rng(SEED)
    every = embed_yamnet(clips, rate)
    odd = np.arange(len(clips)) % 2 == 1
    half = anchors.split_by_recording(len(clips), list(recordings), rng)
    few = np.isin(recordings, rng.permutation(np.unique(recordings))[:3])
    low_pass = butter(8, 2000, fs=rate, output="sos")
    t = np.arange(clips.shape[1]) / rate
    sines = 0.3 * np.sin(2 * np.pi * rng.uniform(50, 2000, int(odd.sum()))[:, None] * t)
    level = rms(clips[odd])

    def embedded(changed: NDArray[np.floating]) -> Embeddings:
        return embed_yamnet(changed.astype(np.float32), rate)

    def of(mask: NDArray[np.bool_]) -> Embeddings:
        return every.take(np.flatnonzero(mask))

    sets = {
        "same recordings, other seconds": (of(odd), of(~odd)),
        "other recordings (half of them)": (of(half), of(~half)),
        "three other recordings": (of(few), of(~few)),
        "same clips + noise at 10 dB": (embedded(noisy(clips[odd], 10, rng)), of(odd)),
        "same clips, low-passed at 2 kHz": (embedded(sosfilt(low_pass, clips[odd], axis=1)), of(odd)),
        "one clip repeated": (every.take(np.full(int(odd.sum()), 17)), of(odd)),
        "white noise": (embedded(anchors.white_noise(clips.shape[1], level, rng)), of(odd)),
        "sines": (embedded(sines), of(odd)),
    }
    rows = [
        [name, frechet.fad(x, y).value, kernel_distance.kad(x, y).value, len(x), len(y)]
        for name, (x, y) in sets.items()
    ]
    table("YAMNet distances", ["set", "FAD", "KAD", "clips", "reference"], rows)
    print_bias(every, rng)


def print_bias(every: Embeddings, rng: np.random.Generator) -> None:
    """Real against real clips for several numbers of clips: mean of four draws, with their spread in brackets."""
    measures: dict[str, Callable[[Embeddings, Embeddings], float | None]] = {
        "FAD": lambda x, y: frechet.fad(x, y).value,
        "FAD∞": lambda x, y: frechet.fad_infinity(x, y, SEED).value,
        "KAD": lambda x, y: kernel_distance.kad(x, y).value,
    }
    rows = []
    for count in (25, 50, 100, 200):
        drawn = [rng.permutation(len(every))[: 2 * count] for _ in range(4)]
        scores = [[f(every.take(d[:count]), every.take(d[count:])) or 0.0 for f in measures.values()] for d in drawn]
        cells = zip(np.mean(scores, axis=0), np.std(scores, axis=0), strict=True)
        rows.append([count, *(f"{mean:.2f} ({spread:.2f})" for mean, spread in cells)])
    table("Real against real", ["clips", *measures], rows)


def print_rates(clips: Clips, rate: int, recordings: Recordings, seeds: int = 4) -> None:
    """The firing rate along the tracked speed, and the best constant one: how often right, and how consistent."""
    made = {
        name: [[render(name, state, 880_000 + seed) for seed in range(seeds)] for state in STATES] for name in CLASSES
    }
    finders: dict[str, Callable[[Floats], Firing | None]] = {
        "along the tracked speed": lambda clip: getattr(find_rhythm(clip), "firing", None),
        "constant": find_firing,
    }
    rows = []
    for title, find in finders.items():
        rows += [[title, name, *(_share_right(find, of_state) for of_state in made[name])] for name in CLASSES]
        rows.append([title, "real clips", *consistency(find, clips, rate, recordings)])
    table("Firing rates within 3 %", ["rate", "clips", *STATES], rows)


def _share_right(find: Callable[[Floats], Firing | None], made: Sequence[tuple[Clips, EngineLabels]]) -> str:
    true = [np.mean(of.rpm_curve) * of.cylinders / (30 * of.strokes) for _, of in made]
    errors = [_rate(find, clip) / label - 1 for (clip, _), label in zip(made, true, strict=True)]
    return f"{np.mean(np.abs(errors) <= WITHIN):.0%}"


def _rate(find: Callable[[Floats], Firing | None], clip: NDArray[np.floating]) -> float:
    firing = find(clip.astype(np.float64) - clip.mean(dtype=np.float64))
    return float("nan") if firing is None else firing.rate


def consistency(find: Callable[[Floats], Firing | None], clips: Clips, rate: int, recordings: Recordings) -> list[str]:
    """How far the rates of four clips of a recording are from their median, and if a faster clip is as much faster."""
    apart, follows = [], []
    for name in sorted(set(recordings)):
        own = resample(clips[recordings == name][:4], rate, RATE)
        rates = np.array([_rate(find, clip) for clip in own])
        apart += np.abs(np.log2(rates / np.nanmedian(rates))).tolist()
        faster = resample(own[0], round(RATE * FASTER), RATE)
        follows.append(abs(_rate(find, faster) / rates[0] / FASTER - 1) <= FASTER_WITHIN)
    return [
        f"{np.nanmean(apart):.3f} octaves from the recording's median",
        f"{np.mean(np.array(apart) > 0.5):.1%} more than half an octave",
        f"{np.mean(follows):.0%} 12 % faster when played so",
    ]


def print_anchors(clips: Clips, rate: int, recordings: Recordings) -> None:
    """All distribution measures of the five anchors, 200 clips each, against held-out recordings."""
    rng = np.random.default_rng(SEED)
    half = anchors.split_by_recording(len(clips), list(recordings), rng)
    reference = clips[~half][rng.permutation(int((~half).sum()))[:200]]
    made = anchors.make_anchors(reference, rate, 200, seed=SEED, training=clips[half])
    known = embed_yamnet(reference, rate)
    described = engine.describe(reference, rate)
    rows = []
    for name, ours in made.clips.items():
        seen, heard = embed_yamnet(ours, rate), engine.describe(ours, rate)
        density, coverage = manifold.density_coverage(seen.clip_means, known.clip_means)
        measured = [
            frechet.fad(seen, known),
            frechet.fad_infinity(seen, known, SEED),
            kernel_distance.kad(seen, known),
            *(engine_distances.engine_distance(one, heard, described) for one in engine_distances.ENGINE_MEASURES),
            density,
            coverage,
            engine_tag_rate(seen),
        ]
        rows.append([name, *(one.value for one in measured)])
    names = ["FAD", "FAD∞", "KAD", *engine_distances.ENGINE_MEASURES, "density", "coverage", "tag rate"]
    table("Anchors against 200 held-out clips", ["anchor", *names], rows)


def print_copies(clips: Clips, rate: int, recordings: Recordings) -> None:
    """The memorisation ratio and the share of suspected copies, for sets of copies and for new recordings."""
    rng = np.random.default_rng(SEED)
    part = {name: index % 4 for index, name in enumerate(rng.permutation(np.unique(recordings)))}
    parts = np.array([part[name] for name in recordings])
    training, held_out, new = clips[parts > 1], clips[parts == 0], clips[parts == 1]
    sets = {
        "new recordings": new,
        "copies": training[::3],
        "copies, shifted": np.roll(training[::3], 5000, axis=1),
        "copies + noise at 30 dB": noisy(training[::3], 30, rng),
        "copies + noise at 20 dB": noisy(training[::3], 20, rng),
        "phase-randomised copies": anchors.randomise_phases(training[::3], rng),
        "white noise": anchors.white_noise(clips.shape[1], rms(training[::3]), rng),
    }
    known, apart = manifold.copy_profile(training, rate), manifold.copy_profile(held_out, rate)
    rows = [
        [name, *(one.value for one in manifold.memorisation(manifold.copy_profile(ours, rate), apart, known))]
        for name, ours in sets.items()
    ]
    table("Memorisation", ["set", "ratio", "suspected copies"], rows)


if __name__ == "__main__":
    main()
