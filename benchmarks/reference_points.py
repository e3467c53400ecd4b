"""Known sets and models by all judges: the tables of reference points in docs/evaluation.md.

Run: python -m benchmarks.reference_points DIR [--model TITLE=CHECKPOINT] [--only TITLE] [--measures …] >> RESULTS
     python -m benchmarks.reference_points --table RESULTS

DIR holds one folder of equal clips per recording. Half of the recordings are the reference. Five sets are made of the
other half's clips, as a generator would fail: with noise, without treble, faster, with random phases, and three clips
over and over. Models (default: the one that comes with the program) make as many clips. Each set goes through
`evaluate`, and prints a line of JSON as soon as it is measured. Lines of one set with other measures are put together.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import wavegan
from benchmarks.judge_blind_spots import FEW, NOISE, ONLY_FEW, REAL, SEED, leveled, make_changed, some_of_each
from benchmarks.known_values import read
from wavegan_src.dsp.arrays import Clips
from wavegan_src.evaluation import anchors
from wavegan_src.evaluation.inputs.sets import ClipList, Sets
from wavegan_src.evaluation.protocol import evaluate
from wavegan_src.metrics import MEASURES
from wavegan_src.utils.files import cache_root

ENGINE = ("firing_rate", "order_spectrum", "harmonic_to_noise", "modulation", "long_term_spectrum")
JUDGES = ("kad", "kad_aisfx", "fad", "fad_aisfx", *ENGINE, "density", "coverage", "two_sample")
BOX = "model in the box"


def main() -> None:
    """Measure sets, or print the tables of measured ones."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--model", action="append", metavar="TITLE=CHECKPOINT", help="default: the one in the box")
    parser.add_argument("--only", action="append", metavar="TITLE", help="measure these sets or models alone")
    parser.add_argument("--measures", type=lambda text: text.split(","), default=JUDGES, help="with commas between")
    parser.add_argument("--per-recording", type=int, default=2, help="clips of each recording, at most")
    parser.add_argument("--table", type=Path, help="print tables of recorded results")
    options = parser.parse_args()
    if options.table is not None:
        print_tables([json.loads(line) for line in options.table.read_text().splitlines()])
        return
    if options.folder is None:
        parser.error("give a folder of recordings, or --table")
    clips, rate, recordings = read(options.folder)
    chosen = some_of_each(recordings, options.per_recording)
    clips, recordings = leveled(clips[chosen]), recordings[chosen]
    half = anchors.split_by_recording(len(clips), list(recordings), np.random.default_rng(SEED))
    reference, pool = (_listed("real", clips[part], recordings[part]) for part in (~half, half))
    models = dict(each.split("=", 1) for each in options.model or [f"{BOX}=pretrained"])
    for title, made, own in given_sets(pool, rate, models):
        if title not in (options.only or [title]):
            continue
        generated = _listed(title, made, own)
        found = evaluate(
            Sets(title, generated, reference, pool, rate),
            measures=options.measures,
            count=len(pool),
            workers=1,
            store=cache_root(None) / "evaluation",
        )
        print(json.dumps({"set": title, **found.to_json()}), flush=True)


def given_sets(pool: ClipList, rate: int, models: dict[str, str]) -> Iterator[tuple[str, Clips, NDArray[np.str_]]]:
    """Title, clips and recordings of every set; a generated clip is a recording of its own."""
    names = np.array(pool.recordings)
    alone = np.array([f"generated {index}" for index in range(len(pool))])
    rng = np.random.default_rng(SEED)
    for title, made in make_changed(pool.clips, rate, rng).items():
        if made.of_pool and title not in (REAL, NOISE, ONLY_FEW):
            yield title, made.clips, names
    few = rng.permutation(np.unique(names, return_index=True)[1])[:FEW]
    yield ONLY_FEW, np.resize(pool.clips[few], pool.clips.shape), alone
    for title, checkpoint in models.items():
        yield title, leveled(wavegan.load(checkpoint).generate(range(SEED, SEED + len(pool)))), alone


def _listed(title: str, clips: Clips, recordings: NDArray[np.str_]) -> ClipList:
    names = [f"{recording}/{index}" for index, recording in enumerate(recordings)]
    return ClipList(title, clips, names, list(recordings))


def print_tables(results: list[dict[str, Any]]) -> None:
    """Scores with positions, then AUCs by family: a column for each set."""
    latest: dict[str, dict[str, Any]] = {}
    for one in results:
        latest.setdefault(one["set"], {"measures": {}})["measures"].update(one["measures"])
    head = ["measure", "real", "shaped noise", *latest]
    _print_head(head)
    first = next(iter(latest.values()))["measures"]
    for name in (name for name in JUDGES if name != "two_sample"):
        ends = [_figure(first[name]["anchors"].get(anchor)) for anchor in ("real", "shaped_noise")]
        _print_row([_title(name), *ends, *(_scored(one["measures"][name]) for one in latest.values())])
    print()
    _print_head(["told apart by", "real against real", *latest])
    families = [name for name in first if name.startswith("two_sample")]
    for name in families:
        cells = [_auc(one["measures"][name]) for one in latest.values()]
        _print_row([MEASURES[name].title, _figure(first[name]["anchors"].get("real")), *cells])


def _title(name: str) -> str:
    measure = MEASURES[name]
    return f"{measure.title} ({measure.unit})" if measure.unit else measure.title


def _scored(one: dict[str, Any]) -> str:
    place = one["position"]
    return _figure(one["value"]) if place is None else f"{_figure(one['value'])}, **{place:.0%}**"


def _auc(one: dict[str, Any]) -> str:
    if one["value"] is None:
        return "–"
    return f"{one['value']:.2f} ({one['low']:.2f} to {one['high']:.2f})"


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3g}"


def _print_head(cells: list[str]) -> None:
    _print_row(cells)
    print("|---|" + "---:|" * (len(cells) - 1))


def _print_row(cells: list[str]) -> None:
    print(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
