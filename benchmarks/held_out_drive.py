"""Driven along a recording that it never heard, does a model sound like that recording?

Run: python -m benchmarks.held_out_drive --data DIR [--setups A,B] [--steps 150 | --minutes 10] [--json]

DIR holds recordings `SETUP_NAME.opus` (wav, flac), three of each set-up, and beside each `SETUP_NAME.csv`: `time_s`,
`rpm` and `torque_nm`. Of each set-up, two recordings train a drive model by `wavegan.train`, as recordings of one
engine; the load is the torque, from 0 at their lowest to 1 at their highest. The third is the one whose speeds and
loads the other two cover best (`--held NAME` names another). Four sounds along its rpm and load are compared with it:

* drive: the engine, of 100 seeds, whose sound along the *training* recordings' curves is nearest to these, as
  `drive --like` finds it: their moments count for more, the more their speed and load are like the held-out ones.
* other seeds: the mean distance of the other ones.
* sampler: for each half second, the stretch of the training recordings that is nearest in speed (octaves) and load,
  resampled by the ratio of their mean speeds, and cross-faded over 50 ms.
* unconditional: the same seed's sound without a condition, along a course that the model draws.

Distance: mean absolute difference in dB of 80 mel bands (40 Hz to half the rate; Hann windows of 46 ms, half of which
overlap) over all bands and frames, after the mean over all of them is subtracted from each side. Power 60 dB below
a sound's mean hardly counts.

KAD: of windows of 2 s, every half second, against the same windows of the real recording; the position is 0 % at noise
with the average spectrum of the training windows, and 100 % at the training windows themselves. These are some twenty
windows of one recording that overlap, so the figures are coarse: several percent up or down mean nothing.
"""

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import soundfile as sf
from matplotlib.figure import Figure

import wavegan
from benchmarks.labelled_takes import Take, choose_held, read_take, recordings, with_load, write_training
from wavegan_src.config_loader import load_config
from wavegan_src.dsp.arrays import F32, Clips
from wavegan_src.dsp.clips import resample
from wavegan_src.dsp.spectrogram import DYNAMIC_RANGE_DB, spectrogram_db
from wavegan_src.evaluation.anchors import choose, mean_power, shaped_noise
from wavegan_src.evaluation.measures.embeddings import Embedder, embed_aisfx, embed_yamnet
from wavegan_src.evaluation.measures.kad import SCALE, bandwidth, discrepancy, kernels
from wavegan_src.generation.driving import likeness
from wavegan_src.generation.driving.driver import Driver

SEEDS = range(100)
OVERLAP = 0.875  # of training clips: two recordings of 12 s are few
STRETCH_S, FADE_S, PLACES_S = 0.5, 0.05, 0.05  # of the sampler: its pieces, their cross-fade, and where they may begin
JUDGED_S, JUDGED_EVERY_S = 2.0, 0.5
JUDGES: dict[str, Embedder] = {"kad_yamnet": embed_yamnet, "kad_aisfx": embed_aisfx}
TIMED_STEPS = 4


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of labelled recordings")
    parser.add_argument("--setups", default="", help="such as A,B; all by default")
    parser.add_argument("--held", default="", help="the end of the held-out recordings' names, such as 432")
    parser.add_argument("--config", default="config_fast", help="preset or file; its sample rate is used")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--steps", type=int, default=150)
    length.add_argument("--minutes", type=float, help="of processor time for each training, in place of --steps")
    parser.add_argument("--batch", type=int, help="clips of a training step; the preset's by default")
    parser.add_argument("--seed", type=int, default=0, help="of training")
    parser.add_argument("--sheet", type=Path, help="write the spectrograms of the first set-up to this PNG or JPEG")
    parser.add_argument("--keep", type=Path, help="keep the runs and the sounds in this folder")
    parser.add_argument("--json", action="store_true", help="print a JSON object for each set-up")
    options = parser.parse_args()
    setups = [name for name in options.setups.split(",") if name] or sorted(
        {p.name[0] for p in recordings(options.data)}
    )
    rows = []
    for number, setup in enumerate(setups):
        with TemporaryDirectory() as scratch:
            folder = (options.keep or Path(scratch)) / setup
            row, sounds = measure(setup, folder, options)
        rows.append(row)
        if options.json:
            print(json.dumps(row), flush=True)
        if options.sheet is not None and number == 0:
            draw_sheet(sounds, row["rate"], f"set-up {setup}", options.sheet)
    if not options.json:
        print("\n".join(table(rows)))


def measure(setup: str, folder: Path, options: argparse.Namespace) -> tuple[dict[str, Any], dict[str, F32]]:
    """Train on two recordings of a set-up, and compare with the third: the figures, and the sounds of the sheet."""
    rate = load_config(options.config).audio.sample_rate
    held, known = choose_held([read_take(path, rate) for path in recordings(options.data, setup)], options.held)
    low, high = write_training(known, folder / "recordings")
    known = [with_load(take, low, high) for take in known]
    held = with_load(held, low, high)
    steps = options.steps if options.minutes is None else steps_within(60 * options.minutes, folder, options)
    begun = time.process_time()
    run = train(folder, "run", steps, options)
    minutes = (time.process_time() - begun) / 60
    model = wavegan.load(run.folder / "checkpoints" / "final_model.tar")
    driver = Driver(model.trained)
    driven = [drive(driver, held, seed) for seed in SEEDS]
    recorded = [likeness.Recorded(take.sound, take.curve) for take in known]
    own, _ = likeness.nearest_seed(driver, recorded, held.curve, SEEDS, lambda _: None)
    drawn = model.generate(list(SEEDS), seconds=len(held.sound) / rate)
    sounds = {
        f"real recording ({held.name})": held.sound,
        "held-out drive": driven[own],
        "sampler": sample(known, held),
        "unconditional": drawn[own],
    }
    distances = [distance(sound, held) for sound in driven]
    undirected = [distance(sound, held) for sound in drawn]
    figures = {
        "drive": distances[own],
        "other_seeds": float(np.mean([each for seed, each in enumerate(distances) if seed != own])),
        "sampler": distance(sounds["sampler"], held),
        "unconditional": undirected[own],
        "unconditional_all_seeds": float(np.mean(undirected)),
    }
    row = {
        "setup": setup,
        "held": held.name,
        "rate": rate,
        "steps": run.iteration,
        "processor_minutes": round(minutes, 1),
        "own_seed": own,
        "distance_db": {name: round(value, 2) for name, value in figures.items()},
    }
    if options.keep is not None:
        for name, sound in sounds.items():
            sf.write(folder / f"{name.split(' (')[0].replace(' ', '_')}.wav", sound, rate)
    judged = {"drive": sounds["held-out drive"], "sampler": sounds["sampler"], "unconditional": sounds["unconditional"]}
    return row | positions(judged, held, known), sounds


def steps_within(seconds: float, folder: Path, options: argparse.Namespace) -> int:
    """How many steps fit into so much processor time, by the time of a few."""
    begun = time.process_time()
    train(folder, "timed", TIMED_STEPS, options)
    short = time.process_time() - begun
    begun = time.process_time()
    train(folder, "timed_longer", 3 * TIMED_STEPS, options)
    each = (time.process_time() - begun - short) / (2 * TIMED_STEPS)
    return max(1, round(seconds / each))


def train(folder: Path, name: str, steps: int, options: argparse.Namespace) -> wavegan.Run:
    """Train a drive model as its user would, without measures on the way."""
    return wavegan.train(
        load_config(
            options.config,
            {
                "model.architecture": "drive",
                "training.steps": steps,
                "training.batch_size": options.batch,
                "training.seed": options.seed,
                "training.early_stopping": False,
                "dataset.base_path": str(folder / "recordings"),
                "dataset.overlap": OVERLAP,
                "dataset.validation_fraction": 0.0,
                "dataset.cache_dir": str(folder / "cache"),
                "output.output_dir": str(folder / name),
                "output.checkpoint_measures": "none",
                "output.checkpoint_interval_steps": steps,
                "output.sample_count": 1,
            },
        )
    )


def drive(driver: Driver, take: Take, seed: int) -> F32:
    """The sound of a seed's engine along a recording's curve."""
    return np.concatenate(list(driver.render(take.curve, seed)))


def distance(sound: F32, take: Take) -> float:
    """The distance in dB from a recording, as at the top of this file; over the shorter one's length."""
    return likeness.distance(sound, take.sound, take.rate)


def sample(known: Sequence[Take], held: Take) -> F32:
    """What a sampler makes of the training recordings for a curve: the nearest stretches, at the wanted speeds."""
    total, rate = round(held.curve.seconds * held.rate), held.rate
    length, fade = round(STRETCH_S * rate), round(FADE_S * rate)
    within = np.linspace(0, STRETCH_S, 11)
    starts = [np.arange(0, take.curve.seconds - 2 * STRETCH_S, PLACES_S) for take in known]
    courses = np.concatenate([take.at(at[:, None] + within) for take, at in zip(known, starts, strict=True)])
    takes = np.repeat(np.arange(len(known)), [len(at) for at in starts])
    places = np.concatenate(starts)
    sound = np.zeros(total + length + fade)
    ramp = np.sin(
        np.linspace(0, np.pi / 2, fade)
    )  # of equal power: the pieces' phases have nothing to do with each other
    for begin in range(0, total, length):
        wanted = held.at(begin / rate + within)
        best = int(np.abs(courses - wanted).sum(-1).mean(-1).argmin())
        ratio = 2 ** float(wanted[:, 0].mean() - courses[best][:, 0].mean())
        at = places[best] * rate + ratio * np.arange(length + fade)
        piece = np.interp(at, np.arange(len(known[takes[best]].sound)), known[takes[best]].sound)
        piece[-fade:] *= ramp[::-1]
        if begin:
            piece[:fade] *= ramp
        sound[begin : begin + length + fade] += piece
    return sound[:total].astype(np.float32)


def windows(sound: F32, rate: int) -> Clips:
    """Overlapping windows, each at one level."""
    length, every = round(JUDGED_S * rate), round(JUDGED_EVERY_S * rate)
    clips = np.lib.stride_tricks.sliding_window_view(sound, length)[::every]
    return np.asarray(0.1 * clips / np.maximum(clips.std(1, keepdims=True), 1e-6), np.float32)


def positions(judged: dict[str, F32], held: Take, known: Sequence[Take]) -> dict[str, Any]:
    """Of the windows of sounds between shaped noise and real ones, in percent, by judge."""
    rng, rate = np.random.default_rng(0), held.rate
    reference = windows(held.sound, rate)
    pool = np.concatenate([windows(take.sound, rate) for take in known])
    real = pool[choose(len(pool), len(reference), rng)]
    noise = shaped_noise(mean_power(real), real.shape[1], np.full(len(real), 0.1), rng)
    sets = {"real": real, "noise": noise} | {name: windows(sound, rate) for name, sound in judged.items()}
    found: dict[str, Any] = {"windows": len(reference)}
    for judge, embed in JUDGES.items():
        theirs = embed(reference, rate).clip_means
        width = bandwidth(theirs)
        kad = {
            name: SCALE * discrepancy(kernels(embed(clips, rate).clip_means, theirs, width))
            for name, clips in sets.items()
        }
        apart = kad["noise"] - kad["real"]
        found[judge] = {name: round(value, 1) for name, value in kad.items()}
        found[f"{judge}_position_percent"] = {name: round(100 * (kad["noise"] - kad[name]) / apart) for name in judged}
    return found


def table(rows: Sequence[dict[str, Any]]) -> list[str]:
    """A Markdown table."""
    lines = [
        "| set-up | held out | drive | other seeds | sampler | unconditional | YAMNet: drive, sampler, unconditional "
        "| aiSFX: the same | steps | processor minutes |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for row in rows:
        far = row["distance_db"]
        judged = [", ".join(f"{value} %" for value in row[f"{judge}_position_percent"].values()) for judge in JUDGES]
        cells = [row["setup"], row["held"], *(f"{far[name]:.2f}" for name in list(far)[:4]), *judged]
        lines.append("| " + " | ".join([*cells, str(row["steps"]), str(row["processor_minutes"])]) + " |")
    return lines


def draw_sheet(sounds: dict[str, F32], rate: int, title: str, path: Path) -> None:
    """Spectrograms of the sounds, below each other, to 3 kHz."""
    figure = Figure(figsize=(11, 9), layout="constrained")
    figure.suptitle(title)
    for axes, (name, sound) in zip(figure.subplots(len(sounds), 1, sharex=True), sounds.items(), strict=True):
        levels = spectrogram_db(np.diff(resample(sound, rate, 6000)), 512)
        top = float(np.quantile(levels, 0.999))
        seconds = len(sound) / rate
        axes.imshow(
            levels, origin="lower", aspect="auto", extent=(0, seconds, 0, 3000), vmin=top - 0.75 * DYNAMIC_RANGE_DB,
            vmax=top, cmap="magma",
        )  # fmt: skip
        axes.set_title(name, fontsize=9)
        axes.set_ylabel("Hz")
    figure.savefig(path, dpi=70)


if __name__ == "__main__":
    main()
