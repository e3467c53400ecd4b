from pathlib import Path
from typing import Any

import pytest
import torch

from tests.support.runs import Values, assert_same, rows, run_in_process
from tests.support.states import load_values
from wavegan_src.config_schema import TrainingConfig
from wavegan_src.run.folder import RunFolder
from wavegan_src.trainer.lr_schedule import FLOOR_SHARE, LRSchedule, set_rate


def driven(measures: list[float | None], **values: Any) -> list[float]:
    """The plateau-driven rate after each checkpoint, as a share of the first."""
    rate = LRSchedule(TrainingConfig(lr_schedule="plateau", learning_rate=1.0, **values))
    return [rate.at(0, 10) for measure in measures if rate.checkpoint(measure) or True]


def test_constant_is_constant() -> None:
    rate = LRSchedule(TrainingConfig(learning_rate=0.3))
    assert not any(rate.checkpoint(5.0) for _ in range(50))
    assert {rate.at(iteration, 100) for iteration in range(100)} == {0.3}


def test_linear_falls_by_equal_steps_and_reaches_0_after_the_last_step() -> None:
    rate = LRSchedule(TrainingConfig(learning_rate=0.5, lr_schedule="linear"))
    assert [rate.at(iteration, 4) for iteration in range(5)] == [0.5, 0.375, 0.25, 0.125, 0]
    assert rate.at(9, 4) == 0


def test_plateau_lowers_after_the_patience_and_again() -> None:
    assert driven([5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0], lr_patience=3) == [1, 1, 1, 0.5, 0.5, 0.5, 0.25]


def test_progress_keeps_the_rate_and_a_trifle_is_none() -> None:
    assert driven([100 * 0.98**n for n in range(12)], lr_patience=2) == [1] * 12
    assert driven([100 - 0.01 * n for n in range(4)], lr_patience=2) == [1, 1, 0.5, 0.5]
    assert driven([-1.0, -1.2, -1.4, -1.6], lr_patience=2) == [1] * 4  # an unbiased measure may be below 0


def test_checkpoints_without_a_measure_do_not_count() -> None:
    assert driven([5.0, None, None, None, None], lr_patience=2) == [1] * 5


def test_there_is_a_floor() -> None:
    assert driven([5.0] * 40, lr_patience=1, lr_factor=0.1)[-1] == pytest.approx(FLOOR_SHARE)


def test_agrees_with_pytorchs_own_scheduler() -> None:
    measures = torch.rand(60, generator=torch.Generator().manual_seed(1)).tolist()
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([parameter], lr=1.0)
    theirs = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, factor=0.5, patience=3 - 1, threshold=0.01, min_lr=FLOOR_SHARE
    )
    expected = []
    for measure in measures:
        theirs.step(measure)
        expected.append(optimizer.param_groups[0]["lr"])
    assert driven(list(measures), lr_patience=3) == pytest.approx(expected)


def test_set_rate_reaches_every_optimiser_also_in_a_tensor() -> None:
    parameter = torch.nn.Parameter(torch.zeros(1))
    plain = torch.optim.Adam([parameter], lr=0.1)
    tensor = torch.tensor(0.1)
    captured = torch.optim.Adam([parameter], lr=tensor, capturable=False, foreach=False)
    set_rate((plain, captured), 0.025)
    assert plain.param_groups[0]["lr"] == 0.025
    assert captured.param_groups[0]["lr"] is tensor
    assert tensor.item() == pytest.approx(0.025)


@pytest.fixture
def scheduled(tiny_values: Values, monkeypatch: pytest.MonkeyPatch) -> Values:
    tiny_values["output"]["checkpoint_interval_epochs"] = 1
    tiny_values["training"] |= {"learning_rate": 0.002, "lr_patience": 1, "epochs": 8}
    return tiny_values


def test_linear_in_a_run(scheduled: Values) -> None:
    scheduled["training"]["lr_schedule"] = "linear"
    table = rows(run_in_process(scheduled).epoch_csv)
    for network in ("critic", "generator"):
        rates = [float(row[f"learning_rate_{network}"]) for row in table]
        last = [0.002 * (1 - (int(row["iteration"]) - 1) / 48) for row in table]  # of the epoch's last step
        assert rates == pytest.approx(last)


def test_plateau_in_a_run_follows_the_measures_and_resumes_exactly(
    scheduled: Values, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scheduled["training"] |= {"lr_schedule": "plateau", "epochs": 14}
    straight = run_in_process(scheduled, output_dir=str(tmp_path / "straight"))
    replayed = LRSchedule(TrainingConfig(learning_rate=0.002, lr_patience=1, lr_schedule="plateau"))
    used = []
    for row in rows(straight.checkpoint_csv):
        used.append(replayed.at(0, 1))  # the epoch that ended here had the rate from before its checkpoint
        replayed.checkpoint(float(row["logmel_frechet"]))
    recorded = [float(row["learning_rate_generator"]) for row in rows(straight.epoch_csv)]
    assert recorded == pytest.approx(used)
    assert min(recorded) < 0.002  # or this run would show nothing
    assert "learning rate: 0.001 from now on" in capsys.readouterr().out
    state = load_values(straight.checkpoints / "final_model.tar")
    assert state["learning_rate"] == pytest.approx(replayed.state_dict())  # the table has nine digits

    pieces = RunFolder(tmp_path / "pieces")
    scheduled["output"]["output_dir"] = str(pieces.root)
    for epochs in (5, 14):
        run_in_process(scheduled, epochs=epochs)
    for folder in (straight, pieces):
        (folder.checkpoints / "best_model.tar").unlink()  # may know of another number of epochs
    assert_same(straight, pieces)


def test_more_epochs_stretch_the_linear_rate_and_that_is_told(
    scheduled: Values, capsys: pytest.CaptureFixture[str]
) -> None:
    scheduled["training"]["lr_schedule"] = "linear"
    run_in_process(scheduled, epochs=2)
    run_in_process(scheduled, epochs=4)
    assert "training.epochs: 2 in the checkpoint, 4 now; the learning rate decays to 0" in capsys.readouterr().out
