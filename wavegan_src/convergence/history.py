"""What a run has recorded, read from its CSV files however they were left, and lined up by checkpoint.

Unlike `metrics.CsvLog`, which refuses another version's file, this reads what is there: a run that is still writing,
one that was killed in the middle of a line, or somebody else's table with the same names of columns.
"""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wavegan_src.architectures.table import DEFAULT
from wavegan_src.dsp.trends import middle
from wavegan_src.metrics import FALLBACK_MEASURE, TIMING_COLUMNS
from wavegan_src.utils.csv_log import read_cells, to_count, to_number

Floats = NDArray[np.float64]
Columns = dict[str, list[float]]

_ALWAYS_WRITTEN = ("wasserstein_estimate", "critic_loss")  # a cell of theirs without a number is a figure gone wrong


@dataclass(frozen=True)
class Recorded:
    """A table as far as it can be read.

    Attributes:
        columns: figures by column; NaN where a cell is empty or no number.
        problem: what is wrong with the file, in a clause, or "".
    """

    columns: Columns
    problem: str = ""


def read_recorded(path: Path) -> Recorded:
    """Read a table with a column `epoch`; rows come out in the order of their epochs, each epoch once.

    A line without its end is left out, since a cut number is a wrong number; so are lines without an epoch and lines
    with too many or too few cells. Of two lines of one epoch the later counts.
    """
    if not path.exists():
        return Recorded({})
    try:
        table = read_cells(path)
    except OSError as error:
        return Recorded({}, f"{path.name} cannot be read ({error.strerror})")
    header = table.header
    if not header:
        return Recorded({}, f"{path.name} is {'cut in its first line' if table.torn or table.damaged else 'empty'}")
    if "epoch" not in header:
        return Recorded({}, f"{path.name} is no table of a run: it has no column epoch")
    position = header.index("epoch")
    rows: dict[float, list[float]] = {}
    for cells in table.rows:
        figures = [to_number(cell) for cell in cells]
        if to_count(figures[position]) is not None:
            rows[figures[position]] = figures
    unusable = table.damaged + len(table.rows) - len(rows)
    problems = [f"{path.name} is cut in its last line"] if table.torn else []
    problems += [f"{unusable} line{'s' if unusable > 1 else ''} of {path.name} cannot be used"] if unusable else []
    ordered = [rows[epoch] for epoch in sorted(rows)]
    columns = {name: [row[index] for row in ordered] for index, name in enumerate(header)} if ordered else {}
    return Recorded(columns, ", and ".join(problems))


@dataclass(frozen=True)
class History:
    """The figures that say where a run is, one value per checkpoint: each `(checkpoints,)`, NaN where not measured.

    What is recorded every epoch stands as the median of the epochs since the checkpoint before, so that one wild epoch
    decides nothing and a run's verdict does not depend on how many epochs lie between its checkpoints.
    """

    architecture: str  # `model.architecture`: what the critic's figures mean
    measure: str | None  # which column `quality` is; None where no quality was measured
    judges: int | None  # recordings that it is measured against; None where an older run did not count them
    epochs: Floats
    quality: Floats  # lower is better
    chosen: NDArray[np.bool_]  # the checkpoint was the best model when it was written
    second: Floats  # the log-mel distance where it is not `quality` itself: a second opinion
    wasserstein: Floats  # the difference of mean scores, whether or not it estimates a distance
    penalty: Floats
    critic_gradient: Floats
    generator_gradient: Floats
    score: Floats  # the largest absolute critic score or loss
    broken: NDArray[np.bool_]  # a figure was not finite
    gap: Floats  # by how much the critic scores unseen clips lower than training clips, over the estimate
    diversity: Floats
    memorisation: Floats

    def __len__(self) -> int:
        return len(self.epochs)


def line_up(epochs: Columns, checkpoints: Columns, primary: str, architecture: str = DEFAULT) -> History:
    """Bring both tables of a run onto its checkpoints; without checkpoints every epoch counts as one.

    Args:
        epochs: columns of `epoch_statistics.csv`, all of one length, in the order of epochs; without a column `epoch`
            the rows are counted.
        checkpoints: columns of `checkpoint_metrics.csv`; may be empty.
        primary: the measure that chooses the best model; where it was never taken the log-mel distance stands in.
        architecture: `model.architecture` of the run.
    """
    epochs, checkpoints = _numbered(epochs), _numbered(checkpoints)
    table = checkpoints if checkpoints.get("epoch") else epochs
    axis = _column(table, "epoch", 0)
    count = len(axis)
    measure = next((name for name in (primary, FALLBACK_MEASURE) if _measured(checkpoints, name)), None)
    groups = _rows_since(axis, np.asarray(epochs.get("epoch", []), dtype=np.float64))
    wasserstein = "wasserstein_estimate"
    penalised = not _measured(epochs, wasserstein)  # minus the critic's loss is the estimate less the penalty
    estimate = -_medians(epochs, "critic_loss", groups) if penalised else _medians(epochs, wasserstein, groups)
    quality = _column(checkpoints, measure or "", count)
    return History(
        architecture=architecture,
        measure=measure,
        judges=_judges(checkpoints),
        epochs=axis,
        quality=quality,
        chosen=_chosen(checkpoints, quality),
        second=_column(checkpoints, "" if measure == FALLBACK_MEASURE else FALLBACK_MEASURE, count),
        wasserstein=estimate,
        penalty=_medians(epochs, "gradient_penalty", groups),
        critic_gradient=_medians(epochs, "critic_grad_norm", groups),
        generator_gradient=_medians(epochs, "generator_grad_norm", groups),
        score=_largest(epochs, ("real_score", "fake_score", "critic_loss", "generator_loss"), groups),
        broken=_broken(epochs, groups),
        gap=_gap(checkpoints, estimate),
        diversity=_column(checkpoints, "diversity", count),
        memorisation=_column(checkpoints, "memorisation", count),
    )


def _numbered(table: Columns) -> Columns:
    """A table with a column `epoch`; its rows are counted where it has none."""
    rows = max(map(len, table.values()), default=0)
    return table if "epoch" in table else {"epoch": [float(number) for number in range(1, rows + 1)], **table}


def best_row(checkpoints: Columns, measure: str) -> int | None:
    """The row of the best model, the newest that was called so when it was written; None if none was measured."""
    rows = np.flatnonzero(_chosen(checkpoints, _column(checkpoints, measure, len(checkpoints.get("epoch", [])))))
    return int(rows[-1]) if len(rows) else None


def _chosen(checkpoints: Columns, quality: Floats) -> NDArray[np.bool_]:
    """Which checkpoints became the best model; without that column each one that is lower than all before it."""
    recorded = _column(checkpoints, "best", len(quality))
    if np.isfinite(recorded).any():
        return (recorded > 0) & np.isfinite(quality)
    values = np.where(np.isfinite(quality), quality, np.inf)
    return np.isfinite(values) & (values < np.concatenate([[np.inf], np.minimum.accumulate(values)[:-1]]))


def _judges(checkpoints: Columns) -> int | None:
    counts = [
        count for figure in checkpoints.get("validation_recordings", []) if (count := to_count(figure)) is not None
    ]
    return counts[-1] if counts else None


def _gap(checkpoints: Columns, estimate: Floats) -> Floats:
    """The critic's preference for the clips it was trained on, as a share of its estimate; NaN where that is none.

    The column `overfitting_gap` has the same numerator, over the critic's gap to the averaged generator's clips. That
    generator is not the critic's opponent, and where its clips score near the real ones the ratio has no bounds.
    """
    count = len(estimate)
    scores = (_column(checkpoints, name, count) for name in ("critic_real_training", "critic_real_validation"))
    training, validation = scores
    with np.errstate(over="ignore", invalid="ignore"):
        gap: Floats = (training - validation) / np.where(estimate > 0, estimate, np.nan)
    return gap


def _column(table: Columns, name: str, count: int) -> Floats:
    return np.asarray(table[name], dtype=np.float64) if table.get(name) else np.full(count, np.nan)


def _measured(table: Columns, name: str) -> bool:
    return bool(np.isfinite(np.asarray(table.get(name, []), dtype=np.float64)).any())


def _rows_since(axis: Floats, epochs: Floats) -> list[slice]:
    """For each checkpoint the rows of the epochs after the one before it, up to its own."""
    ends = np.searchsorted(epochs, axis, side="right")
    return [slice(start, end) for start, end in zip((0, *ends[:-1]), ends, strict=True)] if len(axis) else []


def _medians(table: Columns, name: str, groups: list[slice]) -> Floats:
    values = _column(table, name, 0)
    return np.array([_median(values[rows]) for rows in groups], dtype=np.float64)


def _median(values: Floats) -> float:
    finite = values[np.isfinite(values)]
    return float(middle(np.sort(finite))) if len(finite) else math.nan


def _largest(table: Columns, names: tuple[str, ...], groups: list[slice]) -> Floats:
    parts = [np.abs(_column(table, name, 0)) for name in names if table.get(name)]
    result = np.full(len(groups), np.nan)
    for index, rows in enumerate(groups):
        finite = [part[rows][np.isfinite(part[rows])] for part in parts]
        values = np.concatenate(finite) if finite else np.empty(0)
        result[index] = values.max() if len(values) else np.nan
    return result


def _broken(table: Columns, groups: list[slice]) -> NDArray[np.bool_]:
    """Whether a figure is infinite, or one that every epoch has is missing."""
    wrong = np.zeros(len(table.get("epoch", [])), dtype=bool)
    for name in table.keys() - TIMING_COLUMNS:
        column = np.asarray(table[name], dtype=np.float64)
        wrong |= np.isinf(column) | (np.isnan(column) if name in _ALWAYS_WRITTEN else False)
    return np.array([bool(wrong[rows].any()) for rows in groups], dtype=bool)
