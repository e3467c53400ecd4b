"""The results of a study as files and as sentences."""

import csv
import io
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wavegan_src.evaluation.augmentation_study.arms import (
    BLIND,
    BOTH,
    CLASSICAL,
    GENERATED,
    ONLY,
    PLANTED,
    REAL,
    SHUFFLED,
    Arm,
    added_clips,
)
from wavegan_src.evaluation.augmentation_study.classes import LabelledClips, StudyData
from wavegan_src.evaluation.augmentation_study.scoring import HELPED, HURT, PASSED, Result
from wavegan_src.utils.files import write_text_atomically

CSV_NAME, JSON_NAME, PICTURE_NAME = "results.csv", "results.json", "results.png"
LITTLE_ROOM = 0.98
COLUMNS = (
    "arm",
    "ratio",
    "real_clips",
    "classical_clips",
    "generated_clips",
    "macro_f1",
    "low",
    "high",
    "compared_with",
    "difference",
    "difference_low",
    "difference_high",
    "verdict",
)


@dataclass(frozen=True)
class Report:
    """A finished study.

    Attributes:
        data: its clips.
        results: of every arm.
        generator_steps, classifier_steps: of each.
        seeds: number of classifiers for each arm and ratio.
    """

    data: StudyData
    results: Sequence[Result]
    generator_steps: int
    classifier_steps: int
    seeds: int

    def of(self, arm: Arm) -> list[Result]:
        """The results of one arm, by ratio."""
        return [result for result in self.results if result.condition.arm is arm]


def write_results(folder: Path, report: Report) -> None:
    """Write results.csv and results.json.

    Raises:
        OSError: they cannot be written.
    """
    text = io.StringIO()
    table = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    table.writeheader()
    rows = [_row(result, report.data.training) for result in report.results]
    table.writerows(rows)
    write_text_atomically(folder / CSV_NAME, text.getvalue())
    content = {
        "classes": _classes(report.data),
        "generator_steps": report.generator_steps,
        "classifier_steps": report.classifier_steps,
        "seeds": report.seeds,
        "procedural_stand_in": report.data.stand_in,
        "notices": list(report.data.notices),
        "conclusions": conclusions(report),
        "results": [
            {
                **{key: None if value == "" else value for key, value in row.items()},
                "by_seed": list(result.by_seed),
                "by_class": dict(zip(report.data.classes, result.by_class, strict=True)),
            }
            for row, result in zip(rows, report.results, strict=True)
        ],
    }
    write_text_atomically(folder / JSON_NAME, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def _row(result: Result, training: LabelledClips) -> dict[str, Any]:
    arm, ratio = result.condition.arm, result.condition.ratio
    counts = Counter(training.labels.tolist()).values()
    added = sum(added_clips(ratio, count) for count in counts)
    comparison = result.comparison
    compared: dict[str, Any] = dict.fromkeys(("compared_with", "difference", "difference_low", "difference_high"), "")
    if comparison is not None:
        compared = {
            "compared_with": comparison.against.arm.name,
            "difference": comparison.difference,
            "difference_low": comparison.interval.low,
            "difference_high": comparison.interval.high,
        }
    return {
        "arm": arm.name,
        "ratio": ratio if arm.has_ratio else "",
        "real_clips": len(training) if arm.real else 0,
        "classical_clips": added if arm.classical else 0,
        "generated_clips": added if arm.generated else 0,
        "macro_f1": result.macro_f1,
        "low": result.interval.low,
        "high": result.interval.high,
        **compared,
        "verdict": result.verdict,
    }


def _classes(data: StudyData) -> list[dict[str, Any]]:
    return [{"name": name, **_counts(data, label)} for label, name in enumerate(data.classes)]


def _counts(data: StudyData, label: int) -> dict[str, int]:
    """Clips and recordings of a class on both sides."""
    found: dict[str, int] = {}
    for side, clips in (("training", data.training), ("test", data.test)):
        own = [name for name, number in zip(clips.recordings, clips.labels, strict=True) if number == label]
        found |= {f"{side}_recordings": len(set(own)), f"{side}_clips": len(own)}
    return found


def describe(data: StudyData) -> list[str]:
    """A line for each class."""
    lines = []
    for label, name in enumerate(data.classes):
        found = _counts(data, label)
        lines.append(
            f"{name}: {found['training_clips']} training clips of {found['training_recordings']} recordings, "
            f"{found['test_clips']} test clips of {found['test_recordings']}"
        )
    return lines


def conclusions(report: Report) -> list[str]:
    """What the study says, in sentences: of each way to add clips, and of both controls."""
    real = report.of(REAL)[0]
    lines = []
    if real.macro_f1 >= LITTLE_ROOM:
        lines.append(
            f"Real clips alone reach a macro-F1 of {real.macro_f1:.2f}, which leaves hardly any room to help: train on "
            "fewer recordings (--recordings), or take classes that are harder to tell apart."
        )
    if real.interval.low <= 1 / len(report.data.classes):
        lines.append(
            f"Real clips alone reach a macro-F1 of {real.macro_f1:.2f}, which may be guessing: give more recordings or "
            "more --classifier-steps, or the study says little."
        )
    lines += [
        _conclusion("Generated clips beside real ones", report.of(GENERATED)),
        _conclusion("Classical augmentation", report.of(CLASSICAL)),
        _conclusion("Both together", report.of(BOTH)),
        _in_place_of_real(report.of(ONLY)),
        *_controls(report),
    ]
    return lines


def _conclusion(what: str, results: Sequence[Result]) -> str:
    best = max(results, key=lambda result: result.macro_f1)
    helped = [result for result in results if result.verdict == HELPED]
    hurt = [result for result in results if result.verdict == HURT]
    if helped:
        best = max(helped, key=lambda result: result.macro_f1)
        return f"{what} helped: {_figures(best)}."
    if len(hurt) == len(results):
        return f"{what} did not help but hurt at every ratio: at best {_figures(best)}."
    return f"{what} did not help: at best {_figures(best)}."


def _in_place_of_real(results: Sequence[Result]) -> str:
    best = max(results, key=lambda result: result.macro_f1)
    words = {HELPED: "do better than real ones", HURT: "do worse than real ones"}
    said = words.get(best.verdict, "do not clearly do better or worse than real ones")
    return f"Generated clips alone {said}: at best {_figures(best)}."


def _controls(report: Report) -> list[str]:
    shuffled, planted, blind = (report.of(arm)[0] for arm in (SHUFFLED, PLANTED, BLIND))
    return [
        "Control, shuffled labels: "
        + ("passed, they did not help" if shuffled.verdict == PASSED else "FAILED, they helped")
        + f" ({_figures(shuffled)})."
        + ("" if shuffled.verdict == PASSED else _NOT_TO_BE_TRUSTED),
        "Control, planted signal: "
        + ("passed, it was found" if planted.verdict == PASSED else "FAILED, it was not found")
        + f" (macro-F1 {planted.macro_f1:.2f}, {blind.macro_f1:.2f} without it)."
        + ("" if planted.verdict == PASSED else _TOO_WEAK),
    ]


_NOT_TO_BE_TRUSTED = " So a gain does not come from what clips say of their class: do not trust this study."
_TOO_WEAK = (
    " So this study would not see help if there were some: give more --classifier-steps, or add test recordings."
)


def _figures(result: Result) -> str:
    text = f"macro-F1 {result.macro_f1:.2f} at ratio {result.condition.ratio:g}"
    found = result.comparison
    if found is None:
        return text
    return (
        f"{text}, {found.difference:+.2f} (95 % {found.interval.low:+.2f} to {found.interval.high:+.2f}) against "
        "real clips alone"
    )
