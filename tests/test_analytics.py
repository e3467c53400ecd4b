import math
from pathlib import Path

import numpy as np
import pytest
from matplotlib import image

from wavegan_src.analytics import (
    convergence_figure,
    draw_plots,
    gradient_figure,
    loss_figure,
)
from wavegan_src.config_schema import Config
from wavegan_src.data.audio_files import write_wav
from wavegan_src.metrics import CHECKPOINT_COLUMNS, EPOCH_COLUMNS
from wavegan_src.run.folder import RunFolder
from wavegan_src.utils.csv_log import CsvLog

NAN = math.nan


def epochs(count: int) -> dict[str, list[float]]:
    random = np.random.default_rng(0)
    return {
        name: list(np.arange(1.0, count + 1) if name == "epoch" else np.abs(random.normal(3, 1, count)))
        for name in EPOCH_COLUMNS
    }


@pytest.mark.parametrize("count", [1, 15, 5000])
def test_figures_have_labelled_axes_and_legends(count: int) -> None:
    checkpoints = {name: [1.0, 2.0] for name in CHECKPOINT_COLUMNS}
    for figure in (
        loss_figure(epochs(count)),
        gradient_figure(epochs(count)),
        convergence_figure(checkpoints),
    ):
        figure.draw_without_rendering()
        assert figure.axes[-1].get_xlabel() == "epoch"
        for axis in figure.axes:
            assert axis.get_ylabel()
            assert axis.get_legend() is not None


def test_convergence_shows_the_primary_measure_its_interval_and_the_best_epoch() -> None:
    table = {name: [1.0, 2.0, 3.0] for name in CHECKPOINT_COLUMNS}
    table |= {"epoch": [1.0, 10.0, 20.0], "best": [1.0, 1.0, 0.0], "kad": [9.0, 4.0, 5.0]}
    table |= {"primary_low": [8.0, NAN, 2.0], "primary_high": [10.0, NAN, 8.0]}
    figure = convergence_figure(table)
    labels = [axis.get_ylabel() for axis in figure.axes]
    assert labels[0] == "KAD (primary measure)"
    assert labels[1].startswith("log-mel")
    assert list(np.asarray(figure.axes[0].get_lines()[0].get_ydata())) == [9.0, 4.0, 5.0]
    assert len(figure.axes[0].collections) == 1
    for axis in figure.axes:
        best = next(line for line in axis.get_lines() if line.get_label() == "best model: epoch 10")
        assert list(np.asarray(best.get_xdata())) == [10.0, 10.0]
    assert [axis.get_ylabel() for axis in convergence_figure(table, primary="logmel_frechet").axes] == labels[1:]
    unmeasured = table | {"kad": [NAN] * 3, "best": [NAN] * 3}
    assert [axis.get_ylabel() for axis in convergence_figure(unmeasured).axes] == labels[1:]


def test_a_long_run_gets_a_running_median_over_the_raw_line() -> None:
    (axis, _) = loss_figure(epochs(5000)).axes
    raw, median = axis.get_lines()[:2]
    assert "running median" in str(median.get_label())
    assert np.std(np.asarray(median.get_ydata())) < 0.3 * np.std(np.asarray(raw.get_ydata()))


def test_the_engine_models_losses_have_other_names() -> None:
    (losses, scores) = loss_figure(epochs(5), architecture="engine").axes
    assert losses.get_ylabel() == "mean over the epoch"
    labels = [str(line.get_label()) for line in scores.get_lines()]
    assert labels == ["score difference E[D(real)] − E[D(fake)]", "gradient penalty (R1 + R2) / 2"]


def test_what_was_not_measured_is_said_not_drawn() -> None:
    nothing = {name: [NAN, NAN] for name in EPOCH_COLUMNS} | {"epoch": [1.0, 2.0]}
    (axis, _) = loss_figure(nothing).axes
    assert axis.get_lines() == []
    assert axis.texts[0].get_text() == "not measured"


@pytest.mark.draws
def test_pictures_are_written_and_not_blank(tmp_path: Path, tiny_config: Config) -> None:
    folder = RunFolder(tmp_path)
    folder.create()
    table = CsvLog(folder.epoch_csv, EPOCH_COLUMNS)
    for epoch in (1, 2):
        table.append({name: epoch if name == "epoch" else 0.5 for name in EPOCH_COLUMNS})
    noise = np.random.default_rng(0).normal(0, 0.1, 4096).astype(np.float32)
    for name in ("real_01", "epoch_00002_01", "epoch_00010_01", "epoch_00010_02"):
        write_wav(folder.samples / f"{name}.wav", noise, 8192)
    draw_plots(folder, tiny_config)
    names = sorted(path.name for path in folder.plots.iterdir())
    expected = ["convergence_analysis.png", "epoch_loss_curves.png", "gradient_norms.png", "spectrograms.png"]
    assert names == expected
    for path in folder.plots.iterdir():
        assert image.imread(path).std() > 0.01
    assert [path.name for path in folder.newest_samples()] == ["epoch_00010_01.wav", "epoch_00010_02.wav"]


def test_nothing_to_draw_is_no_error(tmp_path: Path, tiny_config: Config) -> None:
    folder = RunFolder(tmp_path)
    folder.create()
    draw_plots(folder, tiny_config)
    assert list(folder.plots.iterdir()) == []
