"""Decide whether a run may resume from a checkpoint with a configuration; list the keys that differ and what to do."""

from dataclasses import dataclass

from wavegan_src.config_loader import flatten, free_keys, keep_older, validate_snapshot
from wavegan_src.config_schema import Config, TrainingConfig
from wavegan_src.data.sources import data_folder
from wavegan_src.dataset import ClipDataset
from wavegan_src.run.budget import with_budget
from wavegan_src.run.snapshot import with_whole_paths
from wavegan_src.run.state import RunState
from wavegan_src.utils.errors import UserError

_LENGTH = ("training.epochs", "training.steps")  # a longer run only does more of the same


@dataclass(frozen=True)
class Continuation:
    """How a run resumes from a checkpoint.

    Attributes:
        config: the configuration to resume with: the given one with the run's original `training.init`, which has
            already had its effect and need not be given again, with what keys newer than the run stand for, and with
            its length converted to epochs of the run's own clips.
        kept: a line for each such key that thereby differs from the given configuration.
        changed: a line for each key that differs from the checkpoint's and may differ. A different number of epochs is
            listed only if it changes what is learned.
        ended_early: why the run was stopped early, if it stays stopped; None if it resumes, as it does without early
            stopping or with another patience.
        is_over: whether nothing is left to train, because it was stopped early or the last epoch is done.
    """

    config: Config
    kept: list[str]
    changed: list[str]
    ended_early: str | None
    is_over: bool


def continuation(state: RunState, config: Config, checkpoint_name: str) -> Continuation:
    """Compare a checkpoint's configuration with the given one.

    Raises:
        UserError: a key differs that would make the rest of the run a different experiment.
    """
    begun = validate_snapshot(state.config, source=checkpoint_name)
    config, kept = keep_older(config, state.config)
    if config.training.init is None:
        training = config.training.model_copy(update={"init": begun.training.init})
        config = config.model_copy(update={"training": training})
    config = _in_epochs(state, begun, config)
    ended_early = _ended_early(state, begun.training, config.training)
    is_over = ended_early is not None or state.epoch >= config.training.epochs
    values = flatten(config)
    # These keys say how recordings are read.
    lines = [f"{key}: {values[key]}" for key in kept] if config.dataset.source == "folder" else []
    return Continuation(
        config, lines, _changed(with_whole_paths(begun), with_whole_paths(config)), ended_early, is_over
    )


def _in_epochs(state: RunState, begun: Config, now: Config) -> Config:
    """The configuration with its lengths in epochs; a run from before lengths in steps keeps its own, in epochs."""
    training, output = now.training, now.output
    recorded = {section: state.config.get(section, {}) for section in ("training", "output")}
    if training.steps is not None and "steps" not in recorded["training"]:
        training = training.model_copy(update={"steps": None, "epochs": begun.training.epochs})
    if output.checkpoint_interval_steps is not None and "checkpoint_interval_steps" not in recorded["output"]:
        kept = begun.output.checkpoint_interval_epochs
        update = {"checkpoint_interval_steps": None, "checkpoint_interval_epochs": kept}
        output = output.model_copy(update=update)
    now = now.model_copy(update={"training": training, "output": output})
    return with_budget(now, state.dataset.training_clips)


def _changed(begun: Config, now: Config) -> list[str]:
    before, after, free = flatten(begun), flatten(now), free_keys()
    changed = [key for key in after if before[key] != after[key] and key not in _LENGTH]
    differences = {key: f"{key}: {before[key]} in the checkpoint, {after[key]} now" for key in changed}
    if "training.init" in changed:
        differences["training.init"] += " (it only applies to a new run: leave --init out)"
    refused = [differences[key] for key in changed if key not in free]
    if refused:
        if now.dataset.source == "folder" and "dataset.base_path" in changed:
            data_folder(now.dataset)  # a mistyped --data comes before what else differs
        raise UserError(
            "The run in this output folder was started with another configuration:\n  "
            + "\n  ".join(refused)
            + "\nTo resume it, set these keys back. To start a new run, add --fresh (the old one is kept) "
            f"or choose another --output-dir than {now.output.output_dir}."
        )
    lines = list(differences.values())
    first, last = begun.training.epochs, now.training.epochs
    if now.training.lr_schedule == "linear" and first != last:
        lines.append(
            f"training.epochs: {first} in the checkpoint, {last} now; the learning rate decays to 0 at epoch {last}"
        )
    return lines


def _ended_early(state: RunState, begun: TrainingConfig, now: TrainingConfig) -> str | None:
    stopped = state.stopped_early
    if stopped is None or not now.early_stopping or now.early_stopping_patience != begun.early_stopping_patience:
        return None
    return stopped.reason


def check_dataset(state: RunState, dataset: ClipDataset, output_dir: str) -> None:
    """Refuse to resume with other clips than the run was started with.

    Raises:
        UserError: the data set's content or preparation has changed.
    """
    before = state.dataset
    if before.fingerprint != dataset.fingerprint:
        raise UserError(
            f"The data set changed since this run was started: {before.training_clips} training clips then, "
            f"{len(dataset.train)} now, or the same number with other content. Restore it to resume, or start a new "
            f"run with --fresh (the old one is kept) or another --output-dir than {output_dir}."
        )
