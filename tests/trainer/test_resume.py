from typing import Any

import pytest

from tests.support.states import run_state
from wavegan_src.config_loader import free_keys, validate
from wavegan_src.run.state import DatasetFacts, EarlyStop
from wavegan_src.trainer.resume import continuation
from wavegan_src.utils.errors import UserError


def changed(values: dict[str, Any], key: str, value: Any) -> list[str]:
    before = validate(values, "test")
    section, name = key.split(".")
    after = validate({**values, section: {**values[section], name: value}}, "test")
    return continuation(run_state(1, config=before.model_dump(mode="json")), after, "c.tar").changed


def test_the_same_configuration_and_more_epochs_go_on_silently(tiny_values: dict[str, Any]) -> None:
    assert changed(tiny_values, "training.seed", tiny_values["training"]["seed"]) == []
    assert changed(tiny_values, "training.epochs", 99) == []


def test_what_changes_no_learning_is_free_and_what_does_is_not() -> None:
    free = free_keys()
    assert free >= {"training.device", "training.micro_batch_size", "dataset.base_path", "output.sample_count"}
    assert not free & {
        "training.seed",
        "training.batch_size",
        "training.precision",
        "model.latent_dim",
        "training.init",
    }
    assert len(free) == 16


def test_a_budget_in_steps_is_the_runs_own_in_epochs_of_its_own_clips(tiny_values: dict[str, Any]) -> None:
    tiny_values["training"] |= {"batch_size": 4, "steps": 10, "lr_schedule": "linear"}
    tiny_values["output"] |= {"checkpoint_interval_steps": 5}
    given = validate(tiny_values, "test")
    data = DatasetFacts(procedural=True, training_clips=8)
    begun = continuation(run_state(1, config=given.model_dump(mode="json"), dataset=data), given, "c.tar").config
    assert (begun.training.epochs, begun.output.checkpoint_interval_epochs) == (5, 2)
    at_its_end = run_state(5, config=begun.model_dump(mode="json"), dataset=data)
    again = continuation(at_its_end, given, "c.tar")
    assert (again.config, again.is_over, again.changed) == (begun, True, [])
    tiny_values["training"] |= {"steps": None, "epochs": 7}
    longer = continuation(at_its_end, validate(tiny_values, "test"), "c.tar")
    assert (longer.config.training.epochs, longer.is_over) == (7, False)
    assert longer.changed == [
        "training.epochs: 5 in the checkpoint, 7 now; the learning rate decays to 0 at epoch 7",
    ]


def test_a_run_from_before_budgets_in_steps_keeps_its_epochs(tiny_values: dict[str, Any]) -> None:
    old = validate(tiny_values, "test").model_dump(mode="json")
    del old["training"]["steps"], old["output"]["checkpoint_interval_steps"]
    old["training"]["epochs"], old["output"]["checkpoint_interval_epochs"] = 3, 2
    tiny_values["training"] |= {"steps": 1000}
    tiny_values["output"] |= {"checkpoint_interval_steps": 70}
    data = DatasetFacts(procedural=True, training_clips=8)
    going_on = continuation(run_state(3, config=old, dataset=data), validate(tiny_values, "test"), "c.tar")
    assert (going_on.config.training.epochs, going_on.config.output.checkpoint_interval_epochs) == (3, 2)
    assert going_on.is_over


def test_what_a_run_began_from_need_not_be_named_again(tiny_values: dict[str, Any]) -> None:
    named = {**tiny_values, "training": {**tiny_values["training"], "init": "m.tar"}}
    unnamed = validate(tiny_values, "test")
    begun = validate(named, "test")
    going_on = continuation(run_state(1, config=begun.model_dump(mode="json")), unnamed, "c.tar")
    assert going_on.config == begun
    assert going_on.changed == []
    assert continuation(run_state(1, config=unnamed.model_dump(mode="json")), unnamed, "c.tar").config == unnamed


def test_keys_newer_than_a_run_keep_what_their_absence_stood_for(tiny_values: dict[str, Any]) -> None:
    now = validate(tiny_values, "test")
    older = now.model_dump(mode="json")
    for key in ("copies", "folder_rules"):
        del older["dataset"][key]
    going_on = continuation(run_state(1, config=older), now, "c.tar")
    assert (now.dataset.copies, now.dataset.folder_rules) == ("together", 2)
    assert (going_on.config.dataset.copies, going_on.config.dataset.folder_rules) == ("apart", 1)
    assert going_on.kept == ["dataset.copies: apart", "dataset.folder_rules: 1"]
    assert going_on.changed == []


def test_a_run_that_was_stopped_early_goes_on_only_with_another_patience_or_none(tiny_values: dict[str, Any]) -> None:
    early = EarlyStop(epoch=1, state="diverging", reason="it diverges")
    stopped = run_state(1, config=tiny_values, stopped_early=early)

    def ended(**training: Any) -> str | None:
        now = validate({**tiny_values, "training": {**tiny_values["training"], **training}}, "test")
        return continuation(stopped, now, "c.tar").ended_early

    patience = validate(tiny_values, "test").training.early_stopping_patience
    assert ended(early_stopping=True) == "it diverges"
    assert ended(early_stopping=False) is None
    assert ended(early_stopping=True, early_stopping_patience=patience + 1) is None


@pytest.mark.parametrize(
    ("key", "value"),
    [("training.num_workers", 7), ("output.output_dir", "x"), ("output.checkpoint_interval_epochs", 9)],
)
def test_keys_that_do_not_change_what_is_learnt_are_named(tiny_values: dict[str, Any], key: str, value: Any) -> None:
    (line,) = changed(tiny_values, key, value)
    assert line.startswith(f"{key}: ")
    assert line.endswith(f"{value} now")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("training.learning_rate", 0.5),
        ("training.seed", 8),
        ("training.batch_size", 4),
        ("training.init", "m.tar"),
        ("model.model_dim", 3),
        ("dataset.overlap", 0.1),
        ("audio.taper_ms", 1.0),
    ],
)
def test_keys_that_would_make_it_another_experiment_are_refused(
    tiny_values: dict[str, Any], key: str, value: Any
) -> None:
    with pytest.raises(UserError) as refusal:
        changed(tiny_values, key, value)
    assert f"{key}: " in str(refusal.value)
    assert "--fresh" in str(refusal.value)
    assert "--output-dir" in str(refusal.value)
