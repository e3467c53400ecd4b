"""The result of a study as a picture: every arm's macro-F1 with its interval, beside real clips alone."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from wavegan_src.evaluation.augmentation_study.arms import REAL
from wavegan_src.evaluation.augmentation_study.results import Report
from wavegan_src.evaluation.augmentation_study.scoring import FAILED, HELPED, HURT, Result
from wavegan_src.utils.files import write_atomically

COLOURS = {HELPED: "C2", HURT: "C3", FAILED: "C3"}


def save_figure(path: Path, report: Report) -> None:
    """Write the picture as PNG.

    Raises:
        OSError: it cannot be written.
    """
    figure = result_figure(report)
    write_atomically(path, lambda file: figure.savefig(file, format="png", dpi=120))


def result_figure(report: Report) -> Figure:
    """The arms above, the controls below, on one scale; dots are seeds."""
    arms = [result for result in report.results if not result.condition.arm.control]
    controls = [result for result in report.results if result.condition.arm.control]
    figure = Figure(figsize=(8.5, 1.6 + 0.32 * len(report.results)), layout="constrained")
    kind = "procedural stand-in clips" if report.data.stand_in else "recordings"
    figure.suptitle(f"Does it help a classifier? {len(report.data.classes)} classes of {kind}, {report.seeds} seeds")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(len(arms), len(controls) + 0.5))
    real = report.of(REAL)[0]
    for axes, shown in ((above, arms), (below, controls)):
        _draw(axes, shown)
        axes.axvline(real.macro_f1, color="grey", linestyle="--", linewidth=1, zorder=0)
        axes.axvline(1 / len(report.data.classes), color="grey", linestyle=":", linewidth=1, zorder=0)
        axes.grid(axis="x", alpha=0.3)
    below.set_title("Controls", fontsize="medium", loc="left")
    below.set_xlabel("macro-F1, 95 % interval, a dot for each seed\n(dashed: real clips alone, dotted: guessing)")
    below.set_xlim(0, 1.02)
    return figure


def _draw(axes: Axes, results: Sequence[Result]) -> None:
    for row, result in enumerate(results):
        axes.plot(result.by_seed, [row] * len(result.by_seed), "o", color="C0", alpha=0.3, markersize=4)
        errors = [[max(0.0, result.macro_f1 - result.interval.low)], [max(0.0, result.interval.high - result.macro_f1)]]
        colour = COLOURS.get(result.verdict, "black")
        axes.errorbar(result.macro_f1, row, xerr=errors, fmt="D", color=colour, capsize=4, markersize=5)
    axes.set_yticks(range(len(results)), [_label(result) for result in results])
    axes.set_ylim(len(results) - 0.5, -0.5)


def _label(result: Result) -> str:
    arm, ratio = result.condition.arm, result.condition.ratio
    name = f"{arm.title}, {ratio:g}" if arm.has_ratio and not arm.control else arm.title
    return f"{name} ({result.verdict})" if result.verdict in COLOURS else name
