"""By what classifiers tell a model's clips from real ones: the table in docs/evaluation.md.

Run: python -m benchmarks.two_sample [FOLDER] [--model pretrained | --generated FOLDER] [--clips 400] [--json]

FOLDER holds one folder of equal clips per recording; its default is WAVEGAN_REAL_CLIPS, then ../shared/data/engines.
Clips are brought to the peak of training clips. "Real against real" is one half of the recordings against the other.
Prints the seconds that the test takes, without reading and generating, on as many threads as PyTorch takes by itself,
and those of the processor, of all processes.
"""

import argparse
import json
import os
import time
from pathlib import Path

import torch

import wavegan
from benchmarks.judge_blind_spots import leveled, some_of_each
from benchmarks.known_values import read
from wavegan_src.evaluation.result import REAL, Bounded, Score
from wavegan_src.metrics import MEASURES
from wavegan_src.utils.progress import rich_progress


def main() -> None:
    """Make or read the clips, and print a row for each family."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    here = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "engines"
    parser.add_argument("folder", nargs="?", type=Path, default=Path(os.environ.get("WAVEGAN_REAL_CLIPS", here)))
    parser.add_argument("--model", default="pretrained", help="checkpoint; default the one that comes with the program")
    parser.add_argument("--generated", type=Path, help="clips, as FOLDER has them, instead of a model's")
    parser.add_argument("--clips", type=int, default=400, help="clips that the model generates")
    parser.add_argument("--per-recording", type=int, default=4, help="real clips of each recording, at most")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    options = parser.parse_args()
    real, rate, recordings = read(options.folder)
    chosen = some_of_each(recordings, options.per_recording)
    if options.generated is None:
        generated = wavegan.load(options.model).generate(range(options.seed, options.seed + options.clips))
    else:
        generated = read(options.generated)[0]
    begun, before = time.perf_counter(), processor_seconds()
    scores = wavegan.two_sample_test(
        generated=leveled(generated),
        real=leveled(real[chosen]),
        recordings=list(recordings[chosen]),
        sample_rate=rate,
        seed=options.seed,
        progress=rich_progress,
    )
    seconds, processor = time.perf_counter() - begun, processor_seconds() - before
    if options.json:
        times = {"seconds": seconds, "processor_seconds": processor}
        print(json.dumps(times | {key: score.to_json() for key, score in scores.items()}, indent=1))
        return
    print(f"{len(generated)} generated against {len(chosen)} real clips of {len(set(recordings[chosen]))} recordings")
    print(f"{seconds:.0f} s on {torch.get_num_threads()} threads, {processor:.0f} s of the processor\n")
    print_scores(scores)


def processor_seconds() -> float:
    """Processor time so far, of this process and of those that it has ended."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def print_scores(scores: dict[str, Score]) -> None:
    """A Markdown table, the family first by which the clips are told most surely."""
    print("| told apart by | AUC | real against real |\n|---|---:|---:|")
    for key, score in sorted(scores.items(), key=lambda item: -(item[1].value or 0.0)):
        title = MEASURES[key].title if MEASURES[key].part_of else "**all together**"
        print(f"| {title} | {_cell(score.generated)} | {_cell(score.anchors[REAL])} |")


def _cell(bounded: Bounded) -> str:
    value = bounded.measurement.value
    if value is None:
        return bounded.measurement.reason or ""
    return f"{value:.3f} ({bounded.low:.3f} to {bounded.high:.3f})"


if __name__ == "__main__":
    main()
