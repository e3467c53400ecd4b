"""A small augmentation study: clips of two or three classes that a network can tell apart, and made-up generators."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile
import torch

from wavegan_src.dsp.arrays import Clips
from wavegan_src.evaluation.augmentation_study.arms import Condition, conditions
from wavegan_src.evaluation.augmentation_study.classes import LabelledClips, StudyData
from wavegan_src.evaluation.augmentation_study.results import Report
from wavegan_src.evaluation.augmentation_study.scoring import PASSED, Comparison, Result
from wavegan_src.evaluation.augmentation_study.study import Design
from wavegan_src.evaluation.measures.measurement import Interval
from wavegan_src.utils.progress import Advance

RATE = 4000
SAMPLES = 1000
CPU = torch.device("cpu")


def sounds(label: int, count: int, seed: int) -> Clips:
    """Noise, louder below a pitch that says the class."""
    rng = np.random.default_rng([label, seed])
    noise = np.fft.rfft(rng.standard_normal((count, SAMPLES)))
    cut = np.arange(noise.shape[1]) < (label + 1) * noise.shape[1] / 5
    clips = np.fft.irfft(noise * np.where(cut, 1.0, 0.05), SAMPLES)
    return np.asarray(0.1 * clips / clips.std(), np.float32)


def labelled(classes: int, recordings: int, seed: int, clips: int = 2) -> LabelledClips:
    """So many recordings of each class, of two clips each."""
    labels = np.repeat(np.arange(classes), recordings * clips)
    names = [f"{seed}/{label}/{number // clips}" for label in range(classes) for number in range(recordings * clips)]
    return LabelledClips(
        np.concatenate([sounds(label, recordings * clips, seed) for label in range(classes)]), labels, names
    )


def small_data(classes: int = 2) -> StudyData:
    """Training and test clips of other recordings."""
    names = ["low", "middle", "high"][:classes]
    return StudyData(names, labelled(classes, 4, 1), labelled(classes, 3, 2), RATE, False, [])


def small_design(ratios: tuple[float, ...] = (1.0,), seeds: int = 2, steps: int = 1) -> Design:
    """A few steps on the processor."""
    return Design(ratios, seeds, steps, 0, CPU)


class MadeUpGenerators:
    """Knows its class by the name of the run; counts what it is asked for, and may break off."""

    def __init__(self, break_off_at: str = "") -> None:
        self.trained: list[str] = []
        self.rendered = 0
        self._break_off_at = break_off_at

    def train(self, training: Path, run: Path, advance: Advance) -> None:
        """Only look at what it is given."""
        assert list(training.rglob("*.wav"))
        if run.name == self._break_off_at:
            raise KeyboardInterrupt
        self.trained.append(run.name)
        advance(1)

    def render(self, run: Path, first: int, count: int) -> Clips:
        """Sounds of the class, others for every seed."""
        self.rendered += count
        return np.concatenate(
            [sounds(["low", "middle", "high"].index(run.name), 1, 100 + n) for n in range(first, first + count)]
        )


def write_classes(root: Path, recordings: dict[str, int], seconds: float = 1.0, rate: int = 8192) -> None:
    """A folder of folders: recordings of pulse trains, at another rate in each class."""
    rng = np.random.default_rng(0)
    time = np.arange(round(seconds * rate)) / rate
    for label, (name, count) in enumerate(recordings.items()):
        (root / name).mkdir(parents=True, exist_ok=True)
        for number in range(count):
            pulses = np.exp(-8 * ((time * (20 + 40 * label + 5 * number)) % 1))
            sound = 0.3 * pulses * np.sin(2 * np.pi * 300 * time) + 0.05 * rng.standard_normal(len(time))
            soundfile.write(root / name / f"{number}.wav", sound, rate, subtype="PCM_16")


def made_up_report(verdict: Callable[[Condition], str], real: float = 0.7) -> Report:
    """A study with a macro-F1 of `real` in every arm, and these verdicts."""
    results = []
    first = conditions((0.5, 1))[0]
    for condition in conditions((0.5, 1)):
        comparison = None
        if condition.arm.name not in ("real", "shuffled_only"):
            comparison = Comparison(first, 0.1, Interval(-0.01, 0.2, 100), verdict(condition))
        results.append(
            Result(condition, real, Interval(real - 0.1, real + 0.1, 100), [real, real], [real, real], comparison)
        )
    return Report(small_data(), results, 100, 300, 2)


def controls_passed(other: str) -> Callable[[Condition], str]:
    """A verdict for all arms but the controls."""
    return lambda condition: PASSED if condition.arm.control else other
