"""Which curves a report shows, of one run or of several, and the events that are marked on them."""

import math
from collections.abc import Sequence

from wavegan_src.architectures.table import spec_of
from wavegan_src.metrics import CHECKPOINT_COLUMNS, FALLBACK_MEASURE, MEASURES, Measure
from wavegan_src.report.chart import COLOURS, Chart, Line, Mark
from wavegan_src.report.reading import Columns, RunData

EVENT_LABELS = {"stopped": "S", "paused": "P", "failed": "F", "resumed": "R"}
MOST_MARKS = 40  # of one kind: a run resumed more often is marked at the latest ones


def marks(run: RunData) -> list[Mark]:
    """The best epoch, and every resumption, stop and pause."""
    found = []
    for kind, label in EVENT_LABELS.items():
        for event in [event for event in run.events if event.kind == kind][-MOST_MARKS:]:
            words = f"{kind} after epoch {event.epoch}" + (f": {event.text}" if event.text else "")
            found.append(Mark(event.epoch, label, kind, words))
    if run.best_epoch is not None:
        found.append(Mark(run.best_epoch, "★ best", "best", f"best model: epoch {run.best_epoch}"))
    return found


def quality_charts(run: RunData) -> list[Chart]:
    """The measures of the checkpoints, each with the anchors that it is read between."""
    if not run.checkpoints:
        return []
    titles = dict.fromkeys(measure.chart for measure in MEASURES.values() if measure.chart)
    charts = [_position_chart(run), *(_measure_chart(run, title) for title in titles)]
    return _marked(charts, marks(run))


def _position_chart(run: RunData) -> Chart:
    table = run.checkpoints
    return Chart(
        "Position between noise and real",
        "%",
        [
            Line("generated", table["epoch"], _positions(table), 0),
            _constant("white noise", table, 0.0),
            _constant(f"other {_data(run)} clips", table, 100.0),
        ],
        "Log-mel Fréchet distance, from white noise (0 %) to other clips of the data set (100 %).",
    )


def _measure_chart(run: RunData, title: str) -> Chart:
    """The measures that share a chart, each beside its anchors or its ideal value."""
    table = run.checkpoints
    measures = {key: measure for key, measure in MEASURES.items() if measure.chart == title}
    lines: list[Line] = []
    for colour, (key, measure) in enumerate(measures.items()):
        anchors = [
            _line(table, f"{key}_{anchor}", label, None, dashed=True)
            for anchor, label in (("noise", "white noise"), ("real", f"other {_data(run)} clips"))
            if f"{key}_{anchor}" in CHECKPOINT_COLUMNS
        ]
        lines += [_line(table, key, "generated" if anchors else measure.title.lower(), colour), *anchors]
    ideals = dict.fromkeys(measure.ideal for measure in measures.values())
    lines += [_constant("ideal", table, ideal) for ideal in ideals if ideal is not None]
    about = " ".join(_about(measure, named=len(measures) > 1) for measure in measures.values())
    return Chart(title, next(iter(measures.values())).unit, lines, about)


def _about(measure: Measure, *, named: bool = False) -> str:
    """A sentence on how to read a measure, with its title where a chart shows several."""
    start = f"{measure.title}, {measure.direction}" if named else measure.direction.capitalize()
    stop = "" if measure.meaning.endswith("?") else "."
    return f"{start}: {measure.meaning}{stop}"


def _data(run: RunData) -> str:
    return "stand-in" if run.procedural else "real"


def training_charts(run: RunData) -> list[Chart]:
    """Losses, gradients, learning rates and pace."""
    table = run.epochs
    words = spec_of(run.architecture).terms
    charts = [
        Chart(
            _title(words.estimate),
            "critic's units",
            [_line(table, "wasserstein_estimate", "E[D(real)] − E[D(generated)]", 2)],
            words.estimate_about,
        ),
        Chart(
            "Losses",
            words.losses_unit,
            [_line(table, "critic_loss", "critic", 0), _line(table, "generator_loss", "generator", 1)],
            words.losses_about,
        ),
        Chart("Gradient penalty", "", [_line(table, "gradient_penalty", words.penalty, 3)], words.penalty_about),
        Chart(
            "Gradient norms",
            "",
            [_line(table, "critic_grad_norm", "critic", 0), _line(table, "generator_grad_norm", "generator", 1)],
        ),
        Chart(
            "Learning rates",
            "",
            [
                _line(table, "learning_rate_critic", "critic", 0),
                _line(table, "learning_rate_generator", "generator", 1, dashed=True),
            ],
        ),
        Chart(
            "Strength of augmentation",
            "probability",
            [_line(table, "augmentation_strength", "of each transformation of each clip", 4)],
            "Where it is adaptive, it rises while the critic scores unseen recordings lower than training ones.",
        ),
    ]
    return _marked(charts, marks(run))


def resource_charts(run: RunData) -> list[Chart]:
    """The machine: pace, processor, memory, disk and every GPU."""
    table = run.resources or run.epochs  # runs of older versions have these figures in their rows of epochs
    charts = [
        Chart("Pace", "clips/s", [_line(run.epochs, "clips_per_second", "training clips per second", 2)]),
        Chart(
            "Processor",
            "%",
            [
                _line(table, "cpu_percent", "this run (100 = one core)", 0),
                _line(table, "machine_cpu_percent", "all processes (100 = all cores)", 1),
            ],
        ),
        Chart(
            "Memory",
            "MiB",
            [
                _line(table, "memory_mb", "this run, peak", 0),
                _line(table, "memory_available_mb", "left on the machine, least", 1),
            ],
        ),
        Chart("Free disk", "MiB", [_line(table, "disk_free_mb", "free where the run writes", 4)]),
    ]
    for name, gpu in run.gpus.items():
        charts += [
            Chart(f"{name}: use", "%", [_line(gpu, "gpu_percent", "time in which it computed, mean", 2)]),
            Chart(f"{name}: memory", "MiB", [_line(gpu, "gpu_memory_mb", "all processes, peak", 0)]),
            Chart(
                f"{name}: temperature and power",
                "°C, W",
                [_line(gpu, "temperature_c", "°C, highest", 3), _line(gpu, "power_w", "W, mean", 1)],
            ),
        ]
    return _marked(charts, marks(run))


def comparison_charts(runs: Sequence[RunData]) -> list[Chart]:
    """The same curve of every run in one picture; those that no run has are left out."""
    wanted = (
        *(
            (measure.title, measure.unit, "checkpoints", key, _about(measure))
            for key, measure in MEASURES.items()
            if measure.chart
        ),
        (_estimates(runs), "critic's units", "epochs", "wasserstein_estimate", "Not comparable between runs."),
        ("Pace", "clips/s", "epochs", "clips_per_second", ""),
    )
    charts = [
        Chart(
            title,
            unit,
            [
                _line(getattr(run, table), column, run.name, number, dashed=number >= COLOURS)
                for number, run in enumerate(runs)
            ],
            about,
        )
        for title, unit, table, column, about in wanted
    ]
    return [chart for chart in charts if chart.shown]


def _estimates(runs: Sequence[RunData]) -> str:
    """What the runs' estimates are called."""
    return _title(" or ".join(dict.fromkeys(spec_of(run.architecture).terms.estimate for run in runs)))


def _title(words: str) -> str:
    return words[0].upper() + words[1:]


def _positions(table: Columns) -> list[float]:
    """In percent, by the log-mel distance; NaN where there is none."""
    missing = [math.nan] * len(table["epoch"])
    anchors = (table.get(f"{FALLBACK_MEASURE}{anchor}", missing) for anchor in ("", "_noise", "_real"))
    positions = [MEASURES[FALLBACK_MEASURE].position(*row) for row in zip(*anchors, strict=True)]
    return [math.nan if position is None else 100 * position for position in positions]


def _line(table: Columns, column: str, label: str, colour: int | None, *, dashed: bool = False) -> Line:
    return Line(label, table.get("epoch", []), table.get(column, []), colour, dashed)


def _constant(label: str, table: Columns, value: float) -> Line:
    epochs = table["epoch"]
    return Line(label, [epochs[0], epochs[-1]], [value, value], None, dashed=True)


def _marked(charts: Sequence[Chart], found: Sequence[Mark]) -> list[Chart]:
    """The charts that have something to show, with the events on them."""
    return [
        Chart(chart.title, chart.unit, chart.lines, chart.about, found)
        for chart in charts
        if any(line.measured and line.colour is not None for line in chart.lines)
    ]
