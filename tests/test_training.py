"""The loop as a whole: what a run writes, and what ends it."""

import errno
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch

from tests.support.cli import RunCli, started, write_config
from tests.support.runs import Values, rows, run_in_process
from tests.support.states import load_values
from wavegan_src.config_loader import load_config, validate
from wavegan_src.data.batch import Batch
from wavegan_src.dataset import open_dataset
from wavegan_src.metrics import EPOCH_COLUMNS
from wavegan_src.models.wavegan.wgan import WGAN
from wavegan_src.run.folder import RunFolder
from wavegan_src.trainer import samples
from wavegan_src.utils.errors import UserError


@pytest.mark.draws
def test_a_run_writes_the_described_folder_with_measured_values(tiny_values: Values) -> None:
    folder = run_in_process(tiny_values, epochs=3)
    names = {path.relative_to(folder.root).as_posix() for path in folder.root.rglob("*") if path.is_file()}
    assert names >= {
        "epochs_statistics/epoch_statistics.csv",
        "epochs_statistics/checkpoint_metrics.csv",
        "epochs_statistics/experiment_config.json",
        "checkpoints/checkpoint_epoch_2.tar",
        "checkpoints/checkpoint_epoch_3.tar",
        "checkpoints/best_model.tar",
        "checkpoints/final_model.tar",
        "single_epochs_statistics/epoch_1/epoch_1_iterations.csv",
        "single_epochs_statistics/epoch_3/epoch_3_iterations.csv",
        "plots/epoch_loss_curves.png",
        "plots/gradient_norms.png",
        "plots/convergence_analysis.png",
        "plots/spectrograms.png",
        "samples/real_01.wav",
        "samples/epoch_00000_01.wav",
        "samples/epoch_00003_02.wav",
        "report.html",
    }
    epochs = rows(folder.epoch_csv, without_timing=False)
    assert [row["epoch"] for row in epochs] == ["1", "2", "3"]
    measured = [name for name in EPOCH_COLUMNS if not name.startswith(("gpu", "augmentation"))]
    assert all(float(row[name]) != 0 for row in epochs for name in measured if name != "cpu_percent")
    assert all(row["gpu_percent"] == "" and row["gpu_memory_mb"] == "" for row in epochs)  # not measured, never 0
    assert all(row["augmentation_strength"] == "" for row in epochs)  # it is off
    assert [row["epoch"] for row in rows(folder.checkpoint_csv)] == ["1", "2", "3"]
    for path in folder.samples.glob("*.wav"):
        info = soundfile.info(path)
        assert (info.samplerate, info.channels, info.frames, info.subtype) == (8192, 1, 4096, "PCM_16")


def test_iteration_rows_come_every_interval_and_at_the_end_of_each_epoch(tiny_values: Values) -> None:
    tiny_values["training"]["batch_size"] = 4
    folder = run_in_process(tiny_values)
    clips = load_values(folder.checkpoints / "final_model.tar")["dataset"]["training_clips"]
    ends = [-(-clips // 4), -(-2 * clips // 4)]
    found = [[int(row["iteration"]) for row in rows(folder.iterations_csv(epoch))] for epoch in (1, 2)]
    expected = [
        [i for i in range(1, ends[0] + 1) if i % 2 == 0 or i == ends[0]],
        [i for i in range(ends[0] + 1, ends[1] + 1) if i % 2 == 0 or i == ends[1]],
    ]
    assert found == expected


def test_epoch_row_is_the_mean_of_its_iterations(tiny_values: Values) -> None:
    tiny_values["output"]["log_interval_iterations"] = 1
    tiny_values["training"]["batch_size"] = 4
    folder = run_in_process(tiny_values, epochs=1)
    each = [float(row["critic_loss"]) for row in rows(folder.iterations_csv(1))]
    assert float(rows(folder.epoch_csv)[0]["critic_loss"]) == pytest.approx(np.mean(each), rel=1e-6)


def test_generator_figures_are_empty_before_its_first_step(tiny_values: Values) -> None:
    tiny_values["output"]["log_interval_iterations"] = 1
    tiny_values["training"] |= {"batch_size": 4, "n_critic": 2}
    folder = run_in_process(tiny_values, epochs=1)
    first, second = rows(folder.iterations_csv(1))[:2]
    assert (first["generator_loss"], first["generator_grad_norm"], first["generator_step"]) == ("", "", "0")
    assert float(second["generator_grad_norm"]) > 0


def test_every_batch_of_the_critic_is_new(tiny_values: Values, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []
    original = WGAN.step_critic

    def record(self: WGAN, batch: Batch) -> Any:
        seen.extend(clip.numpy().tobytes() for clip in batch.clips)
        return original(self, batch)

    monkeypatch.setattr(WGAN, "step_critic", record)
    tiny_values["training"] |= {"batch_size": 4, "n_critic": 5}
    folder = run_in_process(tiny_values, epochs=1)
    clips = load_values(folder.checkpoints / "final_model.tar")["dataset"]["training_clips"]
    assert len(set(seen[:clips])) == clips  # one pass: each training clip once


def test_the_snapshot_is_a_configuration_and_has_the_overrides(tiny_values: Values) -> None:
    folder = run_in_process(tiny_values, epochs=1)
    snapshot = json.loads(folder.config_snapshot.read_text())
    assert snapshot["training"]["epochs"] == 1
    assert snapshot["run_info"]["training_clips"] > 0
    assert load_config(str(folder.config_snapshot)).model == validate(tiny_values, "test").model


@pytest.mark.parametrize("where", ["critic_loss", "critic_grad_norm"])
def test_non_finite_figures_stop_the_run_and_keep_the_last_good_checkpoint(
    tiny_values: Values, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    original = WGAN.step_critic

    def spoil(self: WGAN, batch: Batch) -> Any:
        stats = original(self, batch)
        return stats._replace(**{where: torch.tensor(float("nan"))}) if self.iteration == 20 else stats

    monkeypatch.setattr(WGAN, "step_critic", spoil)
    tiny_values["training"] |= {"batch_size": 4, "epochs": 9}
    with pytest.raises(UserError) as stopped:
        run_in_process(tiny_values)
    assert f"{where.replace('_', ' ')} is nan at iteration 20" in str(stopped.value)
    kept = Path(tiny_values["output"]["output_dir"]) / "checkpoints" / "checkpoint_epoch_1.tar"
    assert str(kept) in str(stopped.value)
    assert load_values(kept)["epoch"] == 1


def test_infinite_weights_never_reach_a_checkpoint(tiny_values: Values) -> None:
    tiny_values["output"]["checkpoint_interval_epochs"] = 10
    with pytest.raises(UserError, match="unstable"):
        run_in_process(tiny_values, learning_rate=1.0, gp_weight=50, epochs=200, early_stopping=False)
    saved = list((Path(tiny_values["output"]["output_dir"]) / "checkpoints").glob("*.tar"))
    assert saved
    for path in saved:
        state = load_values(path)
        for network in ("generator", "generator_ema", "discriminator"):
            assert all(tensor.isfinite().all() for tensor in state[network].values())


def test_out_of_memory_is_told_with_the_cure(tiny_values: Values, monkeypatch: pytest.MonkeyPatch) -> None:
    def exhaust(self: WGAN, batch: Batch) -> Any:
        return torch.empty(2**50)  # PyTorch's own error

    monkeypatch.setattr(WGAN, "step_critic", exhaust)
    with pytest.raises(UserError, match=r"--batch-size 4 --num-workers 2"):
        run_in_process(tiny_values)


def test_a_set_smaller_than_the_batch_is_used_whole(tiny_values: Values, capsys: pytest.CaptureFixture[str]) -> None:
    folder = run_in_process(tiny_values, batch_size=500, epochs=2)
    assert "batch_size 500 is more than" in capsys.readouterr().out
    assert [row["iteration"] for row in rows(folder.epoch_csv)] == ["1", "2"]


def test_a_preview_comes_within_the_first_minute(tiny_values: Values, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "PREVIEW_AFTER_S", 0.0)
    folder = run_in_process(tiny_values, epochs=1)
    previews = list(folder.samples.glob("first_minute_*.wav"))
    assert len(previews) == 2
    for path in previews:
        path.unlink()
    run_in_process(tiny_values, epochs=2)  # a resumed run has no first minute
    assert not list(folder.samples.glob("first_minute_*.wav"))


def test_a_run_whose_first_epoch_is_short_needs_no_preview(tiny_values: Values) -> None:
    folder = run_in_process(tiny_values, epochs=1)
    assert not list(folder.samples.glob("first_minute_*.wav"))


def test_with_too_few_recordings_held_out_the_newest_model_is_the_best(
    tiny_values: Values, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = run_in_process(tiny_values, epochs=6, learning_rate=0.02)
    table = rows(folder.checkpoint_csv)
    distances = [float(row["logmel_frechet"]) for row in table]
    assert distances[-1] > min(distances)
    assert {row["best"] for row in table} == {"true"}
    assert {(row["validation_recordings"], row["primary_low"]) for row in table} == {("2", "")}
    assert load_values(folder.checkpoints / "best_model.tar")["epoch"] == 6
    assert "Validation (16 clips of 2 recordings) is too small to choose a model by" in capsys.readouterr().out


def test_checkpoints_are_measured_and_kad_chooses_the_best(
    tiny_values: Values, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny_values["output"] |= {"checkpoint_measures": "cheap", "checkpoint_interval_epochs": 1}
    tiny_values["dataset"]["validation_fraction"] = 0.5
    folder = run_in_process(tiny_values, epochs=2)
    table = rows(folder.checkpoint_csv)
    for name in ("kad", "kad_real", "fad", "density", "coverage", "engine_tag_rate", "stoi", "mcd"):
        assert all(row[name] for row in table), name
    assert all(row["pesq"] == row["firing_rate"] == "" for row in table)  # not taken, so empty
    assert all(float(row["primary_low"]) < float(row["kad"]) < float(row["primary_high"]) for row in table)
    best = [row["epoch"] for row in table if row["best"] == "true"][-1]
    assert load_values(folder.checkpoints / "best_model.tar")["epoch"] == int(best)
    assert f"best model: epoch {best}, " in capsys.readouterr().out


def test_clips_too_short_for_the_measures_train_all_the_same(
    tiny_values: Values, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny_values["output"]["checkpoint_measures"] = "cheap"
    tiny_values["audio"] |= {"audio_length_seconds": 0.25, "audio_length_samples": 2048}
    folder = run_in_process(tiny_values, epochs=1)
    assert "judged by the log-mel distance alone" in capsys.readouterr().out
    (row,) = rows(folder.checkpoint_csv)
    assert row["kad"] == ""
    assert float(row["logmel_frechet"]) > 0


def test_one_recording_trains_without_validation(
    tiny_values: Values, tmp_path: Path, recordings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "one"
    own.mkdir()
    (own / "a.wav").write_bytes((recordings / "engine_0.wav").read_bytes())
    tiny_values["dataset"]["base_path"] = str(own)
    folder = run_in_process(tiny_values, epochs=1)
    assert "measured against the training clips themselves" in capsys.readouterr().out
    row = rows(folder.checkpoint_csv)[0]
    assert row["critic_real_validation"] == row["overfitting_gap"] == row["logmel_frechet_real"] == ""
    assert float(row["logmel_frechet"]) > 0


def test_whitening_travels_in_the_checkpoint(tiny_values: Values) -> None:
    tiny_values["dataset"]["spectral_whitening"] = True
    folder = run_in_process(tiny_values, epochs=1)
    config = validate(tiny_values, "test")
    whitening = open_dataset(config).whitening
    assert whitening is not None
    assert torch.equal(load_values(folder.checkpoints / "best_model.tar")["whitening"], whitening.to_tensor())


def test_a_reader_that_goes_away_does_not_end_the_training(tiny_values: Values, tmp_path: Path) -> None:
    """In a process of its own, where a warning is an error from the first import on."""
    tiny_values["training"]["epochs"] = 1
    config = write_config(tmp_path, tiny_values, tmp_path / "run")
    with started(config) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()  # as `| head -1` does
        err = process.stderr.read()
        assert process.wait(timeout=120) == 0, err
    assert (tmp_path / "run" / "checkpoints" / "final_model.tar").exists()


def test_a_full_disk_is_told_plainly_and_loses_nothing(
    cli: RunCli, tiny_values: Values, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = write_config(tmp_path, tiny_values, tmp_path / "run")
    folder = RunFolder(tmp_path / "run")
    sync = os.fsync

    def fill(handle: int) -> None:
        if list(folder.root.glob(".report.html.*.partial")):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder.report))
        sync(handle)

    with monkeypatch.context() as full:
        full.setattr("wavegan_src.utils.files.os.fsync", fill)
        result = cli("--config", str(config))
    assert (result.returncode, "The disk is full" in result.stderr) == (2, True), result.stderr
    assert "Traceback" not in result.stderr
    assert load_values(folder.checkpoints / "checkpoint_epoch_1.tar")["epoch"] == 1
    again = cli("--config", str(config))
    assert again.returncode == 0, again.stderr
    assert "Resuming" in again.stdout
