"""The generator that a configuration means, without what only training needs."""

from wavegan_src.config_schema import Config
from wavegan_src.engine_model.generator import EngineGenerator
from wavegan_src.generator import Generator

AnyGenerator = Generator | EngineGenerator


def build_generator(config: Config) -> AnyGenerator:
    """An untrained generator."""
    if config.model.architecture == "engine":
        return EngineGenerator(config.model, config.audio)
    return Generator(config.model, config.audio.audio_length_samples)
