"""Known sets and models by all judges: the tables of reference points in docs/evaluation.md.

Run: python -m benchmarks.reference_points DIR RESULTS [--model TITLE=CHECKPOINT]
     python -m benchmarks.reference_points --table RESULTS

DIR holds one folder of equal clips per recording. Half of the recordings are the reference. The other half is the set
"real"; five sets are made of its clips, as a generator would fail: with noise, without treble, faster, with random
phases, and three clips over and over. Models (default: the one that comes with the program) make as many clips. Every
figure goes to RESULTS, one line of JSON for a set and a group of measures, as soon as it is measured; what is there is
not measured again. "Real against real" of the two-sample test is one half of all recordings against the other.
"""

import argparse
import itertools
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import wavegan
from benchmarks.judge_blind_spots import FEW, NOISE, ONLY_FEW, REAL, SEED, leveled, make_changed, some_of_each
from benchmarks.known_values import read
from wavegan_src.dsp.arrays import Clips
from wavegan_src.evaluation import anchors
from wavegan_src.evaluation.clip_set import ClipSet
from wavegan_src.evaluation.inputs.screening import content_key
from wavegan_src.evaluation.result import Bounded
from wavegan_src.evaluation.scoring import Scorer
from wavegan_src.evaluation.store import Store
from wavegan_src.metrics import EVALUATED, MEASURES
from wavegan_src.utils.files import cache_root

ENGINE = ("firing_rate", "order_spectrum", "harmonic_to_noise", "modulation", "long_term_spectrum")
TOLD = tuple(name for name, measure in EVALUATED.items() if measure.source == "two-sample")
NETWORKS = tuple((name,) for name in TOLD if name.endswith("_network"))  # which take the longest
FAMILIES = tuple(name for name in TOLD if (name,) not in NETWORKS)
GROUPS = (("kad", "fad", "density", "coverage"), ("kad_aisfx", "fad_aisfx"), ENGINE, FAMILIES, *NETWORKS)
ORDER = ("kad", "kad_aisfx", "fad", "fad_aisfx", *ENGINE, "density", "coverage")
BOX = "model in the box"


def main() -> None:
    """Measure sets, or print the tables of measured ones."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("results", nargs="?", type=Path)
    parser.add_argument("--model", action="append", metavar="TITLE=CHECKPOINT", help="default: the one in the box")
    parser.add_argument("--per-recording", type=int, default=2, help="clips of each recording, at most")
    parser.add_argument("--table", type=Path, help="print tables of recorded results")
    options = parser.parse_args()
    if options.table is not None:
        print_tables(options.table)
        return
    if options.results is None:
        parser.error("give a folder of recordings and a file for results, or --table")
    clips, rate, recordings = read(options.folder)
    chosen = some_of_each(recordings, options.per_recording)
    clips, recordings = leveled(clips[chosen]), recordings[chosen]
    half = anchors.split_by_recording(len(clips), list(recordings), np.random.default_rng(SEED))
    store = Store(cache_root(None) / "evaluation")
    reference = clip_set(clips[~half], rate, list(recordings[~half]), store)
    scorer = Scorer(reference, None, SEED, lambda stage, steps: None)
    models = dict(each.split("=", 1) for each in options.model or [f"{BOX}=pretrained"])
    sets = [
        (title, clip_set(made, rate, own, store))
        for title, made, own in given_sets(clips[half], list(recordings[half]), rate, models)
    ]
    done = {(one["set"], tuple(one["measures"])) for one in recorded(options.results)}
    for names, (title, measured) in itertools.product(GROUPS, sets):
        told = names[0] in TOLD
        if (title, names) in done or (told and title == NOISE):
            continue
        against_itself = told and title == REAL
        found = scorer.control(measured, names) if against_itself else scorer.score(measured, names, bounded=True)
        line = {"set": title, "measures": {name: figures(found[name]) for name in names}}
        with options.results.open("a") as file:
            print(json.dumps(line), file=file, flush=True)


def clip_set(clips: Clips, rate: int, recordings: Sequence[str], store: Store) -> ClipSet:
    """Clips with everything that measures need of them, kept in the cache."""
    key = content_key(clips, rate)
    return ClipSet(lambda: clips, rate, key, store, 1, lambda stage, steps: None, lambda: recordings)


def given_sets(
    pool: Clips, recordings: list[str], rate: int, models: dict[str, str]
) -> Iterator[tuple[str, Clips, list[str]]]:
    """Title, clips and recordings of every set; a generated clip is a recording of its own."""
    alone = [f"generated {index}" for index in range(len(pool))]
    rng = np.random.default_rng(SEED)
    for title, made in make_changed(pool, rate, rng).items():
        if title != ONLY_FEW:
            yield title, made.clips, recordings if made.of_pool else alone
    few = rng.permutation(np.unique(recordings, return_index=True)[1])[:FEW]
    yield ONLY_FEW, np.resize(pool[few], pool.shape), alone
    for title, checkpoint in models.items():
        yield title, leveled(wavegan.load(checkpoint).generate(range(SEED, SEED + len(pool)))), alone


def figures(bounded: Bounded) -> dict[str, Any]:
    """A score as plain values."""
    taken = bounded.measurement
    return {"value": taken.value, "low": bounded.low, "high": bounded.high, "n": taken.n, "doubts": dict(taken.doubts)}


def recorded(results: Path) -> list[dict[str, Any]]:
    """The lines of a file of results, of which there may be none yet."""
    return [json.loads(line) for line in results.read_text().splitlines()] if results.is_file() else []


def print_tables(results: Path) -> None:
    """Scores with positions, then AUCs by family: a column for each set."""
    sets: dict[str, dict[str, Any]] = {}
    for one in recorded(results):
        sets.setdefault(one["set"], {}).update(one["measures"])
    others = [name for name in sets if name not in (REAL, NOISE)]
    _print_head(["measure", REAL, NOISE, *others])
    for name in ORDER:
        if any(name not in sets.get(end, {}) for end in (REAL, NOISE)):
            continue  # not measured yet
        real, noise = (sets[end][name]["value"] for end in (REAL, NOISE))
        places = [_place(name, sets[each].get(name), real, noise) for each in others]
        _print_row([_title(name), f"{real:.3g}", f"{noise:.3g}", *places])
    print()
    _print_head(["told apart by", "real against real", *others])
    for name in TOLD:
        _print_row([MEASURES[name].title, *(_auc(sets[each].get(name)) for each in (REAL, *others))])


def _title(name: str) -> str:
    measure = MEASURES[name]
    return f"{measure.title} ({measure.unit})" if measure.unit else measure.title


def _place(name: str, one: dict[str, Any] | None, real: float, noise: float) -> str:
    """The score, and in bold its position with the interval's ends."""
    if one is None or one["value"] is None:
        return "–"
    value, low, high = (MEASURES[name].position(one[key], noise, real) for key in ("value", "low", "high"))
    if value is None or low is None or high is None:
        return f"{one['value']:.3g}"
    return f"{one['value']:.3g}, **{value:.0%}** ({min(low, high):.0%} to {max(low, high):.0%})"


def _auc(one: dict[str, Any] | None) -> str:
    if one is None or one["value"] is None:
        return "–"
    return f"{one['value']:.2f} ({one['low']:.2f} to {one['high']:.2f})"


def _print_head(cells: list[str]) -> None:
    _print_row(cells)
    print("|---|" + "---:|" * (len(cells) - 1))


def _print_row(cells: list[str]) -> None:
    print(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
