"""`--seconds`: clips of another length than the model was trained on, where its network can write them."""

import math
from dataclasses import dataclass

from wavegan_src.architectures.table import spec_of
from wavegan_src.config_schema import Config
from wavegan_src.generation.rendering import RENDER_BATCH
from wavegan_src.utils.errors import UserError

MOST_SAMPLES = 32_000_000  # of a clip, about 3 GB while it is computed: 600 s up to 53 kHz
BATCH_SAMPLES = RENDER_BATCH * 44100  # in a batch of clips of other lengths: the memory of a batch of usual ones


@dataclass(frozen=True)
class ClipLength:
    """A length that is not the trained one: in s as it was asked for, and in samples."""

    seconds: float
    samples: int

    @property
    def rows(self) -> int:
        """Clips in a batch. It follows from the length alone: bytes must not depend on how many clips are asked for."""
        return max(1, min(RENDER_BATCH, BATCH_SAMPLES // self.samples))

    @property
    def suffix(self) -> str:
        """What it adds to the names of clips."""
        return f"_seconds{self.seconds:.12g}"


def choose_length(config: Config, seconds: float | None) -> ClipLength | None:
    """The length that `--seconds` asks of a model with this configuration; None is the trained one.

    Args:
        config: the model's.
        seconds: above 0 and at most 600; None where nothing was asked for.

    Raises:
        UserError: the network writes no such clips.
    """
    rate = config.audio.sample_rate
    if seconds is None or round(seconds * rate) == config.audio.audio_length_samples:
        return None
    architecture = spec_of(config.model.architecture)
    if architecture.shortest_sound is None:
        raise UserError(
            f"--seconds {seconds:g}: {architecture.title} writes clips of {config.audio.audio_length_seconds:g} s "
            "alone; leave --seconds out, or generate from a model of --config config_fast."
        )
    shortest = architecture.shortest_sound(rate)
    if seconds * rate < shortest:
        ringing = math.ceil(1000 * shortest / rate) / 1000
        raise UserError(
            f"--seconds {seconds:g}: this model's filter alone rings for {ringing:g} s, give at least that."
        )
    if seconds * rate > MOST_SAMPLES:
        raise UserError(
            f"--seconds {seconds:g}: at {rate} Hz clips have at most {MOST_SAMPLES // rate} s, give a shorter length."
        )
    return ClipLength(seconds, round(seconds * rate))
