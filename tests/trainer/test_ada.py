"""The adaptive rule on made-up signals, and in runs: what it records, and that it resumes exactly."""

import math
import signal
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.runs import Values, assert_same, rows, run_in_process
from tests.support.states import load_values
from wavegan_src import training
from wavegan_src.config_schema import MAX_AUGMENTATION, TrainingConfig
from wavegan_src.data.batch import Batch
from wavegan_src.dataset import ClipDataset
from wavegan_src.models.gan import CriticStats
from wavegan_src.models.wavegan.wgan import WGAN
from wavegan_src.run.folder import RunFolder
from wavegan_src.trainer import ada as augmentation_strength
from wavegan_src.trainer import ada as overfitting
from wavegan_src.trainer.ada import INTERVAL, NO_SIGNAL, STEP, WINDOW, AdaptiveAugmentation, plan
from wavegan_src.trainer.observers import pages
from wavegan_src.utils.processes.signals import Interrupted


def adaptive(**values: Any) -> AdaptiveAugmentation:
    return AdaptiveAugmentation(TrainingConfig(augmentation="adaptive", augmentation_target=0.25, **values))


def driven(signals: Sequence[float | None], **values: Any) -> list[float]:
    strength = adaptive(**values)
    found = []
    for value in signals:
        strength.update(value)
        found.append(strength.strength)
    return found


def test_rises_above_the_target_and_falls_below_it_once_the_window_is_full() -> None:
    p = 0.3
    assert driven([1.0] * 6) == pytest.approx([p] * 4 + [p + STEP, p + 2 * STEP])
    assert driven([-3.0] * 6) == pytest.approx([p] * 4 + [p - STEP, p - 2 * STEP])
    assert driven([0.25] * 6) == [p] * 6


def test_a_wild_measurement_decides_nothing_and_a_missing_one_changes_nothing() -> None:
    steady = driven([0.2] * 8)
    assert driven([0.2, 0.2, 1e9, 0.2, 0.2, 0.2, -1e9, 0.2]) == steady
    assert driven([0.2, None, 0.2, 0.2, None, None, 0.2]) == [0.3] * 7
    assert driven([0.2] * 5 + [None])[-2:] == steady[4:5] * 2


@given(st.lists(st.one_of(st.none(), st.floats(-10, 10)), max_size=120), st.floats(0, MAX_AUGMENTATION))
def test_moves_by_at_most_a_step_and_stays_in_its_range(signals: list[float | None], start: float) -> None:
    found = [start, *driven(signals, augmentation_strength=start)]
    assert all(0 <= strength <= MAX_AUGMENTATION for strength in found)
    assert all(abs(b - a) <= STEP * (1 + 1e-9) for a, b in pairwise(found))


def test_full_strength_is_reached_and_left_again() -> None:
    up = math.ceil(MAX_AUGMENTATION / STEP) + WINDOW
    found = driven([1.0] * up + [0.0] * (up + WINDOW), augmentation_strength=0.0)
    assert max(found) == MAX_AUGMENTATION
    assert found[-1] == 0


def test_off_and_fixed_never_measure() -> None:
    for mode, strength in (("off", 0.0), ("fixed", 0.5)):
        found = AdaptiveAugmentation(TrainingConfig(augmentation=mode, augmentation_strength=0.5))  # type: ignore[arg-type]
        assert found.strength == strength
        assert not any(found.due(step) for step in range(3 * INTERVAL))
    assert [step for step in range(1, 3 * INTERVAL) if adaptive().due(step)] == [INTERVAL, 2 * INTERVAL]


def test_state_goes_on_where_it_was() -> None:
    straight, first, second = adaptive(), adaptive(), adaptive()
    signals = [0.5, 0.1, 0.4, 0.9, 0.2, 0.6, 0.0, 0.3]
    for value in signals:
        straight.update(value)
    for value in signals[:3]:
        first.update(value)
    second.load_state_dict(first.state_dict())
    for value in signals[3:]:
        second.update(value)
    assert straight.state_dict() == second.state_dict()


def test_the_plan_names_the_key_and_what_is_missing() -> None:
    assert plan(TrainingConfig(), 3) == "off (training.augmentation)"
    assert "probability 0.4" in plan(TrainingConfig(augmentation="fixed", augmentation_strength=0.4), 0)
    assert NO_SIGNAL in plan(TrainingConfig(augmentation="adaptive"), 0)
    assert NO_SIGNAL not in plan(TrainingConfig(augmentation="adaptive"), 8)


@pytest.fixture
def augmented(tiny_values: Values, monkeypatch: pytest.MonkeyPatch) -> Values:
    monkeypatch.setattr(pages, "write_report", lambda folder: None)
    monkeypatch.setattr(augmentation_strength, "INTERVAL", 7)  # not in step with the epochs
    tiny_values["training"] |= {"epochs": 12, "augmentation": "adaptive", "seed": 8}
    tiny_values["output"]["checkpoint_interval_epochs"] = 6
    return tiny_values


def test_a_run_follows_the_rule_and_resumes_exactly(
    augmented: Values, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured: list[float | None] = []

    def record(gan: WGAN, dataset: ClipDataset) -> float | None:
        measured.append(overfitting.measure_overfitting(gan, dataset))
        return measured[-1]

    monkeypatch.setattr(training, "measure_overfitting", record)
    straight = run_in_process(augmented, output_dir=str(tmp_path / "straight"))
    table = rows(straight.epoch_csv)
    steps = int(table[-1]["iteration"])
    assert len(measured) == steps // 7 > WINDOW + 3
    after = [0.3, *driven(measured)]
    used = [after[(int(row["iteration"]) - 1) // 7] for row in table]  # of the epoch's last step
    assert [float(row["augmentation_strength"]) for row in table] == pytest.approx(used)
    assert len(set(used)) > 2  # or this run would show nothing
    state = load_values(straight.checkpoints / "final_model.tar")
    assert state["augmentation"]["strength"] == after[-1]

    pieces = RunFolder(tmp_path / "pieces")
    for epochs in (7, 12):
        run_in_process(augmented, epochs=epochs, output_dir=str(pieces.root))
    for folder in (straight, pieces):
        for path in folder.checkpoints.glob("*.tar"):  # rolling ones and the best may be of another epoch
            if path.name != "final_model.tar":
                path.unlink()
    one, other = (load_values(folder.checkpoints / "final_model.tar") for folder in (straight, pieces))
    assert one["augmentation"] == other["augmentation"]
    assert rows(straight.epoch_csv) == rows(pieces.epoch_csv)


def test_a_run_stopped_in_mid_epoch_resumes_exactly(
    augmented: Values, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    straight = run_in_process(augmented, output_dir=str(tmp_path / "straight"))
    original = WGAN.step_critic

    def stop(self: WGAN, batch: Batch) -> CriticStats:
        if self.iteration == 27:  # in the middle of an epoch, before a scheduled checkpoint
            signal.raise_signal(signal.SIGINT)
        return original(self, batch)

    with monkeypatch.context() as patch:
        patch.setattr(WGAN, "step_critic", stop)
        with pytest.raises(Interrupted):
            run_in_process(augmented, output_dir=str(tmp_path / "stopped"))
    stopped = run_in_process(augmented, output_dir=str(tmp_path / "stopped"))
    assert_same(straight, stopped)


def test_without_validation_clips_the_strength_stays_and_that_is_told(
    augmented: Values, capsys: pytest.CaptureFixture[str]
) -> None:
    augmented["dataset"]["validation_fraction"] = 0.0
    folder = run_in_process(augmented, epochs=2)
    assert {row["augmentation_strength"] for row in rows(folder.epoch_csv)} == {"0.3"}
    assert f"Augmentation stays at 0.3: {NO_SIGNAL}." in capsys.readouterr().out


def test_an_older_runs_checkpoint_goes_on(augmented: Values, tmp_path: Path) -> None:
    """As it was before there was any augmentation: no state of it, no keys, no column."""
    augmented["training"]["augmentation"] = "off"
    folder = run_in_process(augmented, epochs=2)
    lines = folder.epoch_csv.read_text().splitlines()
    folder.epoch_csv.write_text("".join(line.rpartition(",")[0] + "\n" for line in lines))
    assert not lines[0].rpartition(",")[0].endswith("strength")
    run_in_process(augmented, epochs=3)
    assert [row["augmentation_strength"] for row in rows(folder.epoch_csv)] == ["", "", ""]
