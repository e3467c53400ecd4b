"""How many epochs a run takes whose length is given in steps: a fixed number of epochs is too few for few clips."""

from wavegan_src.config_schema import Config


def steps_until(epoch: int, clips: int, batch_size: int) -> int:
    """Critic steps done when `epoch` ends: each epoch is one pass over the training clips, in full batches."""
    return -(-epoch * clips // min(batch_size, clips))


def with_budget(config: Config, clips: int) -> Config:
    """The configuration with `training.steps` and `output.checkpoint_interval_steps` converted to epochs.

    The keys in steps stay, so that a snapshot means the same with other recordings.

    Args:
        config: as it was given; without keys in steps it is returned as it is.
        clips: training clips; with 0 there is nothing to convert.
    """
    if not clips:
        return config
    training, output = config.training, config.output
    batch = min(training.batch_size, clips)
    if training.steps is not None:
        training = training.model_copy(update={"epochs": -(-training.steps * batch // clips)})
    if output.checkpoint_interval_steps is not None:
        interval = max(1, round(output.checkpoint_interval_steps * batch / clips))
        output = output.model_copy(update={"checkpoint_interval_epochs": interval})
    return config.model_copy(update={"training": training, "output": output})
