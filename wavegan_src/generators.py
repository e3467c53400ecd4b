"""The generator that a configuration means, without what only training needs."""

import torch

from wavegan_src.config_schema import Config
from wavegan_src.engine_model.generator import EngineGenerator
from wavegan_src.generator import Generator

AnyGenerator = Generator | EngineGenerator


def build_generator(config: Config) -> AnyGenerator:
    """An untrained generator."""
    if config.model.architecture == "engine":
        return EngineGenerator(config.model, config.audio)
    return Generator(config.model, config.audio.audio_length_samples)


def weightless(config: Config) -> torch.device:
    """Where to build networks whose weights are replaced at once, so that no time is spent on initial ones.

    The engine model's take next to none, while its operations on the device "meta" would make PyTorch import its
    compiler, which takes a second.
    """
    return torch.device("cpu" if config.model.architecture == "engine" else "meta")
