"""Check and describe a run's data before training starts."""

import torch

from wavegan_src.architectures.table import spec_of
from wavegan_src.config_schema import Config, ModelConfig, TrainingConfig
from wavegan_src.convergence.judging import can_choose, too_small
from wavegan_src.data.split.survey import Survey, survey
from wavegan_src.dataset import ClipDataset
from wavegan_src.utils.device import device_name
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.format import format_counts
from wavegan_src.utils.progress import Notify


def check_data(config: Config) -> Survey:
    """Survey the data set from the headers of its files.

    Raises:
        UserError: there are no clips to train on.
    """
    found = survey(config)
    if not found.train_clips:
        raise UserError(
            f"No recording in {config.dataset.base_path} (dataset.base_path) is long enough for a training clip: "
            f"{found.files} files, {3600 * found.hours:.2f} s in total. Add recordings."
        )
    check_batch(config.model, found.train_clips)
    return found


def check_batch(model: ModelConfig, training_clips: int) -> None:
    """Check that there are enough training clips for the architecture's smallest batch.

    Raises:
        UserError: there are too few.
    """
    architecture = spec_of(model.architecture)
    if training_clips < architecture.fewest_clips:
        raise UserError(
            f'model.architecture "{architecture.name}" needs at least {architecture.fewest_clips} training clips, but '
            f"there is only {training_clips}: add recordings, or lower dataset.validation_fraction or "
            "audio.audio_length_seconds."
        )


def describe_data(
    training: TrainingConfig, dataset: ClipDataset, device: torch.device, note: Notify, warn: Notify
) -> None:
    """Report the data and the device of a run, and warn if there is too little data."""
    kind = "procedural stand-in clips" if dataset.procedural else f"clips of {dataset.recording_count} recordings"
    note(f"{len(dataset.train)} training and {len(dataset.validation)} validation {kind}; {device_name(device)}.")
    if dataset.dropped:
        note(f"Dropped: {format_counts(dataset.dropped)}.")
    if len(dataset.validation) < 2:
        against = "against the training clips themselves" if len(dataset.train) > 1 else "not at all"
        warn(
            f"{len(dataset.validation)} validation clips are too few, so quality is measured {against}. "
            "Add recordings, or raise dataset.validation_fraction."
        )
    elif not can_choose(dataset.validation_recordings):
        why = too_small(len(dataset.validation), dataset.validation_recordings)
        warn(
            f"{why}. Add recordings (of 17, three are held out), or raise dataset.validation_fraction, which leaves "
            "fewer to train on."
        )
    if lowered := lowered_batch(training, len(dataset.train)):
        warn(lowered)


def lowered_batch(training: TrainingConfig, training_clips: int) -> str | None:
    """A warning that batches are smaller than configured, as there are fewer training clips; None if they are not."""
    if training.batch_size <= training_clips:
        return None
    return (
        f"batch_size {training.batch_size} is more than the {training_clips} training clips; "
        f"batches of {training_clips} are used."
    )
