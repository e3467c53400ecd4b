"""Observers hear of a run's events in order, however it ends, and change nothing of it."""

from pathlib import Path
from typing import Any

import pytest

import wavegan.training
from tests.support.runs import everything, same
from wavegan_src.run.events import read_events
from wavegan_src.run.folder import RunFolder
from wavegan_src.trainer.observers.observer import (
    CheckpointReport,
    EpochReport,
    Notice,
    RunEnd,
    RunStart,
    StepReport,
    TrainingObserver,
)
from wavegan_src.utils.errors import UserError


class Recorder(TrainingObserver):
    """Keeps all that it hears, and what was on the disk then."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.checkpoints: list[CheckpointReport] = []
        self.figures: dict[str, float | None] = {}
        self.start: RunStart | None = None
        self.end: RunEnd | None = None

    def on_start(self, start: RunStart) -> None:
        self.start = start
        self.heard.append("start")

    def on_step(self, step: StepReport) -> None:
        self.figures = dict(step.figures())
        self.heard.append(f"step {step.iteration}")

    def on_checkpoint(self, checkpoint: CheckpointReport) -> None:
        assert checkpoint.path.is_file()
        rows = RunFolder(checkpoint.path.parents[1]).checkpoint_csv.read_text().splitlines()
        assert rows[-1].startswith(f"{checkpoint.epoch},")  # rows come before the checkpoint that vouches for them
        self.checkpoints.append(checkpoint)
        self.heard.append(f"checkpoint {checkpoint.epoch}")

    def on_epoch(self, epoch: EpochReport) -> None:
        self.heard.append(f"epoch {epoch.epoch}" + (" with quality" if epoch.quality is not None else ""))

    def on_notice(self, notice: Notice) -> None:
        assert notice.text

    def on_end(self, end: RunEnd) -> None:
        self.end = end
        self.heard.append(end.kind)


def test_the_order_of_events(tiny_values: dict[str, Any]) -> None:
    recorder = Recorder()
    run = wavegan.training.train(tiny_values, observers=[recorder])
    assert recorder.start is not None
    assert recorder.start.iterations == run.iteration
    steps = [f"step {number}" for number in range(1, run.iteration + 1)]
    assert [event for event in recorder.heard if event in steps] == steps
    others = [event for event in recorder.heard if event not in steps]
    assert others == [
        "start",
        "checkpoint 1",
        "epoch 1 with quality",
        "checkpoint 2",
        "epoch 2 with quality",
        "finished",
    ]
    assert recorder.heard.index("checkpoint 2") > recorder.heard.index(steps[-1])
    assert recorder.figures["critic_loss"] is not None
    assert recorder.end == RunEnd("finished", "", 2, run.iteration)


def test_nothing_is_computed_otherwise_for_being_watched(tiny_values: dict[str, Any], tmp_path: Path) -> None:
    alone = wavegan.training.train(tiny_values)
    tiny_values["output"]["output_dir"] = str(tmp_path / "watched")
    watched = wavegan.training.train(tiny_values, observers=[Recorder(), Recorder()])
    one, other = everything(RunFolder(alone.folder)), everything(RunFolder(watched.folder))
    assert same(one, other)


def test_an_observers_error_ends_the_run_and_the_run_resumes(tiny_values: dict[str, Any]) -> None:
    class Faulty(TrainingObserver):
        def on_checkpoint(self, checkpoint: CheckpointReport) -> None:
            raise UserError("the observer failed")

    recorder = Recorder()
    with pytest.raises(UserError, match="the observer failed"):
        wavegan.training.train(tiny_values, observers=[recorder, Faulty()])
    assert recorder.end is not None
    assert (recorder.end.kind, recorder.end.text) == ("failed", "the observer failed")
    run = wavegan.training.train(tiny_values)
    assert (run.epoch, run.trained) == (2, True)
    kinds = [event.kind for event in read_events(RunFolder(run.folder).events)]
    assert kinds == ["started", "failed", "resumed", "finished"]


def test_a_run_that_is_over_trains_nothing(tiny_values: dict[str, Any]) -> None:
    first = wavegan.training.train(tiny_values)
    recorder = Recorder()
    again = wavegan.training.train(tiny_values, observers=[recorder])
    assert (again.trained, again.epoch, again.best) == (False, 2, first.best)
    assert recorder.heard == []
    assert again.best_model.is_file()
