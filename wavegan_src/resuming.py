"""May a run go on from this checkpoint with this configuration? Says which keys differ, and what to do."""

from typing import Any

from wavegan_src.config_loader import flatten, validate
from wavegan_src.config_schema import Config
from wavegan_src.dataset import ClipDataset
from wavegan_src.errors import UserError

# Keys that change how a run computes, writes or ends, but not what it learns. (base_path's content is compared apart.)
FREE_KEYS = frozenset(
    {
        "training.device",
        "training.num_workers",
        "training.early_stopping",
        "training.early_stopping_patience",
        "training.micro_batch_size",
        "training.compile",
        "training.deterministic",
        "dataset.base_path",
        "dataset.cache_dir",
        "output.output_dir",
        "output.checkpoint_interval_epochs",
        "output.log_interval_iterations",
        "output.sample_count",
        "output.tensorboard",
    }
)


def check_configuration(state: dict[str, Any], config: Config, checkpoint_name: str) -> list[str]:
    """Compare a checkpoint's configuration with the one asked for.

    Returns:
        A line for each differing key that may differ. Another number of epochs is told where it changes what is learnt.

    Raises:
        UserError: a key differs that would make the rest of the run another experiment.
    """
    before = flatten(validate(state["config"], source=checkpoint_name))
    after = flatten(config)
    changed = [key for key in after if before[key] != after[key] and key != "training.epochs"]
    differences = {key: f"{key}: {before[key]} in the checkpoint, {after[key]} now" for key in changed}
    if "training.init" in changed:
        differences["training.init"] += " (a run begins but once: leave --init out)"
    refused = [differences[key] for key in changed if key not in FREE_KEYS]
    if refused:
        raise UserError(
            "The run in this output folder was started with another configuration:\n  "
            + "\n  ".join(refused)
            + "\nTo go on with it, set these keys back. To start a new run, add --fresh (the old one is kept) "
            f"or choose another --output-dir than {config.output.output_dir}."
        )
    epochs = config.training.epochs
    if config.training.lr_schedule == "linear" and before["training.epochs"] != epochs:
        last = f"training.epochs: {before['training.epochs']} in the checkpoint, {epochs} now"
        return [
            *map(differences.__getitem__, changed),
            f"{last}; the learning rate falls to 0 at the end of the latter",
        ]
    return [differences[key] for key in changed]


def as_begun(state: dict[str, Any], config: Config, checkpoint_name: str) -> Config:
    """The configuration with the `training.init` of the run's beginning, unless it names one.

    It has had its effect: whoever goes on need not name it again, but may not name another.
    """
    begun_from = validate(state["config"], source=checkpoint_name).training.init
    if config.training.init is not None or begun_from is None:
        return config
    return config.model_copy(update={"training": config.training.model_copy(update={"init": begun_from})})


def stopped_early(state: dict[str, Any], config: Config) -> str | None:
    """Why the run of this checkpoint was ended early, if it is to stay ended under this configuration.

    Without early stopping, or with another patience, it goes on.
    """
    stopped: dict[str, Any] | None = state.get("stopped_early")
    before = validate(state["config"], source="checkpoint").training.early_stopping_patience
    if stopped is None or not config.training.early_stopping or config.training.early_stopping_patience != before:
        return None
    return str(stopped["reason"])


def check_dataset(state: dict[str, Any], dataset: ClipDataset, output_dir: str) -> None:
    """Refuse to go on with other clips than the run was started with.

    Raises:
        UserError: the data set's content or preparation changed.
    """
    before = state["dataset"]
    if before["fingerprint"] != dataset.fingerprint:
        raise UserError(
            f"The data set changed since this run was started: {before['training_clips']} training clips then, "
            f"{len(dataset.train)} now, or the same number with other content. Restore it to go on, or start a new "
            f"run with --fresh (the old one is kept beside it) or another --output-dir than {output_dir}."
        )
