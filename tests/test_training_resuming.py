"""A run that was stopped, killed or changed: it goes on as if it never had been, or is refused in a sentence."""

import json
import os
import random
import signal
import time
from functools import partial
from pathlib import Path
from unittest import mock

import pytest
import torch

from tests.support.cli import RunCli, write_config
from tests.support.interrupting import Process, interrupt
from tests.support.pictures import DRAW_PLOTS, draw_blank
from tests.support.runs import Values, assert_same, everything, run_in_process, same, tiny
from tests.support.states import load_values
from wavegan_src.models.wavegan.fast.gradients import ManualGradients
from wavegan_src.run.folder import RunFolder
from wavegan_src.utils.errors import UserError


def test_a_run_that_goes_on_with_other_kernels_says_so(
    tiny_values: Values, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Their results agree to rounding, so it is no longer the same run to the last bit."""
    folder = run_in_process(tiny_values, epochs=1)
    used = json.loads(folder.config_snapshot.read_text())["run_info"]["kernels"]
    assert load_values(folder.checkpoints / "final_model.tar")["kernels"] == used
    run_in_process(tiny_values, epochs=2)
    assert "round differently" not in folder.events.read_text()
    monkeypatch.setattr(ManualGradients, "kernels", property(lambda _: "others", lambda *_: None), raising=False)
    run_in_process(tiny_values, epochs=3)
    sentence = f"So far this run used {used}; now others, which round differently."
    assert sentence in folder.events.read_text()
    assert sentence in " ".join(capsys.readouterr().out.split())


def test_two_epochs_and_then_three_equal_three_at_once(tiny_values: Values, tmp_path: Path) -> None:
    """Samples, cells and checkpoints, although the resumed process takes no generator step before it renders."""
    tiny_values["output"]["checkpoint_interval_epochs"] = 1
    tiny_values["training"]["n_critic"] = 10  # with 6 critic steps an epoch
    at_once = run_in_process(tiny_values, epochs=3, output_dir=str(tmp_path / "once"))
    run_in_process(tiny_values, epochs=2, output_dir=str(tmp_path / "twice"))
    twice = run_in_process(tiny_values, epochs=3, output_dir=str(tmp_path / "twice"))
    assert_same(at_once, twice)


def test_a_finished_run_says_so_and_how_to_go_on(tiny_values: Values, capsys: pytest.CaptureFixture[str]) -> None:
    folder = run_in_process(tiny_values, epochs=1)
    before = everything(folder)
    for name in ("best_model.tar", "final_model.tar"):  # as if killed just after the last checkpoint
        (folder.checkpoints / name).unlink()
    capsys.readouterr()
    run_in_process(tiny_values, epochs=1)
    assert "finished: 1 epochs are done. To go on, give a larger --epochs" in capsys.readouterr().out
    assert same(before, everything(folder))


@pytest.fixture(scope="module")
def long_run(recordings: Path) -> Values:
    """Values of a run that takes a second or two: enough to stop it in the middle."""
    values = tiny(recordings, Path("run"))
    values["training"]["epochs"] = 14
    values["output"]["checkpoint_interval_epochs"] = 4
    return values


@pytest.fixture(scope="module")
def straight(long_run: Values, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """That run, uninterrupted."""
    with mock.patch(DRAW_PLOTS, draw_blank):
        return run_in_process(long_run, output_dir=str(tmp_path_factory.mktemp("straight") / "run"))


def test_a_stopped_run_resumed_equals_an_uninterrupted_one(
    long_run: Values, straight: RunFolder, tmp_path: Path, cli: RunCli
) -> None:
    """Stopped by Ctrl-C, resumed, stopped by SIGTERM, and resumed in this process."""
    output = tmp_path / "stopped"
    config = write_config(tmp_path, long_run, output)
    for number, epoch in ((signal.SIGINT, 2), (signal.SIGTERM, 6)):
        result = interrupt(config, partial(send, number), epoch)
        assert result.returncode == 128 + number, result.stderr
        assert "saved" in result.stderr
        assert ("Resuming from" in result.stdout) == (number == signal.SIGTERM)
    resumed = cli("--config", str(config))
    assert resumed.returncode == 0, resumed.stderr
    assert "Resuming from" in resumed.stdout
    assert_same(straight, RunFolder(output))


def test_a_killed_run_resumed_equals_an_uninterrupted_one(
    long_run: Values, straight: RunFolder, tmp_path: Path, cli: RunCli
) -> None:
    """`kill -9` at random moments, again and again, until the run is through."""
    output = tmp_path / "killed"
    config = write_config(tmp_path, long_run, output)
    moments = random.Random(5)
    kills = 0
    for after_epoch in (2, 8):
        pause = moments.uniform(0, 0.2)
        result = interrupt(config, partial(kill_after, pause), after_epoch)
        kills += result.returncode == -signal.SIGKILL
    assert kills == 2
    assert cli("--config", str(config)).returncode == 0
    assert_same(straight, RunFolder(output))


def send(number: signal.Signals, process: Process) -> None:
    assert process.pid is not None
    os.kill(process.pid, number)


def kill_after(seconds: float, process: Process) -> None:
    time.sleep(seconds)
    process.kill()


def test_a_damaged_newest_checkpoint_falls_back_and_ends_the_same(tiny_values: Values, tmp_path: Path) -> None:
    straight = run_in_process(tiny_values, epochs=6, output_dir=str(tmp_path / "straight"))
    damaged = run_in_process(tiny_values, epochs=4, output_dir=str(tmp_path / "damaged"))
    newest = damaged.checkpoints / "checkpoint_epoch_4.tar"
    newest.write_bytes(newest.read_bytes()[:-100])
    run_in_process(tiny_values, epochs=6, output_dir=str(tmp_path / "damaged"))
    assert_same(straight, damaged)


def test_a_changed_configuration_is_refused_by_key(tiny_values: Values) -> None:
    run_in_process(tiny_values, epochs=1)
    with pytest.raises(UserError) as refusal:
        run_in_process(tiny_values, epochs=2, learning_rate=0.5)
    assert "training.learning_rate: 0.0001 in the checkpoint, 0.5 now" in str(refusal.value)
    assert "--fresh" in str(refusal.value)


def test_networks_of_another_version_are_refused_in_a_sentence(tiny_values: Values) -> None:
    newest = run_in_process(tiny_values, epochs=1).checkpoints / "checkpoint_epoch_1.tar"
    state = torch.load(newest, weights_only=True)
    for network, last in ((name, list(state[name])[-1]) for name in ("generator", "generator_ema", "discriminator")):
        others = {name: value for name, value in state[network].items() if name != last}
        torch.save(state | {network: others}, newest)
        with pytest.raises(UserError, match=r"holds other networks.*--fresh") as refusal:
            run_in_process(tiny_values, epochs=2)
        assert "\n" not in str(refusal.value)


def test_a_changed_data_set_is_refused(tiny_values: Values, tmp_path: Path, recordings: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    for path in recordings.glob("*.wav"):
        (own / path.name).write_bytes(path.read_bytes())
    tiny_values["dataset"]["base_path"] = str(own)
    run_in_process(tiny_values, epochs=1)
    next(own.glob("*.wav")).unlink()
    with pytest.raises(UserError, match="data set changed"):
        run_in_process(tiny_values, epochs=2)


def test_moved_data_and_other_workers_go_on_with_a_notice(
    tiny_values: Values, tmp_path: Path, recordings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_in_process(tiny_values, epochs=1)
    moved = tmp_path / "moved"
    moved.symlink_to(recordings)
    tiny_values["dataset"]["base_path"] = str(moved)
    run_in_process(tiny_values, epochs=2, num_workers=0)
    out = capsys.readouterr().out
    assert "dataset.base_path" in out
    assert "training.num_workers: 1 in the checkpoint, 0 now" in out


def test_fresh_keeps_the_old_run(cli: RunCli, tiny_values: Values, tmp_path: Path) -> None:
    config = write_config(tmp_path, tiny_values, tmp_path / "run")
    first = cli("--config", str(config), "--epochs", "1")
    assert first.returncode == 0, first.stderr
    second = cli("--config", str(config), "--epochs", "1", "--seed", "8", "--fresh")
    assert second.returncode == 0, second.stderr
    assert "run.old-1" in second.stdout
    seeds = [
        json.loads((tmp_path / name / "epochs_statistics/experiment_config.json").read_text())["training"]["seed"]
        for name in ("run.old-1", "run")
    ]
    assert seeds == [7, 8]
