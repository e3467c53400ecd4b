"""Training from Python: the same run as from the command line, and observers that hear of it."""

from pathlib import Path
from typing import Any

import pytest

import wavegan
from tests.support.cli import RunCli
from wavegan_src.config_loader import validate
from wavegan_src.run.folder import RunFolder


class Recorder(wavegan.TrainingObserver):
    """Keeps the order of what it hears."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def on_start(self, start: Any) -> None:
        self.heard.append(f"start {start.epoch}")

    def on_epoch(self, epoch: Any) -> None:
        self.heard.append(f"epoch {epoch.epoch}")

    def on_checkpoint(self, checkpoint: Any) -> None:
        assert checkpoint.path.is_file()
        self.heard.append(f"checkpoint {checkpoint.epoch}")

    def on_end(self, end: Any) -> None:
        self.heard.append(end.kind)


def test_a_run_is_heard_and_its_model_loads(tiny_values: dict[str, Any], tmp_path: Path) -> None:
    recorder = Recorder()
    run = wavegan.train(tiny_values, observers=[recorder])
    assert isinstance(run, wavegan.Run)
    assert (run.folder, run.epoch, run.trained) == (tmp_path / "run", 2, True)
    assert recorder.heard[0] == "start 0"
    assert recorder.heard[-3:] == ["checkpoint 2", "epoch 2", "finished"]
    model = wavegan.load(run.folder)
    assert model.name == str(run.best_model)
    assert model.generate(seeds=[1]).shape == (1, 4096)
    again = wavegan.train(validate(tiny_values, "test"), observers=[recorder])
    assert (again.epoch, again.trained) == (2, False)


def test_a_run_starts_from_the_model_of_another_runs_folder(
    tiny_values: dict[str, Any], tmp_path: Path, cli: RunCli
) -> None:
    first = wavegan.train(tiny_values)
    tiny_values["training"] |= {"init": str(first.folder), "epochs": 1}
    tiny_values["output"]["output_dir"] = str(tmp_path / "second")
    notices: list[str] = []

    class Listener(wavegan.TrainingObserver):
        def on_notice(self, notice: Any) -> None:
            notices.append(notice.text)

    wavegan.train(tiny_values, observers=[Listener()])
    assert any(f"Starting from {first.folder} (after epoch 2" in text for text in notices)
    few = ("--count", "6", "--workers", "1")
    judged = cli("evaluate", "--checkpoint", str(tmp_path / "second"), "--measures", "long_term_spectrum", *few)
    assert judged.returncode == 0, judged.stderr
    assert (tmp_path / "second" / "evaluation" / "evaluation.json").is_file()


@pytest.mark.parametrize(
    ("config", "cure"),
    [
        ("config_tast", "Did you mean config_test"),
        ({"training": {"epochs": 0}}, "training.epochs is 0"),
        ({"dataset": {"base_path": "nowhere"}}, "nowhere"),
    ],
)
def test_a_mistake_is_explained_before_anything_is_written(
    config: Any, cure: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(wavegan.UserError, match=cure):
        wavegan.train(config)
    assert not list(RunFolder(tmp_path / "output_wavegan").checkpoints.glob("*"))
