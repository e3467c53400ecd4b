"""Checkpoints of untrained networks."""

from pathlib import Path
from typing import Any

import torch

from tests.support.states import model_state
from wavegan_src.checkpoints import CheckpointStore
from wavegan_src.config_loader import validate
from wavegan_src.models.wavegan.wgan import WGAN
from wavegan_src.run.state import DatasetFacts


def save_model(
    values: dict[str, Any], folder: Path, whitening: torch.Tensor | None = None, procedural: bool = False
) -> Path:
    """Save a model of the paper's architecture as `checkpoint_epoch_3.tar` in a new folder; returns the file."""
    folder.mkdir(parents=True)
    config = validate(values, "test")
    gan = WGAN(config, torch.device("cpu"))
    for parameter in gan.ema_generator.parameters():  # so that it differs from the trained generator
        parameter.mul_(1.5)
    state = model_state(gan, config, DatasetFacts(procedural=procedural), whitening=whitening)
    return CheckpointStore(folder).save(state, 3)
