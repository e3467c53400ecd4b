"""The result of a listening test as a picture."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from wavegan_src.evaluation.listening.analysis import Analysis
from wavegan_src.utils.files import write_atomically

GRADES = ("bad", "poor", "fair", "good", "excellent")


def save_figure(path: Path, analysis: Analysis) -> None:
    """Write the picture as PNG.

    Raises:
        OSError: it cannot be written.
    """
    figure = result_figure(analysis)
    write_atomically(path, lambda file: figure.savefig(file, format="png", dpi=120))


def result_figure(analysis: Analysis) -> Figure:
    """Mean scores with intervals and each listener's mean; beside it the share of right answers in ABX."""
    parts = [draw for draw, known in ((_scores, analysis.conditions), (_abx, analysis.abx)) if known]
    figure = Figure(figsize=(5.2 * max(1, len(parts)), 4.2), layout="constrained")
    figure.suptitle(f"{analysis.title} — {len(analysis.listeners)} listeners, {len(analysis.excluded)} left out")
    for number, draw in enumerate(parts, start=1):
        draw(figure.add_subplot(1, len(parts), number), analysis)
    return figure


def _scores(axes: Axes, analysis: Analysis) -> None:
    for row, found in enumerate(analysis.conditions):
        own = list(found.by_listener.values())
        spread = np.linspace(-0.18, 0.18, len(own)) if len(own) > 1 else np.zeros(1)
        axes.plot(own, row + spread, "o", color="C0", alpha=0.3, markersize=4)
        errors = [[found.mean - found.low], [found.high - found.mean]]
        axes.errorbar(found.mean, row, xerr=errors, fmt="D", color="C3", capsize=4, markersize=5)
    axes.set_yticks(range(len(analysis.conditions)), [found.condition for found in analysis.conditions])
    axes.set(xlim=(0, 100), xlabel="mean score, 95 % interval; a dot for each listener")
    axes.invert_yaxis()
    axes.grid(axis="x", alpha=0.3)
    grades = axes.secondary_xaxis("top")
    grades.set_xticks(np.arange(10, 100, 20), GRADES)
    grades.tick_params(length=0)


def _abx(axes: Axes, analysis: Analysis) -> None:
    for row, found in enumerate(analysis.abx):
        share = found.right / found.answers
        errors = [[share - found.low], [found.high - share]]
        axes.errorbar(100 * share, row, xerr=100 * np.array(errors), fmt="D", color="C3", capsize=4, markersize=5)
    axes.axvline(50, color="grey", linestyle="--")
    axes.set_yticks(range(len(analysis.abx)), [found.system for found in analysis.abx])
    axes.set(xlim=(0, 100), ylim=(len(analysis.abx) - 0.5, -0.5), xlabel="ABX: right answers in % (50 is guessing)")
    axes.grid(axis="x", alpha=0.3)
