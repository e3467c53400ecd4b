"""The generator that a configuration means, without what only training needs."""

import torch
from torch import nn

from wavegan_src.config_schema import Config
from wavegan_src.discriminator import Discriminator
from wavegan_src.generator import Generator
from wavegan_src.models.engine.critics import EngineCritic
from wavegan_src.models.engine.gan import EngineGAN
from wavegan_src.models.engine.generator import EngineGenerator
from wavegan_src.models.gan import AnyGAN
from wavegan_src.models.wavegan.wgan import WGAN

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


def build_gan(config: Config, device: torch.device) -> AnyGAN:
    """Untrained networks and what trains them."""
    return EngineGAN(config, device) if config.model.architecture == "engine" else WGAN(config, device)


def build_networks(config: Config) -> tuple[nn.Module, nn.Module]:
    """Generator and critic alone."""
    critic: nn.Module
    if config.model.architecture == "engine":
        critic = EngineCritic(config.audio.sample_rate)
    else:
        critic = Discriminator(config.model, config.audio.audio_length_samples)
    return build_generator(config), critic
