"""The effect of augmentation on few and on many real clips: train one small network, or print a table of such runs.

    python -m benchmarks.augmentation --data DIR --clips 80 --seed 0 --mode adaptive --json >> RUNS
    python -m benchmarks.augmentation --table RUNS

DIR contains recordings. Some are held out, the same ones for every run, and the model is measured against them.
`--clips N` trains on that many clips of whole recordings, different ones for every seed; 0 uses all. `--state FILE`
resumes a run from that file if it exists, and saves the run to it: first a short look at every run, then the rest.
"""

import argparse
import json
import time
from pathlib import Path
from statistics import fmean, median
from typing import Any

import torch
from torch import Tensor

from benchmarks.unseen import open_split
from wavegan_src.config_loader import validate
from wavegan_src.config_schema import Config
from wavegan_src.dataset import ClipDataset
from wavegan_src.evaluation.measures.density import copy_profile, density_coverage, memorisation
from wavegan_src.evaluation.measures.embeddings import embed_yamnet
from wavegan_src.evaluation.measures.kad import kad
from wavegan_src.generation.rendering import render
from wavegan_src.models.wavegan.wgan import WGAN
from wavegan_src.trainer.ada import INTERVAL, AdaptiveAugmentation, measure_overfitting
from wavegan_src.utils.random import indexed_latents

GENERATED = 256
LAST_SIGNALS = 10  # their median is the gap at the end of a run
MODES = ("off", "fixed", "adaptive")
MEASURES = ("gap", "kad", "coverage", "density", "memorisation", "strength", "wasserstein", "penalty")


def main() -> None:
    """Train and measure one run, or print the table of runs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of recordings")
    parser.add_argument("--clips", type=int, default=0, help="training clips; 0 takes all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--mode", choices=MODES, default="off")
    parser.add_argument("--strength", type=float, default=0.3)
    parser.add_argument("--iterations", type=int, default=1600, help="critic steps")
    parser.add_argument("--sample-rate", type=int, default=22050, help="of the clips of 2 s, in Hz")
    parser.add_argument("--state", type=Path, help="resume from this file, and save the run to it")
    parser.add_argument("--json", action="store_true", help="print the run as one line of JSON")
    parser.add_argument("--table", type=Path, help="print the table of these lines of JSON; nothing is trained")
    given = parser.parse_args()
    if given.table is not None:
        print(table([json.loads(line) for line in given.table.read_text().splitlines()]))
        return
    if given.data is None:
        parser.error("--data is missing: name a folder of recordings")
    torch.set_num_threads(1)
    config = configuration(given.data, given.sample_rate, given.seed, given.mode, given.strength)
    found = run(config, given.clips, given.iterations, given.state)
    print(json.dumps(found) if given.json else table([found]), flush=True)


def run(config: Config, clips: int, iterations: int, kept: Path | None) -> dict[str, Any]:
    """Train one network and measure its averaged generator against the unseen clips."""
    training = config.training
    dataset = open_split(config, clips)
    started = time.perf_counter()
    trained = _train(config, dataset, iterations, kept)
    seconds = time.perf_counter() - started
    gan = trained.pop("gan")
    return {
        "training_clips": len(dataset.train),
        "unseen_clips": len(dataset.validation),
        "mode": training.augmentation,
        "start_strength": training.augmentation_strength,
        "seed": training.seed,
        "sample_rate": config.audio.sample_rate,
        "iterations": iterations,
        "seconds": round(seconds, 1),
        **trained,
        **_measure(gan, dataset, config),
    }


def table(runs: list[dict[str, Any]]) -> str:
    """Mean and range over the seeds of each size and mode, in Markdown; differences from "off" are paired by seed."""
    lines = ["| clips | mode | runs | " + " | ".join(MEASURES) + " |", "|---:|---|---:|" + "---:|" * len(MEASURES)]
    for clips in sorted({each["training_clips"] for each in runs}):
        for mode in MODES:
            cells = [each for each in runs if (each["training_clips"], each["mode"]) == (clips, mode)]
            if cells:
                words = [_spread([each[name] for each in cells]) for name in MEASURES]
                lines.append(f"| {clips} | {mode} | {len(cells)} | " + " | ".join(words) + " |")
    return "\n".join([*lines, "", *_against_none(runs)])


def _against_none(runs: list[dict[str, Any]]) -> list[str]:
    by_key = {(each["training_clips"], each["seed"], each["mode"]): each for each in runs}
    lines = []
    for clips in sorted({each["training_clips"] for each in runs}):
        for mode in MODES[1:]:
            pairs = [
                (each, by_key[clips, each["seed"], "off"])
                for each in runs
                if (each["training_clips"], each["mode"]) == (clips, mode) and (clips, each["seed"], "off") in by_key
            ]
            for name in MEASURES[:5]:
                differences = [
                    ours[name] - theirs[name] for ours, theirs in pairs if None not in (ours[name], theirs[name])
                ]
                if differences:
                    each = ", ".join(f"{value:+.3g}" for value in differences)
                    lines.append(f"{clips} clips, {mode} less off, {name}: {fmean(differences):+.3g} ({each})")
    return lines


def _spread(values: list[float | None]) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return ""
    return f"{fmean(known):.3g} ({min(known):.3g} to {max(known):.3g})" if len(known) > 1 else f"{known[0]:.3g}"


def configuration(data: Path, rate: int, seed: int, mode: str, strength: float) -> Config:
    """The README's small network and its training."""
    return validate(
        {
            "model": {"model_dim": 8, "latent_dim": 32},
            "training": {
                "batch_size": 8,
                "learning_rate": 0.0005,
                "device": "cpu",
                "seed": seed,
                "augmentation": mode,
                "augmentation_strength": strength,
            },
            "audio": {"sample_rate": rate, "audio_length_samples": 2 * rate},
            "dataset": {"base_path": str(data)},
        },
        "benchmark",
    )


def _train(config: Config, dataset: ClipDataset, iterations: int, kept: Path | None) -> dict[str, Any]:
    """The training loop without files; overfitting is measured in every mode, for comparison."""
    training = config.training
    gan, augmentation = WGAN(config, torch.device("cpu")), AdaptiveAugmentation(training)
    signals: list[float | None] = []
    strengths: list[float] = []
    late: list[Tensor] = []
    if kept is not None and kept.exists():
        state = torch.load(kept, weights_only=True)
        gan.load_state_dict(state["gan"])
        augmentation.load_state_dict(state["augmentation"])
        signals, strengths = state["signals"], state["strengths"]
    for batch in dataset.batches(gan.iteration, iterations, training.batch_size, training.seed, workers=0):
        gan.augmentation_strength = augmentation.strength
        stats = gan.step_critic(batch)
        if gan.generator_due():
            gan.step_generator(batch)
        if gan.iteration > iterations - LAST_SIGNALS * INTERVAL:
            late.append(torch.stack([stats.wasserstein_estimate, stats.gradient_penalty]))
        if gan.iteration % INTERVAL == 0:
            signals.append(measure_overfitting(gan, dataset))
            strengths.append(augmentation.strength)
            if augmentation.due(gan.iteration):
                augmentation.update(signals[-1])
    if kept is not None:
        states = {"gan": gan.state_dict(), "augmentation": augmentation.state_dict()}
        torch.save({**states, "signals": signals, "strengths": strengths}, kept)
    known = [signal for signal in signals[-LAST_SIGNALS:] if signal is not None]
    wasserstein, penalty = torch.stack(late).mean(0).tolist()
    return {
        "gan": gan,
        "gap": median(known) if known else None,
        "signals": signals,
        "strength": augmentation.strength,
        "strengths": strengths,
        "wasserstein": wasserstein,
        "penalty": penalty,
    }


def _measure(gan: WGAN, dataset: ClipDataset, config: Config) -> dict[str, float | None]:
    """KAD, coverage, density and memorisation of the averaged generator; KAD of training clips for comparison."""
    rate = config.audio.sample_rate
    latents = indexed_latents(config.training.seed, "benchmark latents", 0, GENERATED, config.model.latent_dim)
    generated: Tensor = torch.cat(list(render(gan.ema_generator, latents, None)))
    clips, unseen, training = (
        each.numpy() for each in (generated, dataset.audible(dataset.validation), dataset.audible(dataset.train))
    )
    ours, theirs = embed_yamnet(clips, rate), embed_yamnet(unseen, rate)
    density, coverage = density_coverage(ours.clip_means, theirs.clip_means)
    ratio, _ = memorisation(copy_profile(clips, rate), copy_profile(unseen, rate), copy_profile(training, rate))
    real = embed_yamnet(training[:: max(1, len(training) // GENERATED)], rate)
    return {
        "kad": kad(ours, theirs).value,
        "kad_training": kad(real, theirs).value,
        "coverage": coverage.value,
        "density": density.value,
        "memorisation": ratio.value,
    }


if __name__ == "__main__":
    main()
