"""The configuration as a run keeps it: in its checkpoints and in `experiment_config.json`."""

from pathlib import Path

from wavegan_src.config_schema import Config
from wavegan_src.run.pretrained import NAME as PRETRAINED


def with_whole_paths(config: Config) -> Config:
    """Name recordings, cache and first model so that they are found from another working folder, too.

    The output folder stays as it was given: a run's folder may move.
    """
    dataset = {"cache_dir": _whole(config.dataset.cache_dir)}
    if config.dataset.source == "folder":
        dataset["base_path"] = _whole(config.dataset.base_path)
    init = config.training.init
    return config.model_copy(
        update={
            "dataset": config.dataset.model_copy(update=dataset),
            "training": config.training.model_copy(update={"init": init if init == PRETRAINED else _whole(init)}),
        }
    )


def _whole(path: str | None) -> str | None:
    return path and str(Path(path).absolute())
