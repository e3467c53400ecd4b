"""A typed state survives its file, older ones are migrated, and what is none is refused in words."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.states import run_state
from tests.support.third_architecture import SPEC
from wavegan_src.architectures import table
from wavegan_src.run.state import (
    FORMAT_VERSION,
    PYTORCH_KERNELS,
    DatasetFacts,
    ModelState,
    NewerStateError,
    OlderNetworksError,
    RunState,
    StateError,
    migrate,
    parse_state,
)

OLDEST: dict[str, Any] = {
    "config": {"model": {}},
    "epoch": 1,
    "iteration": 4,
    "dataset": {"fingerprint": "f", "training_clips": 6, "validation_clips": 2, "procedural": True},
    "whitening": None,
    "generator": {},
    "generator_ema": {},
    "discriminator": {},
    "generator_optimizer": {},
    "discriminator_optimizer": {},
    "generator_step": 1,
    "epoch_complete": True,
    "best": {"epoch": 1, "measure": "kad", "value": 2.5},
    "log": {},
    "code_version": "0.1.0",
}


def test_a_state_is_what_its_values_say() -> None:
    state = run_state(3)
    again = parse_state(state.to_values())
    assert isinstance(again, RunState)
    assert again.best == state.best
    assert again.to_values().keys() == state.to_values().keys()
    assert again.progress == "after epoch 3, iteration 21"


def test_what_came_later_is_filled_in_for_the_oldest_runs() -> None:
    state = parse_state(OLDEST)
    assert isinstance(state, RunState)
    assert (state.format_version, state.architecture_version) == (FORMAT_VERSION, 1)
    assert state.architecture == "wavegan"
    assert state.learning_rate == {"factor": 1.0, "best": None, "waited": 0}
    assert state.augmentation == {"strength": 0.0, "signals": []}
    assert state.kernels == PYTORCH_KERNELS
    assert (state.profile, state.stopped_early, state.initial_model) == (None, None, {})


def test_a_packed_model_is_no_run() -> None:
    packed = {name: OLDEST[name] for name in ("config", "epoch", "iteration", "whitening", "generator_ema")}
    state = parse_state(packed | {"dataset": {"procedural": False}})
    assert type(state) is ModelState
    assert state.dataset == DatasetFacts(procedural=False)
    assert state.discriminator is None


def test_migrating_changes_nothing_that_is_there() -> None:
    known = OLDEST | {"kernels": "others", "augmentation": {"strength": 0.5, "signals": [0.1]}}
    migrated = migrate(known)
    assert {name: migrated[name] for name in known} == known
    assert "format_version" not in known  # the values given are left alone


def test_a_newer_format_is_named() -> None:
    with pytest.raises(NewerStateError, match=rf"format {FORMAT_VERSION + 1}.*up to format {FORMAT_VERSION}"):
        parse_state(OLDEST | {"format_version": FORMAT_VERSION + 1})


@pytest.mark.parametrize(
    ("name", "value"),
    [("epoch", "3"), ("epoch", -1), ("best", 3), ("dataset", None), ("config", []), ("format_version", "two")],
)
def test_wrong_values_are_named(name: str, value: object) -> None:
    with pytest.raises(StateError, match=name.replace("_", ".")):
        parse_state(OLDEST | {name: value})


def test_missing_values_are_named() -> None:
    with pytest.raises(StateError, match="generator_step"):
        parse_state({name: value for name, value in OLDEST.items() if name != "generator_step"})


def test_weights_of_another_meaning_are_refused() -> None:
    with pytest.raises(NewerStateError, match=r"has version 2 there, and 1 in this program"):
        parse_state(run_state(1, architecture_version=2).to_values())
    changed = replace(SPEC, version=3)
    table.register(changed)
    try:
        values = run_state(1, config={"model": {"architecture": changed.name}}, architecture_version=2).to_values()
        with pytest.raises(OlderNetworksError, match=r"had version 2, and has version 3 now"):
            parse_state(values)
    finally:
        table.unregister(changed.name)
