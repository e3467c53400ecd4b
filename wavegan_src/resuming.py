"""May a run go on from this checkpoint with this configuration? Says which keys differ, and what to do."""

from typing import Any

from wavegan_src.config_loader import flatten, validate
from wavegan_src.config_schema import Config
from wavegan_src.dataset import ClipDataset
from wavegan_src.errors import UserError

# Keys that change how a run computes or writes, but not what it learns. (The content of base_path is compared apart.)
FREE_KEYS = frozenset(
    {
        "training.device",
        "training.num_workers",
        "training.micro_batch_size",
        "training.compile",
        "training.deterministic",
        "dataset.base_path",
        "dataset.cache_dir",
        "output.output_dir",
        "output.checkpoint_interval_epochs",
        "output.log_interval_iterations",
        "output.sample_count",
    }
)


def check_configuration(state: dict[str, Any], config: Config, checkpoint_name: str) -> list[str]:
    """Compare a checkpoint's configuration with the one asked for.

    Returns:
        A line for each differing key that may differ.

    Raises:
        UserError: a key differs that would make the rest of the run another experiment.
    """
    before = flatten(validate(state["config"], source=checkpoint_name))
    after = flatten(config)
    changed = [key for key in after if before[key] != after[key] and key != "training.epochs"]
    differences = {key: f"{key}: {before[key]} in the checkpoint, {after[key]} now" for key in changed}
    refused = [differences[key] for key in changed if key not in FREE_KEYS]
    if refused:
        raise UserError(
            "The run in this output folder was started with another configuration:\n  "
            + "\n  ".join(refused)
            + "\nTo go on with it, set these keys back. To start a new run, add --fresh (the old one is kept) "
            f"or choose another --output-dir than {config.output.output_dir}."
        )
    return [differences[key] for key in changed]


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
