"""What a run's figures say, in plain words. Each verdict names the figures it rests on."""

import math
from statistics import fmean

from wavegan_src.architectures.table import DEFAULT, spec_of
from wavegan_src.convergence.history import best_row, line_up
from wavegan_src.convergence.judging import can_choose, too_small
from wavegan_src.convergence.thresholds import MEMORISING_GAP
from wavegan_src.convergence_detector import State, Verdict, latest
from wavegan_src.metrics import FALLBACK_MEASURE, MEASURES
from wavegan_src.run.record import Phase
from wavegan_src.utils.csv_log import to_count
from wavegan_src.utils.format import format_number

Columns = dict[str, list[float]]

FEW_CLIPS = 64  # with fewer, the bias of the distance is as large as what it measures
SILENT_DB = -60.0


def verdicts(
    epochs: Columns,
    checkpoints: Columns,
    data: str = "real",
    primary: str = FALLBACK_MEASURE,
    phase: Phase = Phase.RUNNING,
    architecture: str = DEFAULT,
) -> list[str]:
    """Sentences on a run, most important first; empty before the first checkpoint.

    Args:
        epochs: columns of `epoch_statistics.csv`.
        checkpoints: columns of `checkpoint_metrics.csv`.
        data: what the clips of the data set are called: "real", or "stand-in" where they are procedural.
        primary: the measure that chooses the best model; the log-mel distance where it was not taken.
        phase: whether the run goes on, or how it ended.
        architecture: `model.architecture` of the run.
    """
    if not checkpoints.get("epoch"):
        return []
    if all(map(math.isnan, checkpoints.get(primary, []))):
        primary = FALLBACK_MEASURE
    best = best_row(checkpoints, primary)
    state = latest(line_up(epochs, checkpoints, primary, architecture))
    found = [
        _silence(checkpoints),
        _judges(checkpoints),
        _position(checkpoints, best, data),
        _kad(checkpoints, best, data) if primary == "kad" else "",
        _state(state.after(phase) if state is not None else None),
        _memorising(state),
        _estimate(epochs, architecture),
    ]
    return [sentence for sentence in found if sentence]


def _silence(checkpoints: Columns) -> str:
    level = checkpoints["generated_rms_db"][-1]
    if math.isnan(level):
        return "The model generates silence. Train longer; if it stays so, restart with another seed."
    if level < SILENT_DB:
        return f"The model generates near silence ({level:.0f} dBFS RMS). Train longer."
    return ""


def _judges(checkpoints: Columns) -> str:
    """That validation cannot choose, if it cannot."""
    recordings = to_count(checkpoints.get("validation_recordings", [math.nan])[-1])
    if recordings is None or can_choose(recordings):
        return ""
    return f"{too_small(to_count(checkpoints['compared_clips'][-1]) or 0, recordings)}. The figures are hints: listen."


def _position(checkpoints: Columns, index: int | None, data: str) -> str:
    if index is None:
        return f"No distance to {data} clips could be measured: it takes at least two clips."
    value, noise = checkpoints["logmel_frechet"][index], checkpoints["logmel_frechet_noise"][index]
    real = checkpoints["logmel_frechet_real"][index]
    epoch = int(checkpoints["epoch"][index])
    text = f"Best model: epoch {epoch}, log-mel Fréchet distance {format_number(value)} to {data} clips"
    text += f"; white noise has {format_number(noise)}"
    if math.isnan(real):
        return text + ". There is no validation set, so this is measured on the training clips themselves."
    share = MEASURES["logmel_frechet"].position(value, noise, real)
    text += f" and other {data} clips {format_number(real)}"
    if share is None:
        return text + f": {data} clips are no nearer than noise, so this measure does not discriminate on this data."
    clips = to_count(checkpoints["compared_clips"][index]) or 0
    few = f" With only {clips} clips on each side, little can be concluded." if clips < FEW_CLIPS else ""
    if share < 0:
        return text + f". That is farther from {data} clips than white noise is.{few}"
    if share >= 1:
        return text + f": as near as {data} clips are to each other at this number of clips.{few}"
    return text + f". That is {100 * share:.0f} % of the way from noise to {data}.{few}"


def _kad(checkpoints: Columns, index: int | None, data: str) -> str:
    if index is None:
        return ""
    value, real = checkpoints["kad"][index], checkpoints["kad_real"][index]
    text = f"Its kernel audio distance (KAD) is {format_number(value)}{_interval(checkpoints, index)}"
    taken = zip(checkpoints["kad"], checkpoints["epoch"], strict=True)
    lowest, epoch = min((kad, at) for kad, at in taken if not math.isnan(kad))
    if lowest == value:
        text += ", the lowest so far"
    else:
        text += f"; the lowest, {format_number(lowest)} in epoch {epoch:.0f}, is not lower beyond doubt"
    return text + ("." if math.isnan(real) else f"; other {data} clips have {format_number(real)}.")


def _interval(checkpoints: Columns, index: int) -> str:
    low, high = (checkpoints.get(name, [math.nan] * (index + 1))[index] for name in ("primary_low", "primary_high"))
    return "" if math.isnan(low) else f" (95 % interval {format_number(low)} to {format_number(high)})"


def _state(verdict: Verdict | None) -> str:
    return "" if verdict is None else f"{verdict.sentence[0].upper()}{verdict.sentence[1:]}."


def _memorising(verdict: Verdict | None) -> str:
    """What the critic's gap says where the state does not say it already."""
    if verdict is None or verdict.view.gap is None or verdict.state == State.OVERFITTING:
        return ""
    gap = verdict.view.gap
    if gap <= 0:
        return "No sign of memorising: the critic scores unseen clips no lower than training clips."
    share = f"{100 * gap:.0f} % of {spec_of(verdict.view.architecture).terms.share}"
    if gap > MEMORISING_GAP:
        return (
            f"The critic is memorising, or the validation recordings are unlike the training ones: they score lower by "
            f"{share}. More recordings help in both cases."
        )
    return f"No sign of memorising: unseen clips score lower than training clips by only {share}."


def _estimate(epochs: Columns, architecture: str) -> str:
    values = [value for value in epochs.get("wasserstein_estimate", []) if not math.isnan(value)]
    if len(values) < 5:
        return ""
    peak, last = max(values), fmean(values[-max(1, len(values) // 10) :])
    return spec_of(architecture).terms.run_summary.format(peak=format_number(peak), last=format_number(last))
