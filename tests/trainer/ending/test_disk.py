"""A disk that fills up: warned of, then paused and resumed with nothing lost. `shutil.disk_usage` is a fake."""

import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.runs import assert_same, run_in_process
from tests.support.states import load_values
from wavegan_src.checkpoints import CheckpointStore
from wavegan_src.cli.train import train
from wavegan_src.config_loader import validate
from wavegan_src.config_schema import Config
from wavegan_src.dataset import open_dataset
from wavegan_src.models.estimates import estimate
from wavegan_src.models.wavegan.wgan import WGAN
from wavegan_src.run.events import read_events
from wavegan_src.run.folder import RunFolder
from wavegan_src.trainer.ending.disk import PAUSE_AT_CHECKPOINTS, WARN_AT_CHECKPOINTS, DiskGuard, disk_guard, shortage
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.format import format_mebibytes

MEBIBYTE = 2**20


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Sets the free space, in MiB, that the system tells from now on."""
    now = [1e6]
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=now[0] * MEBIBYTE))

    def put(megabytes: float) -> None:
        now[0] = megabytes

    return put


def fill_up_at(iteration: int, megabytes: float, free: Callable[[float], None], patch: pytest.MonkeyPatch) -> None:
    """Something takes the disk's space while that critic step is computed, and the monitor has seen it."""
    original = WGAN.step_critic

    def step(self: WGAN, batch: Any) -> Any:
        if self.iteration == iteration:
            free(megabytes)
        return original(self, batch)

    patch.setattr(WGAN, "step_critic", step)
    from wavegan_src.advanced_monitoring import ResourceMonitor

    patch.setattr(ResourceMonitor, "latest", ResourceMonitor.sample)  # no waiting for the thread's next second


def test_a_guard_judges_by_checkpoints() -> None:
    guard = DiskGuard(Path("run"), 100.0)
    assert guard.assess(None) == "enough"
    assert guard.assess(100.0 * WARN_AT_CHECKPOINTS) == "enough"
    assert guard.assess(100.0 * WARN_AT_CHECKPOINTS - 1) == "low"
    assert guard.assess(100.0 * PAUSE_AT_CHECKPOINTS - 1) == "short"


@pytest.mark.draws
def test_the_need_is_that_of_the_files_that_a_checkpoint_writes(tiny_values: dict[str, Any]) -> None:
    folder = run_in_process(tiny_values, epochs=1)
    file = folder.checkpoints / "checkpoint_epoch_1.tar"
    clips = list(folder.samples.glob("epoch_00001_*.wav"))
    written = sum(path.stat().st_size for path in (file, *clips, folder.report, *folder.plots.iterdir())) / MEBIBYTE
    config: Config = validate(tiny_values, "test")
    guard = disk_guard(folder.root, config, estimate(config, 48))
    assert written < guard.checkpoint_mb < written + 17


def test_a_run_pauses_with_a_checkpoint_and_goes_on_as_if_never_paused(
    tiny_values: dict[str, Any],
    tmp_path: Path,
    free: Callable[[float], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    tiny_values["training"] |= {"batch_size": 4, "epochs": 4}
    straight = run_in_process(tiny_values, output_dir=str(tmp_path / "straight"))
    paused = RunFolder(tmp_path / "paused")
    with monkeypatch.context() as patch:
        fill_up_at(20, 20.0, free, patch)
        with pytest.raises(UserError) as told:
            run_in_process(tiny_values, output_dir=str(paused.root))
        message = str(told.value)
    assert "The disk is nearly full: 20 MiB free in" in message
    assert "paused in epoch 2 at iteration 21; saved" in message
    assert message.endswith("Free some space and run the same command again: it resumes from there.")
    state = load_values(CheckpointStore(paused.checkpoints).rolling()[0])
    assert (state["iteration"], state["epoch_complete"]) == (21, False)
    with pytest.raises(UserError, match="nearly full"):  # no space was freed: nothing is begun, nothing is lost
        run_in_process(tiny_values, output_dir=str(paused.root))
    free(1e6)
    capsys.readouterr()
    run_in_process(tiny_values, output_dir=str(paused.root))
    assert "Resuming" in capsys.readouterr().out
    assert [event.kind for event in read_events(paused.events)] == ["started", "paused", "resumed", "finished"]
    assert_same(straight, paused)


def test_low_space_is_warned_of_once_and_training_goes_on(
    tiny_values: dict[str, Any],
    free: Callable[[float], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fill_up_at(2, 60.0, free, monkeypatch)
    folder = run_in_process(tiny_values, epochs=3)
    out = capsys.readouterr().out
    assert out.count("Warning: the disk is filling up: 60 MiB free in") == 1
    assert (folder.checkpoints / "final_model.tar").exists()
    assert "warning" in [event.kind for event in read_events(folder.events)]


def test_a_disk_that_is_suddenly_full_leaves_the_last_checkpoint(
    tiny_values: dict[str, Any], free: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny_values["training"] |= {"batch_size": 4, "epochs": 4}
    fill_up_at(14, 1.0, free, monkeypatch)
    original = CheckpointStore.save

    def refuse(self: CheckpointStore, state: Any, epoch: int) -> Path:
        if state.iteration == 15:
            raise OSError(28, "No space left on device")
        return original(self, state, epoch)

    monkeypatch.setattr(CheckpointStore, "save", refuse)
    with pytest.raises(UserError, match=r"the last checkpoint is .*checkpoint_epoch_1\.tar"):
        run_in_process(tiny_values)


def test_a_full_disk_is_refused_before_anything_is_trained(
    tiny_values: dict[str, Any], free: Callable[[float], None]
) -> None:
    free(5.0)
    with pytest.raises(UserError, match="nearly full: 5 MiB free"):
        run_in_process(tiny_values)


def test_a_full_disk_is_refused_before_an_old_run_is_moved(
    tiny_values: dict[str, Any], free: Callable[[float], None]
) -> None:
    config = validate(tiny_values, "test")
    folder = RunFolder(Path(config.output.output_dir))
    folder.create()
    open_dataset(config)  # else its own check of the room comes first
    free(5.0)
    with pytest.raises(UserError, match="nearly full: 5 MiB free"):
        train(config, fresh=True)
    assert list(folder.root.parent.glob("*.old-*")) == []


def test_a_run_that_will_not_fit_is_told_so_beforehand(
    tiny_values: dict[str, Any], free: Callable[[float], None]
) -> None:
    tiny_values["output"]["sample_count"] = 64
    tiny_values["training"]["epochs"] = 3000
    planned = estimate(validate(tiny_values, "test"), 48)
    needed = planned.disk_bytes / MEBIBYTE
    free(needed - 1)
    warning = shortage(Path(), planned)
    assert warning is not None
    assert format_mebibytes(needed) in warning
    free(needed + 1)
    assert shortage(Path(), planned) is None
