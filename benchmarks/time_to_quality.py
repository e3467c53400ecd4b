"""Quality of a preset after given minutes of training on real recordings, evaluated on unseen recordings.

    python -m benchmarks.time_to_quality --preset config_fast --minutes 30 --seed 0 --data DIR --json >> RUNS
    python -m benchmarks.quality_over_time RUNS --plot FILE.png

DIR holds recordings. Some are held out, the same ones for every run. At 1, 2, 5, 10, 30 and 60 minutes, up to
`--minutes`, training pauses and the averaged generator is evaluated; the clock stops meanwhile. `--clock processor`
counts the processor time of training divided by its threads, which estimates its duration on an otherwise idle machine.
`--json` prints one object: the figures at the end, and under "course" those of every time. After Ctrl-C it prints the
figures so far. The learning rate stays constant, so that all times are comparable; with `--fall` it decays to 0 at the
last one.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.contestants import WITHOUT, Contestant, Package, Textbook, without
from benchmarks.unseen import open_split
from wavegan_src.config_loader import load_config
from wavegan_src.config_schema import Config
from wavegan_src.data.audio_files import wav_bytes
from wavegan_src.dataset import ClipDataset
from wavegan_src.dsp.arrays import Clips
from wavegan_src.evaluation.inputs.model_sets import listed
from wavegan_src.evaluation.inputs.sets import ClipList, Sets
from wavegan_src.evaluation.protocol import evaluate
from wavegan_src.utils.files import cache_root
from wavegan_src.utils.random import indexed_latents

TIMES = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)  # minutes
MEASURES = ("kad", "fad", "coverage", "density", "order_spectrum", "modulation", "firing_rate", "memorisation")
KEPT_CLIPS = 6  # written at every time, for listening and for spectrograms
ENDLESS = 10**9  # steps


def main() -> None:
    """Train one side and print its quality at every time."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", default="config_fast", help="preset or JSON file")
    parser.add_argument("--data", required=True, help="folder of recordings")
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--clock", choices=("wall", "processor"), default="wall")
    parser.add_argument("--clips", type=int, default=0, help="training clips, of whole recordings; 0 uses all")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="change a key of the preset")
    parser.add_argument("--textbook", action="store_true", help="the paper's step in plain PyTorch, same sizes")
    parser.add_argument("--without", choices=WITHOUT, help="leave out a part of the engine model")
    parser.add_argument("--fall", action="store_true", help="let the learning rate decay to 0 over the minutes")
    parser.add_argument("--title", help="name of this side in tables and plots")
    parser.add_argument("--keep", type=Path, help="folder for a few clips from every time")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    overrides = dict(setting(text) for text in given.set)
    config = load_config(
        given.preset,
        {"dataset.base_path": given.data, "training.device": "cpu", **overrides, "training.seed": given.seed},
    )
    if given.without and config.model.architecture != "engine":
        parser.error("--without leaves out parts of the engine model: add --set model.architecture=engine")
    dataset = open_split(config, given.clips)
    side = "textbook" if given.textbook else config.model.architecture
    with without(given.without):
        contestant: Contestant = Textbook(config) if given.textbook else Package(config, dataset)
        race = Race(config, dataset, contestant, given.threads, given.clock, given.keep)
        with suppress(KeyboardInterrupt):
            race.run(given.minutes, given.fall)
    if not race.course:
        raise SystemExit("nothing was measured yet")
    found = {
        "side": given.title or (f"{side} without {given.without}" if given.without else side),
        "preset": given.preset,
        "set": overrides,
        "falling_rate": given.fall,
        "seed": given.seed,
        "training_clips": len(dataset.train),
        "threads": given.threads,
        "clock": given.clock,
        **race.course[-1],
        "course": race.course,
    }
    print(json.dumps(found) if given.json else "\n".join(_line(each) for each in race.course), flush=True)


class Race:
    """One training with its clock."""

    def __init__(
        self, config: Config, dataset: ClipDataset, contestant: Contestant, threads: int, clock: str, kept: Path | None
    ):
        self.config, self.dataset, self.contestant, self.threads, self.kept = config, dataset, contestant, threads, kept
        self.course: list[dict[str, Any]] = []
        self.now: Callable[[], float] = time.perf_counter if clock == "wall" else lambda: time.process_time() / threads

    def run(self, minutes: float, falling: bool = False) -> None:
        """Train for that long, and add the figures at every time to `course`."""
        due = [each for each in TIMES if each < minutes] + [minutes]
        training = self.config.training
        trained, steps = 0.0, 0
        for batch in self.dataset.batches(0, ENDLESS, training.batch_size, training.seed, workers=0):
            begun = self.now()
            self.contestant.step(batch, max(0.0, 1 - trained / (60 * minutes)) if falling else 1.0)
            trained, steps = trained + self.now() - begun, steps + 1
            if trained >= 60 * due[0]:
                clips = self._generate(len(self.dataset.validation))
                self.course.append({"minutes": due.pop(0), "steps": steps, **self.judge(clips)})
                print(_line(self.course[-1]), file=sys.stderr, flush=True)
                self._keep(self.course[-1]["minutes"], clips[:KEPT_CLIPS])
            if not due:
                break

    def judge(self, clips: Clips) -> dict[str, Any]:
        """Every measure of generated clips against the validation clips."""
        count = len(clips)
        if not np.isfinite(clips).all():
            return dict.fromkeys(MEASURES)
        names = [f"generated {number}" for number in range(count)]
        dataset = self.dataset
        sets = Sets(
            "model",
            ClipList("generated", clips, names, names),
            listed(dataset, dataset.validation, "unseen"),
            listed(dataset, dataset.train, "training"),
            self.config.audio.sample_rate,
        )
        store = cache_root(self.config.dataset.cache_dir) / "evaluation"
        found = evaluate(sets, measures=MEASURES, count=count, workers=self.threads, store=store)
        return {
            name: {
                "value": score.generated.measurement.value,
                "position": score.position,
                "real": score.anchors["real"].measurement.value,
                "noise": score.anchors["shaped_noise"].measurement.value,
            }
            for name, score in found.scores.items()
        }

    def _generate(self, count: int) -> Clips:
        latents = indexed_latents(
            self.config.training.seed, "benchmark latents", 0, count, self.config.model.latent_dim
        )
        made: Clips = self.contestant.generate(latents).numpy()
        return made

    def _keep(self, minutes: float, clips: Clips) -> None:
        if self.kept is not None:
            self.kept.mkdir(parents=True, exist_ok=True)
            for number, clip in enumerate(clips):
                path = self.kept / f"{minutes:g}min_{number}.wav"
                path.write_bytes(wav_bytes(clip, self.config.audio.sample_rate))


def setting(text: str) -> tuple[str, Any]:
    """A key and its value, from `section.key=value`."""
    key, _, value = text.partition("=")
    try:
        return key, json.loads(value)
    except ValueError:
        return key, value


def _line(figures: dict[str, Any]) -> str:
    """The figures of one time as text: value, and position in percent."""
    words = []
    for name in MEASURES:
        found = figures[name]
        value = None if found is None else found["value"]
        place = "" if value is None or found["position"] is None else f" ({found['position']:.0%})"
        words.append(f"{name} {'-' if value is None else f'{value:.3g}'}{place}")
    return f"{figures['minutes']:g} min, {figures['steps']} steps: " + ", ".join(words)


if __name__ == "__main__":
    main()
