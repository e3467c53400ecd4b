from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wavegan_src.config_loader import load_config, validate
from wavegan_src.run.budget import steps_until, with_budget

COUNTS = st.integers(1, 2000)


@given(steps=COUNTS, clips=COUNTS, batch=COUNTS)
def test_the_epochs_are_the_fewest_that_a_batch_count_allows(steps: int, clips: int, batch: int) -> None:
    config = validate({"training": {"steps": steps, "batch_size": batch}}, "test")
    epochs = with_budget(config, clips).training.epochs
    assert steps_until(epochs, clips, batch) >= steps
    assert epochs == 1 or (epochs - 1) * clips < steps * min(batch, clips)


@given(epoch=st.integers(1, 50), clips=st.integers(1, 60), batch=st.integers(1, 80))
def test_an_epoch_ends_when_its_last_clip_is_drawn(epoch: int, clips: int, batch: int) -> None:
    drawn = steps = 0
    while drawn < epoch * clips:
        drawn, steps = drawn + min(batch, clips), steps + 1
    assert steps_until(epoch, clips, batch) == steps


@pytest.mark.parametrize("clips", [10, 35, 740, 4000])
def test_the_engine_preset_takes_as_many_steps_for_few_clips_as_for_many(clips: int) -> None:
    config = with_budget(load_config("config_fast"), clips)
    training, output = config.training, config.output
    steps = steps_until(training.epochs, clips, training.batch_size)
    assert training.steps is not None
    assert training.steps <= steps < training.steps + -(-clips // training.batch_size) + 1
    checkpoints = training.epochs / output.checkpoint_interval_epochs
    assert 3 <= checkpoints <= 21
    assert with_budget(config, clips) == config


def test_epochs_on_the_command_line_win_and_snapshots_without_steps_mean_epochs() -> None:
    asked = load_config("config_fast", {"training.epochs": 6})
    assert (asked.training.steps, with_budget(asked, 35).training.epochs) == (None, 6)
    old: dict[str, Any] = {"training": {"epochs": 30}, "output": {"checkpoint_interval_epochs": 2}}
    snapshot = validate(old, "test")
    assert with_budget(snapshot, 35) == snapshot


def test_without_clips_there_is_nothing_to_convert() -> None:
    config = load_config("config_fast")
    assert with_budget(config, 0) == config
