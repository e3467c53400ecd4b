"""The factories of the paper's network, for `models.registry`."""

from collections.abc import Callable

from torch import Tensor, nn

from wavegan_src.config_schema import AudioConfig, Config, ModelConfig
from wavegan_src.discriminator import Discriminator
from wavegan_src.generator import Generator
from wavegan_src.models.registry import Entry, fast_waveforms
from wavegan_src.models.wavegan.costs import activation_bytes, step_costs
from wavegan_src.models.wavegan.fast.generator import GeneratorPasses
from wavegan_src.models.wavegan.fast.memory import Buffers, pack
from wavegan_src.models.wavegan.gradients import uses_manual_gradients
from wavegan_src.models.wavegan.wgan import WGAN


def _generator(model: ModelConfig, audio: AudioConfig) -> nn.Module:
    return Generator(model, audio.audio_length_samples)


def _critic(model: ModelConfig, audio: AudioConfig) -> nn.Module:
    return Discriminator(model, audio.audio_length_samples)


def _operations(config: Config) -> tuple[int, int]:
    costs = step_costs(config)
    return costs.critic_flops, costs.generator_flops


@fast_waveforms.register
def _passes(generator: Generator) -> Callable[[Tensor], Tensor]:
    pack(generator)
    return GeneratorPasses(generator, Buffers(generator.dense.weight)).forward


ENTRY = Entry(
    generator=_generator,
    critic=_critic,
    gan=WGAN,
    activation_bytes=activation_bytes,
    one_gradient_at_a_time=uses_manual_gradients,
    operations=_operations,
)
