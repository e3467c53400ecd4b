"""Plots of a run, drawn from its files: losses, gradient norms, convergence, and spectrograms for comparison."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from wavegan_src.architectures.table import DEFAULT, spec_of
from wavegan_src.config_schema import Config
from wavegan_src.dsp.spectrogram import DYNAMIC_RANGE_DB, spectrogram_db
from wavegan_src.dsp.trends import running_median
from wavegan_src.metrics import FALLBACK_MEASURE, MEASURES
from wavegan_src.run.folder import RunFolder
from wavegan_src.run.sample_files import read_sample
from wavegan_src.utils.csv_log import read_columns
from wavegan_src.utils.files import write_atomically

Columns = dict[str, list[float]]

SMOOTH_FROM = 200  # epochs: with fewer, the raw line is readable as it is
SPECTROGRAM_COLUMNS = 4


def draw_plots(folder: RunFolder, config: Config) -> None:
    """Redraw all plots in `plots/` from the CSV files and the newest samples."""
    epochs = read_columns(folder.epoch_csv)
    checkpoints = read_columns(folder.checkpoint_csv)
    note = "trained on procedural stand-in data" if config.dataset.source == "procedural" else ""
    if epochs:
        _save(loss_figure(epochs, note, config.model.architecture), folder.plots / "epoch_loss_curves.png")
        _save(gradient_figure(epochs, note), folder.plots / "gradient_norms.png")
        convergence = convergence_figure(checkpoints, note, config.output.primary_measure)
        _save(convergence, folder.plots / "convergence_analysis.png")
    real, generated = folder.real_samples(), folder.newest_samples()
    if real and generated:
        _save(spectrogram_sheet(real, generated, note), folder.plots / "spectrograms.png")


def loss_figure(epochs: Columns, note: str = "", architecture: str = DEFAULT) -> Figure:
    """Losses of both networks; the difference between the critic's mean scores, and the penalty."""
    words = spec_of(architecture).terms
    unit = f" ({words.losses_unit})" if words.losses_unit else ""
    figure, (losses, distance) = _panels("Losses per epoch", note)
    _line(losses, epochs, "critic_loss", "critic loss", "C0")
    _line(losses, epochs, "generator_loss", "generator loss", "C1")
    _finish(losses, f"mean over the epoch{unit}")
    _line(distance, epochs, "wasserstein_estimate", f"{words.estimate} E[D(real)] − E[D(fake)]", "C2")
    _line(distance, epochs, "gradient_penalty", f"gradient penalty {words.penalty}", "C3")
    _finish(distance, "mean over the epoch (critic's units)")
    return figure


def gradient_figure(epochs: Columns, note: str = "") -> Figure:
    """Gradient norms and learning rates of both networks."""
    figure, (norms, rates) = _panels("Gradient norms and learning rates", note)
    _line(norms, epochs, "critic_grad_norm", "critic", "C0")
    _line(norms, epochs, "generator_grad_norm", "generator", "C1")
    _log_scale_if_positive(norms, epochs, ("critic_grad_norm", "generator_grad_norm"))
    _finish(norms, "Euclidean norm of all gradients")
    _line(rates, epochs, "learning_rate_critic", "critic", "C0")
    _line(rates, epochs, "learning_rate_generator", "generator", "C1", dashed=True)
    _finish(rates, "Adam's learning rate")
    return figure


def convergence_figure(checkpoints: Columns, note: str = "", primary: str = "kad") -> Figure:
    """Whether the model still improves (distances to unseen real clips) and the critic memorises (its gap).

    The primary measure is on top with its interval, if it is not the log-mel distance; all panels mark the best epoch.
    """
    own = primary != FALLBACK_MEASURE and bool(np.isfinite(checkpoints.get(primary, [])).any())
    figure, panels = _panels("Convergence", note, 3 if own else 2)
    *above, distance, gap = panels
    for axis in above:
        _line(axis, checkpoints, primary, "generated against validation clips", "C2", marker="o")
        _line(axis, checkpoints, f"{primary}_real", "training against validation clips", "C0", dashed=True)
        _interval(axis, checkpoints)
    _line(distance, checkpoints, "logmel_frechet", "generated against validation clips", "C2", marker="o")
    _line(distance, checkpoints, "logmel_frechet_noise", "white noise against validation clips", "0.5", dashed=True)
    _line(distance, checkpoints, "logmel_frechet_real", "training against validation clips", "C0", dashed=True)
    _log_scale_if_positive(distance, checkpoints, ("logmel_frechet", "logmel_frechet_noise", "logmel_frechet_real"))
    _line(
        gap, checkpoints, "overfitting_gap", "critic's gap (training − validation) / (training − generated)", "C3", "o"
    )
    gap.axhline(0, color="0.5", linewidth=0.8)
    if not own:
        _interval(distance, checkpoints)
    for axis in panels:
        _mark_best(axis, checkpoints)
    for axis in above:
        _finish(axis, f"{MEASURES[primary].short} (primary measure)")
    _finish(distance, "log-mel Fréchet distance (dB²)")
    _finish(gap, "share of the real–generated gap")
    return figure


def spectrogram_sheet(real: Sequence[Path], generated: Sequence[Path], note: str = "") -> Figure:
    """Two rows of spectrograms on the same colour scale: real clips above, the newest generated ones below."""
    columns = min(SPECTROGRAM_COLUMNS, len(real), len(generated))
    inches = 3.2 * columns + 1.2
    figure = Figure(figsize=(inches, 6))
    axes = figure.subplots(2, columns, squeeze=False, sharex=True, sharey=True)
    figure.subplots_adjust(left=0.7 / inches, right=1 - 1.2 / inches, top=0.88, bottom=0.09, wspace=0.14, hspace=0.16)
    figure.suptitle("Spectrograms" + (f" ({note})" if note else ""))
    image = None
    for row, paths in zip(axes, (real, generated), strict=True):
        for axis, path in zip(row, paths[:columns], strict=True):
            if (found := read_sample(path)) is None:
                continue
            clip, rate = found
            levels = spectrogram_db(clip)
            extent = (0, len(clip) / rate, 0, rate / 2000)
            image = axis.imshow(
                levels, origin="lower", aspect="auto", extent=extent, vmin=-DYNAMIC_RANGE_DB, vmax=0, cmap="magma"
            )
            axis.set_title(path.stem, fontsize=8)
    for axis in axes[:, 0]:
        axis.set_ylabel("frequency (kHz)")
    for axis in axes[1]:
        axis.set_xlabel("time (s)")
    if image is not None:
        bar = figure.add_axes((1 - 1.0 / inches, 0.09, 0.15 / inches, 0.79))
        figure.colorbar(image, cax=bar, label="level (dB re full-scale sine)")
    return figure


def _panels(title: str, note: str, count: int = 2) -> tuple[Figure, list[Axes]]:
    height = 1 + 3 * count
    figure = Figure(figsize=(9, height))  # fixed margins: the layout engines draw every text twice
    figure.subplots_adjust(left=0.12, right=0.98, top=1 - 0.5 / height, bottom=0.5 / height, hspace=0.06)
    figure.suptitle(title + (f" ({note})" if note else ""))
    panels = list(figure.subplots(count, 1, sharex=True))
    panels[-1].set_xlabel("epoch")
    return figure, panels


def _interval(axis: Axes, checkpoints: Columns) -> None:
    """The 95 % interval of the primary measure as a band."""
    low, high = (np.asarray(checkpoints.get(f"primary_{end}", []), dtype=float) for end in ("low", "high"))
    if np.isfinite(low).any():
        axis.fill_between(checkpoints["epoch"], low, high, color="C2", alpha=0.15, label="its 95 % interval")


def _mark_best(axis: Axes, checkpoints: Columns) -> None:
    marks = zip(checkpoints.get("epoch", []), checkpoints.get("best", []), strict=False)
    best = [epoch for epoch, mark in marks if mark == 1]
    if best:
        axis.axvline(best[-1], color="C1", linestyle=":", label=f"best model: epoch {best[-1]:.0f}")


def _line(
    axis: Axes, columns: Columns, name: str, label: str, color: str, marker: str = "", *, dashed: bool = False
) -> None:
    """Plot one column over epochs; a long run gets a running median on top of a pale raw line."""
    values = np.asarray(columns.get(name, []), dtype=float)
    if not np.isfinite(values).any():
        return
    epochs = np.asarray(columns["epoch"])
    style = "--" if dashed else "-"
    markers = (marker or ".") if len(values) == 1 or (len(values) <= 60 and not dashed) else ""
    if len(values) < SMOOTH_FROM or dashed:
        axis.plot(epochs, values, style, color=color, label=label, linewidth=1.4, marker=markers, markersize=4)
        return
    axis.plot(epochs, values, color=color, alpha=0.25, linewidth=0.6)
    axis.plot(epochs, running_median(values, len(values) // 50), color=color, label=f"{label} (running median)")


def _finish(axis: Axes, label: str) -> None:
    axis.set_ylabel(label)
    axis.grid(alpha=0.3)
    if axis.get_legend_handles_labels()[0]:
        axis.legend(fontsize=8)
    else:
        axis.text(0.5, 0.5, "not measured", transform=axis.transAxes, ha="center", color="0.5")


def _log_scale_if_positive(axis: Axes, columns: Columns, names: Sequence[str]) -> None:
    values = np.concatenate([np.asarray(columns.get(name, []), dtype=float) for name in names])
    finite = values[np.isfinite(values)]
    if finite.size and finite.min() > 0:
        axis.set_yscale("log")


def _save(figure: Figure, path: Path) -> None:
    write_atomically(path, lambda file: figure.savefig(file, dpi=110, format="png"))
