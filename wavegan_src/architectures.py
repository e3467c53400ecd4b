"""Which networks a configuration means: the paper's WaveGAN, or the engine model that learns within minutes."""

import torch
from torch import nn

from wavegan_src.adversarial import Gan
from wavegan_src.config_schema import Config
from wavegan_src.discriminator import Discriminator
from wavegan_src.engine_model.critics import EngineCritic
from wavegan_src.engine_model.gan import EngineGAN
from wavegan_src.generators import build_generator
from wavegan_src.wgan import WGAN


def build_gan(config: Config, device: torch.device) -> Gan:
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
