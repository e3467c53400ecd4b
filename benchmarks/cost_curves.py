"""How time and memory grow with the sizes that a user chooses, compared with theory.

    python -m benchmarks.cost_curves --out docs/images/cost_curves.png

Every point is measured in its own process. A curve's slope is the slope of a straight line through the logarithms; it
is given twice, over all sizes and over the two largest, as at small widths much of the cost does not grow with d².
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from benchmarks import cost_points
from benchmarks.cost_points import Cost
from benchmarks.measuring import in_own_process

BASE = {"model_dim": 16, "batch": 8, "seconds": 1.0, "kernel": 25}
LEAST_MB = 1.0  # less is indistinguishable from chance
TIME_COLOUR, MEMORY_COLOUR = "C0", "C3"


@dataclass(frozen=True)
class Curve:
    """Cost over one size; the other sizes are those in `BASE`.

    time_theory, memory_theory: slopes expected from the operations and from the memory of activations and weights, as a
    range if two terms compete.
    """

    name: str
    label: str
    sizes: list[float]
    measure: Callable[[float], Cost]
    time_theory: tuple[float, float]
    memory_theory: tuple[float, float]
    time_label: str = "s per iteration"


@dataclass(frozen=True)
class Measured:
    """A curve's figures and the slopes fitted to them."""

    name: str
    sizes: list[float]
    seconds: list[float]
    memory_mb: list[float]
    time_slope: float
    time_slope_end: float  # between the two largest sizes
    time_theory: tuple[float, float]
    memory_slope: float
    memory_slope_end: float
    memory_theory: tuple[float, float]


CURVES = [
    # Convolutions grow with d²; LeakyReLU, phase shuffle and the copies between layers with d.
    Curve("model_dim", "width d", [4, 8, 16, 32, 64], partial(cost_points.of, BASE, "model_dim"), (1, 2), (1, 2)),
    # Preparing weights for the kernels and Adam's step happen once per batch and do not grow with it.
    Curve("batch", "clips in a batch", [2, 4, 8, 16, 32], partial(cost_points.of, BASE, "batch"), (1, 1), (0, 1)),
    Curve(
        "seconds",
        "length of a clip (s)",
        [0.25, 0.5, 1, 2, 4],
        partial(cost_points.of, BASE, "seconds"),
        (1, 1),
        (0, 1),
    ),
    Curve("kernel", "length of a kernel", [9, 17, 25, 49], partial(cost_points.of, BASE, "kernel"), (0, 1), (0, 1)),
    Curve("clips_open", "clips: open the warm cache", [100, 1000, 10_000], cost_points.of_opening, (0, 1), (0, 0), "s"),
    Curve(
        "clips_epoch",
        "clips: fetch one epoch (memory: the mapped cache)",
        [100, 1000, 10_000],
        cost_points.of_epoch,
        (1, 1),
        (0, 1),
        "s",
    ),
]


def main(
    out: Annotated[Path | None, typer.Option(help="Figure to draw")] = None,
    only: Annotated[list[str] | None, typer.Option(help="Names of the curves to measure; all by default")] = None,
    keep: Annotated[Path | None, typer.Option(help="JSON file of figures: those in it are not measured again")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per curve")] = False,
) -> None:
    """Measure, fit, print and draw."""
    known = json.loads(keep.read_text()) if keep is not None and keep.exists() else {}
    for curve in CURVES:
        if curve.name not in known and (only is None or curve.name in only):
            known[curve.name] = asdict(measure(curve))
            if keep is not None:
                keep.write_text(json.dumps(known))
    found = [Measured(**known[curve.name]) for curve in CURVES if curve.name in known]
    for each in found:
        typer.echo(json.dumps(asdict(each)) if as_json else describe(each))
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        draw([curve for curve in CURVES if curve.name in known], found).savefig(out, dpi=110)


def measure(curve: Curve) -> Measured:
    """Measure all points of a curve."""
    costs = [in_own_process(curve.measure, size) for size in curve.sizes]
    seconds, memory = [cost.seconds for cost in costs], [cost.memory_mb for cost in costs]
    return Measured(
        curve.name,
        curve.sizes,
        seconds,
        memory,
        slope(curve.sizes, seconds),
        slope(curve.sizes[-2:], seconds[-2:]),
        curve.time_theory,
        slope(curve.sizes, np.maximum(memory, LEAST_MB).tolist()),
        slope(curve.sizes[-2:], np.maximum(memory[-2:], LEAST_MB).tolist()),
        curve.memory_theory,
    )


def slope(sizes: list[float], values: list[float]) -> float:
    """The slope of the straight line fitted to the logarithms."""
    return float(np.polyfit(np.log(sizes), np.log(np.maximum(values, 1e-9)), 1)[0])


def describe(found: Measured) -> str:
    """A curve in one line."""
    points = ", ".join(
        f"{size:g}: {1000 * seconds:.3g} ms, {memory:.0f} MiB"
        for size, seconds, memory in zip(found.sizes, found.seconds, found.memory_mb, strict=True)
    )
    return (
        f"{found.name}: time slope {found.time_slope:.2f}, at the end {found.time_slope_end:.2f} (theory "
        f"{_range(found.time_theory)}); memory {found.memory_slope:.2f}, at the end {found.memory_slope_end:.2f} "
        f"(theory {_range(found.memory_theory)})\n    {points}"
    )


def draw(curves: list[Curve], found: list[Measured]) -> Figure:
    """Plot time and memory over every size on logarithmic axes; dashed: the steepest slope expected by theory."""
    figure = Figure(figsize=(15, 8.5), layout="constrained")
    axes = np.atleast_1d(figure.subplots(2, -(-len(curves) // 2))).ravel()
    figure.suptitle(
        f"Cost of training on a CPU; other sizes: d = {BASE['model_dim']}, batch {BASE['batch']}, "
        f"{BASE['seconds']:g} s; dashed and in brackets: steepest slope in theory"
    )
    for axis, curve, each in zip(axes, curves, found, strict=False):
        memory_axis = axis.twinx()
        _line(axis, each.sizes, each.seconds, each.time_theory[1], each.time_slope, TIME_COLOUR, "time")
        _line(
            memory_axis, each.sizes, each.memory_mb, each.memory_theory[1], each.memory_slope, MEMORY_COLOUR, "memory"
        )
        axis.set(xscale="log", xlabel=curve.label)
        axis.set_xticks(each.sizes, [f"{size:g}" for size in each.sizes])
        axis.minorticks_off()
        axis.set_ylabel(curve.time_label, color=TIME_COLOUR)
        memory_axis.set_ylabel("MiB beyond the libraries", color=MEMORY_COLOUR)
        lines = [*axis.get_lines(), *memory_axis.get_lines()]
        axis.legend(handles=[line for line in lines if not str(line.get_label()).startswith("_")], loc="upper left")
        axis.grid(alpha=0.3)
    return figure


def _line(
    axis: Axes, sizes: list[float], values: list[float], theory: float, fitted: float, colour: str, name: str
) -> None:
    positive = np.maximum(values, LEAST_MB if name == "memory" else 1e-6)
    axis.set_yscale("log")
    axis.yaxis.set_major_formatter("{x:g}")
    axis.yaxis.set_minor_formatter("{x:g}" if 2 < positive.max() / positive.min() < 20 else NullFormatter())
    axis.plot(sizes, positive, "o-", color=colour, label=f"{name}: slope {fitted:.2f} (≤ {theory:g})")
    expected = positive[-1] * (np.asarray(sizes) / sizes[-1]) ** theory
    axis.plot(sizes, expected, "--", color=colour, alpha=0.5, label=f"_{name}")


def _range(theory: tuple[float, float]) -> str:
    low, high = theory
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


if __name__ == "__main__":
    typer.run(main)
