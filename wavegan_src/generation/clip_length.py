"""`--seconds`: clips of another length than the trained one, if the network can generate them."""

import math
from dataclasses import dataclass

from wavegan_src.architectures.table import spec_of
from wavegan_src.config_schema import Config
from wavegan_src.generation.rendering import RENDER_BATCH
from wavegan_src.utils.errors import UserError

MOST_SAMPLES = 32_000_000  # of a clip, about 3 GB while it is computed: 600 s at up to 53 kHz
BATCH_SAMPLES = RENDER_BATCH * 44100  # in a batch of clips of another length: as much memory as a usual batch


@dataclass(frozen=True)
class ClipLength:
    """A length other than the trained one: in s as given by the user, and in samples."""

    seconds: float
    samples: int

    @property
    def rows(self) -> int:
        """Clips in a batch. It depends only on the length: bytes must not depend on the number of clips."""
        return max(1, min(RENDER_BATCH, BATCH_SAMPLES // self.samples))

    @property
    def suffix(self) -> str:
        """The suffix that it adds to file names."""
        return f"_seconds{self.seconds:.12g}"


def choose_length(config: Config, seconds: float | None) -> ClipLength | None:
    """The length that `--seconds` selects for a model with this configuration; None means the trained length.

    Args:
        config: the model's configuration.
        seconds: above 0 and at most 600; None if not given.

    Raises:
        UserError: the network cannot generate such clips.
    """
    rate = config.audio.sample_rate
    if seconds is None or round(seconds * rate) == config.audio.audio_length_samples:
        return None
    architecture = spec_of(config.model.architecture)
    if architecture.shortest_sound is None:
        raise UserError(
            f"--seconds {seconds:g}: {architecture.title} only writes clips of "
            f"{config.audio.audio_length_seconds:g} s; leave --seconds out, or use a model trained with --config "
            "config_fast."
        )
    shortest = architecture.shortest_sound(rate)
    if seconds * rate < shortest:
        ringing = math.ceil(1000 * shortest / rate) / 1000
        raise UserError(f"--seconds {seconds:g}: this model's filter rings for {ringing:g} s, give at least that.")
    if seconds * rate > MOST_SAMPLES:
        raise UserError(
            f"--seconds {seconds:g}: at {rate} Hz clips have at most {MOST_SAMPLES // rate} s, give a shorter length."
        )
    return ClipLength(seconds, round(seconds * rate))
