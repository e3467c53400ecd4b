"""The clips of one seed as spectrograms, and the training set of each trial."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from wavegan_src.dsp.arrays import Clips, Indices
from wavegan_src.evaluation.augmentation_study.arms import CONTROL_RATIO, Condition, added_clips
from wavegan_src.evaluation.augmentation_study.classes import LabelledClips, StudyData
from wavegan_src.evaluation.augmentation_study.classical import augment
from wavegan_src.evaluation.augmentation_study.features import Spectrograms, log_mel, masked
from wavegan_src.evaluation.augmentation_study.planting import plant

Render = Callable[[int, int, int], Clips]
"""Clips number `first` to `first + count - 1` of a class's generator: (class, first, count) to (count, time)."""

SEED_STRIDE = 100_000  # between the generated clips of two seeds


@dataclass(frozen=True)
class Added:
    """Clips that can be added, of each class in the order in which they are taken."""

    spectrograms: Spectrograms
    labels: Indices

    def first(self, counts: Sequence[int]) -> Indices:
        """Indices of the first clips of each class, so many of each."""
        return np.concatenate(
            [np.flatnonzero(self.labels == label)[:count] for label, count in enumerate(counts)]
        ).astype(np.int64)


@dataclass(frozen=True)
class Material:
    """Everything that the trials of one seed are made of. Larger ratios contain the clips of smaller ones."""

    real: Added
    classical: Added
    generated: Added
    shuffled_labels: Indices
    planted: Spectrograms

    def training_set(self, condition: Condition) -> tuple[Spectrograms, Indices]:
        """Spectrograms (clips, bands, frames) and labels (clips,) of an arm."""
        arm = condition.arm
        counts = [added_clips(condition.ratio, int(count)) for count in np.bincount(self.real.labels)]
        parts = [(self.real.spectrograms, self.real.labels)] if arm.real else []
        if arm.classical:
            taken = self.classical.first(counts)
            parts.append((self.classical.spectrograms[taken], self.classical.labels[taken]))
        if arm.generated:
            taken = self.generated.first(counts)
            spectrograms = self.planted if arm.planted else self.generated.spectrograms
            labels = self.shuffled_labels if arm.shuffled else self.generated.labels
            parts.append((spectrograms[taken], labels[taken]))
        return np.concatenate([clips for clips, _ in parts]), np.concatenate([labels for _, labels in parts])


def make_material(data: StudyData, ratios: Sequence[float], seeds: tuple[int, int], render: Render) -> Material:
    """Augment and generate the clips of one seed.

    Args:
        data: the study's clips.
        ratios: of added to real clips.
        seeds: of the study and of the trials.
        render: the generators.
    """
    training, rate, classes = data.training, data.rate, len(data.classes)
    real = Added(log_mel(training.clips, rate), training.labels)
    counts = np.bincount(training.labels, minlength=classes)
    most = [added_clips(max(*ratios, CONTROL_RATIO), int(count)) for count in counts]
    labels = np.repeat(np.arange(classes, dtype=np.int64), most)
    classical = [_classical(training, label, count, rate, seeds) for label, count in enumerate(most)]
    sounds = np.concatenate([render(label, SEED_STRIDE * seeds[1], count) for label, count in enumerate(most)])
    generated = Added(log_mel(sounds, rate), labels)
    controls = generated.first([added_clips(CONTROL_RATIO, int(count)) for count in counts])
    rng = np.random.default_rng([*seeds, 1])
    shuffled, planted = labels.copy(), generated.spectrograms.copy()
    shuffled[controls] = rng.permutation(labels[controls])
    planted[controls] = log_mel(plant(sounds[controls], shuffled[controls], classes, rate, rng), rate)
    return Material(real, Added(np.concatenate(classical), labels), generated, shuffled, planted)


def _classical(training: LabelledClips, label: int, count: int, rate: int, seeds: tuple[int, int]) -> Spectrograms:
    """So many changed clips of a class, each clip equally often; a smaller count gives the first of them."""
    clips = training.clips[training.labels == label]
    found = []
    for turn in range(-(-count // len(clips))):
        rng = np.random.default_rng([*seeds, 2, label, turn])
        order = rng.permutation(len(clips))[: count - turn * len(clips)]
        found.append(masked(log_mel(augment(clips[order], rate, rng), rate), rng))
    return np.concatenate(found)


def make_test_sets(data: StudyData) -> tuple[Spectrograms, Spectrograms]:
    """The test clips as they are, and with the planted tone of their class; the same for all seeds."""
    test = data.test
    marked = plant(test.clips, test.labels, len(data.classes), data.rate, np.random.default_rng(3))
    return log_mel(test.clips, data.rate), log_mel(marked, data.rate)
