"""The whole study, top to bottom: train the generators, then the classifiers, then compare them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch

from wavegan_src.dsp.arrays import Clips
from wavegan_src.evaluation.augmentation_study.arms import Trial, conditions, plan
from wavegan_src.evaluation.augmentation_study.classes import StudyData
from wavegan_src.evaluation.augmentation_study.classifier import predict, train_classifier
from wavegan_src.evaluation.augmentation_study.folder import StudyFolder
from wavegan_src.evaluation.augmentation_study.material import Render, make_material, make_test_sets
from wavegan_src.evaluation.augmentation_study.scoring import Predictions, Result, score
from wavegan_src.utils.progress import Advance, Notify, ProgressFactory, ignore

SEED_STRIDE = 1000  # between the classifiers of two studies; a study has at most 100


class Generators(Protocol):
    """Trains and renders generators; the study does not know how."""

    def train(self, training: Path, run: Path, advance: Advance) -> None:
        """Train on a folder of clips, or go on where an earlier call stopped; `advance` adds up to 1."""
        ...

    def render(self, run: Path, first: int, count: int) -> Clips:
        """Clips of the seeds `first` to `first + count - 1`, (count, time)."""
        ...


@dataclass(frozen=True)
class Design:
    """What is trained.

    Attributes:
        ratios: of added to real clips.
        seeds: number of classifiers for each arm and ratio.
        steps: of each classifier.
        seed: of everything.
        device: for the classifiers.
    """

    ratios: tuple[float, ...]
    seeds: int
    steps: int
    seed: int
    device: torch.device


def run_study(
    data: StudyData,
    design: Design,
    folder: StudyFolder,
    generators: Generators,
    progress: ProgressFactory,
    notify: Notify = ignore,
) -> list[Result]:
    """Do what is not yet done and compare all arms.

    Args:
        data: the clips.
        design: what is trained on them.
        folder: exists, and holds what is finished.
        generators: trains and renders generators.
        progress: makes progress bars.
        notify: called with a line for each generator and each seed.
    """
    _train_generators(data, folder, generators, progress, notify)

    def render(label: int, first: int, count: int) -> Clips:
        return generators.render(folder.generator(data.classes[label]), first, count)

    _train_classifiers(data, design, folder, render, progress, notify)
    return score(_predictions(data, design, folder), data.test, design.ratios, design.seed)


def missing(data: StudyData, design: Design, folder: StudyFolder) -> list[Trial]:
    """The trials that are not finished."""
    return [trial for trial in plan(design.ratios, design.seeds) if folder.predictions(trial, *_size(data)) is None]


def _train_generators(
    data: StudyData, folder: StudyFolder, generators: Generators, progress: ProgressFactory, notify: Notify
) -> None:
    waiting = [label for label, name in enumerate(data.classes) if not folder.is_trained(name)]
    if not waiting:
        return
    with progress("Training generators", len(waiting)) as advance:
        for label in waiting:
            name = data.classes[label]
            generators.train(folder.write_training(data, label), folder.generator(name), advance)
            folder.note_trained(name)
            notify(f"The generator of {name} is trained.")


def _train_classifiers(
    data: StudyData, design: Design, folder: StudyFolder, render: Render, progress: ProgressFactory, notify: Notify
) -> None:
    waiting = missing(data, design, folder)
    if not waiting:
        return
    plain, marked = make_test_sets(data)
    with progress("Training classifiers", len(waiting) * design.steps) as advance:
        for seed in sorted({trial.seed for trial in waiting}):
            material = make_material(data, design.ratios, (design.seed, seed), render)
            for trial in (trial for trial in waiting if trial.seed == seed):
                spectrograms, labels = material.training_set(trial.condition)
                model = train_classifier(
                    spectrograms,
                    labels,
                    len(data.classes),
                    steps=design.steps,
                    seed=SEED_STRIDE * design.seed + seed,
                    device=design.device,
                    advance=advance,
                )
                folder.keep_predictions(trial, predict(model, marked if trial.condition.arm.planted else plain))
            notify(f"The classifiers of seed {seed + 1} of {design.seeds} are trained.")


def _predictions(data: StudyData, design: Design, folder: StudyFolder) -> Predictions:
    """Of each arm, (seeds, clips)."""
    found = {}
    for condition in conditions(design.ratios):
        rows = [folder.predictions(Trial(condition, seed), *_size(data)) for seed in range(design.seeds)]
        found[condition] = np.array([row for row in rows if row is not None])
    return found


def _size(data: StudyData) -> tuple[int, int]:
    """Test clips and classes."""
    return len(data.test), len(data.classes)
