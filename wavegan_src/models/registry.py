"""The networks that a configuration means: each architecture's factories, imported when one of its models is made."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import singledispatch
from importlib import import_module

import torch
from torch import Tensor, nn

from wavegan_src.architectures.table import spec_of
from wavegan_src.config_schema import AudioConfig, Config, ModelConfig
from wavegan_src.models.gan import AnyGAN


def _never(config: Config, device: torch.device) -> bool:
    del config, device
    return False


@dataclass(frozen=True)
class Entry:
    """The factories of an architecture, `ENTRY` of the module that its `ArchitectureSpec.networks` names.

    Attributes:
        generator: an untrained one, which maps `(batch, latent_dim)` to `(batch, 1, time)` and, where any length goes,
            takes a number of samples as its second argument.
        critic: an untrained one, which maps `(batch, 1, time)` to `(batch, 1)`.
        gan: both of them, and what trains them.
        activation_bytes: memory of the most demanding step beside networks, gradients and moments, in bytes: of a
            configuration, the clips computed at once, the bytes of those three, and a device.
        one_gradient_at_a_time: whether the gradients of both networks take turns in the same memory.
        operations: floating-point operations of a critic and of a generator step for each clip, if they grow with
            `model.model_dim`; None if it hardly matters.
        meta: whether to build networks whose weights are replaced at once on the device "meta", which spends no time
            on initial weights but has PyTorch import its compiler, for a second, for some operations.
    """

    generator: Callable[[ModelConfig, AudioConfig], nn.Module]
    critic: Callable[[ModelConfig, AudioConfig], nn.Module]
    gan: Callable[[Config, torch.device], AnyGAN]
    activation_bytes: Callable[[Config, int, int, torch.device], int]
    one_gradient_at_a_time: Callable[[Config, torch.device], bool] = _never
    operations: Callable[[Config], tuple[int, int]] | None = None
    meta: bool = True


@singledispatch
def fast_waveforms(generator: nn.Module) -> Callable[[Tensor], Tensor] | None:
    """Hand-written passes from latents `(batch, latent_dim)` to waveforms `(batch, time)` on a CPU, in float32.

    None where there are none. An architecture that has some registers them, in its entry's module, for the class of
    its generator.
    """
    del generator
    return None


def entry_of(model: ModelConfig) -> Entry:
    """The factories of a configured architecture."""
    entry: Entry = import_module(spec_of(model.architecture).networks).ENTRY
    return entry


def build_generator(config: Config) -> nn.Module:
    """An untrained generator."""
    return entry_of(config.model).generator(config.model, config.audio)


def weightless(config: Config) -> torch.device:
    """Where to build networks whose weights are replaced at once, so that no time is spent on initial ones."""
    return torch.device("meta" if entry_of(config.model).meta else "cpu")


def build_gan(config: Config, device: torch.device) -> AnyGAN:
    """Untrained networks and what trains them."""
    return entry_of(config.model).gan(config, device)


def build_networks(config: Config) -> tuple[nn.Module, nn.Module]:
    """Generator and critic alone."""
    return build_generator(config), entry_of(config.model).critic(config.model, config.audio)
