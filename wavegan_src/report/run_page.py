"""`report.html` of a run, and `comparison.html` of several runs side by side."""

import json
import math
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from wavegan_src.convergence.judging import can_choose
from wavegan_src.metrics import MEASURES
from wavegan_src.report.charts import comparison_charts, quality_charts, resource_charts, training_charts
from wavegan_src.report.reading import RunData, read_run, with_own_names
from wavegan_src.report.templates import load_template, save_page
from wavegan_src.report.time_use import critic_shares, shares
from wavegan_src.report.timeline import AUDIO_BYTES, Timeline, read_timeline
from wavegan_src.run.folder import RunFolder
from wavegan_src.run.record import Phase
from wavegan_src.utils.csv_log import read_cells, to_count
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.format import format_duration, format_number
from wavegan_src.utils.program import program, typed_command

COMPARISON_NAME = "comparison.html"
TABLE_ROWS, EVENT_ROWS, WARNINGS = 20, 30, 3  # the newest that a page shows


def run_page(run: RunData) -> str:
    """A run's page as HTML."""
    timeline = read_timeline(run.folder, run.best_epoch)
    return load_template("run.html").render(
        scripts=True,
        run=run,
        title=f"{run.name}: epoch {run.epoch}",
        state=state_words(run),
        verdicts=run.verdicts(),
        facts=facts(run),
        quality=quality_charts(run),
        training=training_charts(run),
        resources=resource_charts(run),
        timeline=timeline,
        time=shares(run.profile),
        critic_time=critic_shares(run.profile),
        reproduce=reproduction(run),
        config=json.dumps(run.config, indent=2, ensure_ascii=False) if run.config else "",
        checkpoints=_table(run.folder.checkpoint_csv),
        events=run.events[-EVENT_ROWS:],
        warnings=[event for event in run.events if event.kind == "warning"][-WARNINGS:],
    )


def comparison_page(runs: Sequence[RunData]) -> str:
    """Several runs on one page as HTML."""
    budget = AUDIO_BYTES // len(runs)
    timelines: list[tuple[RunData, Timeline]] = [
        (run, read_timeline(run.folder, run.best_epoch, budget)) for run in runs
    ]
    return load_template("comparison.html").render(
        scripts=True,
        runs=runs,
        title=f"{len(runs)} runs side by side",
        states={run.name: state_words(run) for run in runs},
        verdicts={run.name: run.verdicts() for run in runs},
        rows=_compared(runs),
        differences=differing_settings(runs),
        charts=comparison_charts(runs),
        timelines=timelines,
    )


def state_words(run: RunData) -> str:
    """Whether the run goes on, and how it ended."""
    reason = run.record.reason if run.record is not None else ""
    words = {Phase.RUNNING: "in training", Phase.UNKNOWN: "unfinished", Phase.KILLED: "killed"}.get(
        run.phase, run.phase
    )
    return f"{words} ({reason.rstrip('.')})" if reason and run.phase != Phase.RUNNING else str(words)


def facts(run: RunData) -> list[tuple[str, str]]:
    """The key facts, as name and value; unknown ones are left out."""
    target = run.setting("training.epochs")
    iterations = [count for figure in run.epochs.get("iteration", []) if (count := to_count(figure)) is not None]
    info = run.info
    clips = f"{info.get('training_clips')} training, {info.get('validation_clips')} validation"
    found = [
        ("Epochs", f"{run.epoch}" + (f" of {target}" if target is not None else "")),
        ("Critic steps", f"{iterations[-1]:,}" if iterations else ""),
        ("Best model", "" if run.best_epoch is None else f"epoch {run.best_epoch} ({_chosen_by(run)})"),
        ("Clips", clips if "training_clips" in info else ""),
        ("Recordings", str(info.get("recordings") or "")),
        ("Device", str(info.get("device", ""))),
        ("Training time", _training_time(run)),
        ("Resumed", _times(sum(event.kind == "resumed" for event in run.events))),
        ("Last begun", str(info.get("written", ""))),
    ]
    return [(name, value) for name, value in found if value]


def _chosen_by(run: RunData) -> str:
    recordings = to_count(run.at_best("validation_recordings"))
    return f"by {run.primary}" if recordings is None or can_choose(recordings) else "the newest"


def reproduction(run: RunData) -> list[tuple[str, str]]:
    """Commands and versions that reproduce the run."""
    snapshot = shlex.quote(str(run.folder.config_snapshot))
    found = [
        ("Run it again", f"{program()} --config {snapshot} --output-dir {shlex.quote(run.name + '_again')}"),
        ("Started by", typed_command(run.info.get("command", ""))),
        ("Versions", ", ".join(f"{key} {run.info[key]}" for key in ("wavegan", "torch", "python") if key in run.info)),
        ("Seed", format_number(run.setting("training.seed"))),
        ("Data set's fingerprint", str(run.info.get("data_fingerprint", ""))),
        ("Threads", str(run.info.get("threads", ""))),
    ]
    return [(name, value) for name, value in found if value and value != "-"]


def differing_settings(runs: Sequence[RunData]) -> list[tuple[str, list[str]]]:
    """Settings that differ between the runs, with each run's value; the output folder does not count."""
    flat = [_flatten(run.config) for run in runs]
    keys = list(dict.fromkeys(key for values in flat for key in values))
    rows = [(key, [_word(values.get(key)) for values in flat]) for key in keys if key != "output.output_dir"]
    return [(key, words) for key, words in rows if len(set(words)) > 1]


def _compared(runs: Sequence[RunData]) -> list[tuple[str, list[str]]]:
    """Figures of each run's best model, a row per measure; measures that no run has are left out."""
    rows: list[tuple[str, list[str]]] = [
        ("State", [state_words(run) for run in runs]),
        ("Epochs", [str(run.epoch) for run in runs]),
        ("Best epoch", ["-" if run.best_epoch is None else str(run.best_epoch) for run in runs]),
    ]
    charted = {key: measure.short or measure.title for key, measure in MEASURES.items() if measure.chart}
    for key, name in charted.items():
        for anchor, words in (("", ""), ("_real", " of real clips"), ("_noise", " of white noise")):
            values = [run.at_best(key + anchor) for run in runs]
            if any(value is not None for value in values):
                rows.append((name[0].upper() + name[1:] + words, [format_number(value) for value in values]))
    return [*rows, ("Training time", [_training_time(run) or "-" for run in runs])]


def _times(count: int) -> str:
    return ("", "once", "twice")[count] if count < 3 else f"{count} times"


def _training_time(run: RunData) -> str:
    """Time spent on epochs, without evaluation; empty if unknown."""
    measured = [value for value in run.epochs.get("seconds", []) if math.isfinite(value)]
    return format_duration(sum(measured)) if measured else ""


def _flatten(config: Mapping[str, Any]) -> dict[str, Any]:
    """Settings by dotted key; anything that is not a section is skipped."""
    sections = {name: values for name, values in config.items() if isinstance(values, Mapping)}
    return {f"{name}.{key}": value for name, values in sections.items() for key, value in values.items()}


def _table(path: Path) -> list[list[str]]:
    """Header and the last whole rows of a CSV file, numbers shortened for reading."""
    try:
        table = read_cells(path)
    except OSError:  # listed among the problems of the run
        return []
    rows = table.rows[-TABLE_ROWS:]
    return [table.header, *([_shorten(cell) for cell in row] for row in rows)] if rows else []


def _shorten(cell: str) -> str:
    try:
        return f"{float(cell):.4g}" if "." in cell or "e" in cell else cell
    except ValueError:
        return cell


def _word(value: Any) -> str:
    return "not known" if value is None else json.dumps(value, ensure_ascii=False).strip('"')


def write_report(folder: RunFolder, out: Path | None = None) -> Path:
    """Write the page with whatever the run has so far; returns its path.

    Raises:
        UserError: there is no run in the folder.
    """
    path = out or folder.report
    save_page(path, run_page(read_run(folder.root)))
    return path


def write_comparison(roots: Sequence[Path], out: Path | None = None) -> Path:
    """Write one page of several runs, by default `comparison.html` in the working folder; returns its path.

    Raises:
        UserError: one of the folders holds no run, or two are the same.
    """
    resolved = [root.resolve() for root in roots]
    twice = next((root for root in resolved if resolved.count(root) > 1), None)
    if twice is not None:
        raise UserError(f"{twice} is given twice: name each run once.")
    path = out or Path(COMPARISON_NAME)
    save_page(path, comparison_page(with_own_names([read_run(root) for root in roots])))
    return path
