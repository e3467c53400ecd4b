"""Table, plot and spectrograms of the results of `time_to_quality`.

    python -m benchmarks.quality_over_time RUNS --plot FILE.png
    python -m benchmarks.quality_over_time --sheet FILE.png real=FOLDER "paper's network, 30 min=FOLDER" ...

RUNS contains its lines of JSON. The sheet has a row for each titled folder of WAV files.
"""

import argparse
import json
from collections import defaultdict
from pathlib import Path
from statistics import fmean
from typing import Any

import soundfile
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.time_to_quality import MEASURES, TIMES
from wavegan_src.dsp.spectrogram import DYNAMIC_RANGE_DB, spectrogram_db
from wavegan_src.metrics import MEASURES as TABLE

SHEET_COLUMNS = 6
Runs = list[dict[str, Any]]


def main() -> None:
    """Print the table, and draw the requested figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sources", nargs="+", help="a file of runs, or with --sheet TITLE=FOLDER for each row")
    parser.add_argument("--plot", type=Path, help="plot the positions over time to this file")
    parser.add_argument("--sheet", type=Path, help="draw spectrograms to this file")
    given = parser.parse_args()
    if given.sheet is not None:
        sheet(dict(source.partition("=")[::2] for source in given.sources)).savefig(given.sheet, dpi=90)
        return
    runs = [json.loads(line) for source in given.sources for line in Path(source).read_text().splitlines()]
    print(table(runs))
    if given.plot is not None:
        plot(runs).savefig(given.plot, dpi=110)


def table(runs: Runs) -> str:
    """A Markdown row for each side and time: mean and range over the seeds, and positions in percent."""
    lines = ["| side | minutes | seeds | steps | " + " | ".join(TABLE[name].title for name in MEASURES) + " |"]
    lines.append("|---|---:|---:|---:|" + "---:|" * len(MEASURES))
    for side, times in by_side(runs).items():
        for minutes, courses in sorted(times.items()):
            steps = fmean(course["steps"] for course in courses)
            cells = [_cell([course[name] for course in courses]) for name in MEASURES]
            lines.append(f"| {side} | {minutes:g} | {len(courses)} | {steps:.0f} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def by_side(runs: Runs) -> dict[str, dict[float, Runs]]:
    """The figures of all seeds, by side and minutes."""
    found: dict[str, dict[float, Runs]] = defaultdict(lambda: defaultdict(list))
    for run in runs:
        for course in run["course"]:
            found[str(run["side"])][course["minutes"]].append(course)
    return found


def _cell(figures: Runs) -> str:
    values = [each["value"] for each in figures if each and each["value"] is not None]
    if not values:
        return ""
    places = [each["position"] for each in figures if each and each["position"] is not None]
    spread = f" ({min(values):.3g} to {max(values):.3g})" if len(values) > 1 else ""
    return f"{fmean(values):.3g}{spread}" + (f", {fmean(places):.0%}" if places else "")


def plot(runs: Runs) -> Figure:
    """Positions between noise and real sound over time, a panel for each measure and a line for each seed."""
    shown = [name for name in MEASURES if TABLE[name].has_position]
    figure = Figure(figsize=(13, 6.5), layout="constrained")
    panels = figure.subplots(2, 4).flatten()
    for index, (side, times) in enumerate(by_side(runs).items()):
        for name, panel in zip(shown, panels, strict=False):
            _lines(panel, name, times, side, f"C{index}")
    for name, panel in zip(shown, panels, strict=False):
        panel.set(title=TABLE[name].title, xscale="log", xlabel="minutes of training", ylim=(-0.25, 1.15))
        panel.set_xticks(TIMES, [f"{minutes:g}" for minutes in TIMES], minor=False)
        panel.minorticks_off()
        for height, words in ((0.0, "shaped noise"), (1.0, "real")):
            panel.axhline(height, color="0.6", linewidth=0.8)
            panel.annotate(
                words, (0.01, height), xycoords=("axes fraction", "data"), fontsize=7, color="0.4", va="bottom"
            )
    for panel in panels[len(shown) :]:
        panel.set_axis_off()
    handles, labels = panels[0].get_legend_handles_labels()
    panels[-1].legend(handles, labels, loc="center", title="line: mean of the seeds\npoints: each")
    return figure


def _lines(panel: Axes, name: str, times: dict[float, Runs], side: str, colour: str) -> None:
    points = [
        (minutes, course[name]["position"])
        for minutes, courses in sorted(times.items())
        for course in courses
        if course[name] and course[name]["position"] is not None
    ]
    if not points:
        return
    means = [(x, fmean(y for other, y in points if other == x)) for x in sorted({x for x, _ in points})]
    panel.plot(*zip(*points, strict=True), ".", color=colour, markersize=4)
    panel.plot(*zip(*means, strict=True), color=colour, label=side)


def sheet(rows: dict[str, str]) -> Figure:
    """Spectrograms of the first clips of each titled folder, one row each."""
    figure = Figure(figsize=(2.6 * SHEET_COLUMNS, 2.1 * len(rows)), layout="constrained")
    panels = figure.subplots(len(rows), SHEET_COLUMNS, squeeze=False)
    for line, (title, folder) in zip(panels, rows.items(), strict=True):
        for panel, path in zip(line, sorted(Path(folder).glob("*.wav")), strict=False):
            clip, rate = soundfile.read(path, dtype="float32")
            levels = spectrogram_db(clip)
            panel.imshow(
                levels,
                origin="lower",
                aspect="auto",
                vmin=levels.max() - DYNAMIC_RANGE_DB,
                extent=(0, len(clip) / rate, 0, rate / 2000),
            )
            panel.set_ylim(0, 6)
        for panel in line:
            panel.tick_params(labelsize=6)
        line[0].set_ylabel(f"{title}\nkHz", fontsize=9)
    return figure


if __name__ == "__main__":
    main()
