"""May a run go on from this checkpoint with this configuration? Says which keys differ, and what to do."""

from dataclasses import dataclass

from wavegan_src.config_loader import flatten, free_keys, validate
from wavegan_src.config_schema import Config, TrainingConfig
from wavegan_src.dataset import ClipDataset
from wavegan_src.run.state import RunState
from wavegan_src.utils.errors import UserError


@dataclass(frozen=True)
class Continuation:
    """How a run goes on from a checkpoint.

    Attributes:
        config: what to go on with: as asked for, with the `training.init` of the run's beginning, which has had its
            effect and need not be named again.
        changed: a line for each key that differs from the checkpoint's and may. Another number of epochs is told where
            it changes what is learnt.
        ended_early: why the run was stopped early, if it is to stay so; None where it goes on, as it does without early
            stopping or with another patience.
        is_over: whether nothing is left to train, for that or because the last epoch is done.
    """

    config: Config
    changed: list[str]
    ended_early: str | None
    is_over: bool


def continuation(state: RunState, config: Config, checkpoint_name: str) -> Continuation:
    """Compare a checkpoint's configuration with the one asked for.

    Raises:
        UserError: a key differs that would make the rest of the run another experiment.
    """
    begun = validate(state.config, source=checkpoint_name)
    if config.training.init is None:
        training = config.training.model_copy(update={"init": begun.training.init})
        config = config.model_copy(update={"training": training})
    ended_early = _ended_early(state, begun.training, config.training)
    is_over = ended_early is not None or state.epoch >= config.training.epochs
    return Continuation(config, _changed(begun, config), ended_early, is_over)


def _changed(begun: Config, now: Config) -> list[str]:
    before, after, free = flatten(begun), flatten(now), free_keys()
    changed = [key for key in after if before[key] != after[key] and key != "training.epochs"]
    differences = {key: f"{key}: {before[key]} in the checkpoint, {after[key]} now" for key in changed}
    if "training.init" in changed:
        differences["training.init"] += " (a run begins but once: leave --init out)"
    refused = [differences[key] for key in changed if key not in free]
    if refused:
        raise UserError(
            "The run in this output folder was started with another configuration:\n  "
            + "\n  ".join(refused)
            + "\nTo go on with it, set these keys back. To start a new run, add --fresh (the old one is kept) "
            f"or choose another --output-dir than {now.output.output_dir}."
        )
    lines = list(differences.values())
    first, last = begun.training.epochs, now.training.epochs
    if now.training.lr_schedule == "linear" and first != last:
        lines.append(
            f"training.epochs: {first} in the checkpoint, {last} now; the learning rate falls to 0 at the end of the "
            "latter"
        )
    return lines


def _ended_early(state: RunState, begun: TrainingConfig, now: TrainingConfig) -> str | None:
    stopped = state.stopped_early
    if stopped is None or not now.early_stopping or now.early_stopping_patience != begun.early_stopping_patience:
        return None
    return stopped.reason


def check_dataset(state: RunState, dataset: ClipDataset, output_dir: str) -> None:
    """Refuse to go on with other clips than the run was started with.

    Raises:
        UserError: the data set's content or preparation changed.
    """
    before = state.dataset
    if before.fingerprint != dataset.fingerprint:
        raise UserError(
            f"The data set changed since this run was started: {before.training_clips} training clips then, "
            f"{len(dataset.train)} now, or the same number with other content. Restore it to go on, or start a new "
            f"run with --fresh (the old one is kept beside it) or another --output-dir than {output_dir}."
        )
