"""States of runs: made up, and read from files as plain values."""

from pathlib import Path
from typing import Any

import torch

from wavegan_src.checkpoints import read_checkpoint
from wavegan_src.config_schema import Config
from wavegan_src.models.gan import AnyGAN
from wavegan_src.run.state import FORMAT_VERSION, Best, DatasetFacts, Lowest, ModelState, RunState


def run_state(epoch: int, **changes: Any) -> RunState:
    """The state of a run whose averaged generator is 5000 numbers, all equal to the epoch."""
    values: dict[str, Any] = {
        "format_version": FORMAT_VERSION,
        "architecture_version": 1,
        "config": {},
        "epoch": epoch,
        "iteration": 7 * epoch,
        "dataset": DatasetFacts(procedural=False),
        "whitening": None,
        "generator_ema": {"w": torch.full((5000,), float(epoch))},
        "discriminator": {},
        "epoch_complete": True,
        "generator": {},
        "generator_optimizer": {},
        "discriminator_optimizer": {},
        "generator_step": epoch,
        "best": Best(epoch=epoch, measure="kad", value=1.0),
        "lowest": Lowest(epoch=epoch, value=1.0),
        "stopped_early": None,
        "learning_rate": {},
        "augmentation": {},
        "log": {},
        "profile": None,
        "kernels": "",
        "initial_model": {},
    }
    return RunState(**(values | changes))


def model_state(gan: AnyGAN, config: Config, dataset: DatasetFacts | None = None, **changes: Any) -> ModelState:
    """The state of a model after epoch 3, with the networks of `gan`."""
    values: dict[str, Any] = {
        "format_version": FORMAT_VERSION,
        "architecture_version": 1,
        "config": config.model_dump(mode="json"),
        "epoch": 3,
        "iteration": gan.iteration,
        "dataset": dataset or DatasetFacts(procedural=False),
        "whitening": None,
        "generator_ema": gan.ema_generator.state_dict(),
        "discriminator": gan.critic.state_dict(),
        "code_version": "1",
    }
    return ModelState(**(values | changes))


def load_values(path: Path) -> dict[str, Any]:
    """What a checkpoint holds, as plain values and tensors of this version's format."""
    return read_checkpoint(path).to_values()
