"""What a program must know beside the weights in order to run a model: sizes and constants, as plain numbers.

Other programs read them by these names: the browser's scripts, `wavegan_engine.c`, and whoever follows
docs/formats.md.
"""

from dataclasses import asdict, dataclass
from functools import singledispatch

from torch import nn

from wavegan_src.architectures import wavegan
from wavegan_src.config_schema import Config
from wavegan_src.generator import Generator
from wavegan_src.models.drive import generator as drive
from wavegan_src.models.drive import memory, synthesis
from wavegan_src.models.drive.generator import DriveGenerator
from wavegan_src.models.engine import spectral_filter

Facts = dict[str, int | float | str]


@dataclass(frozen=True)
class DriveFacts:
    """Of a drive model.

    rate: samples per second. hop: samples of a frame. width: of the style. bins: of the body's spectrum. bands: of the
    noise; band_bend, tone_bend: how their spacing and that of the tone's knots bends. pulse_orders, envelope_orders:
    harmonics of the cycle. pulse_points: of the wave table. pulse_level: its gain. tone_knots: points of the spectrum's
    correction. components, first_component: how many principal components the spectrum has, and their first factor in a
    latent vector. remembered: engines. scatter: of an engine's
    factors around theirs. sharpness: of the choice between them.
    fastest_envelope: of the frame rate. wander: the most that noise (natural log) and pulses do.
    farthest: speed that the tables follow, in standard deviations of the recordings'. knee: of the limiter. jitter:
    octaves. …_frames: from knot to knot of slow noise.
    """

    rate: int
    hop: int
    latent_dim: int
    width: int
    bins: int
    bands: int
    band_bend: float
    tone_bend: float
    pulse_orders: int
    envelope_orders: int
    pulse_points: int
    pulse_level: float
    tone_knots: int
    components: int
    first_component: int
    remembered: int
    scatter: float
    sharpness: float
    fastest_envelope: float
    wander: float
    farthest: float
    knee: float
    jitter: float
    jitter_frames: float
    flutter_frames: float
    swell_frames: float
    strokes_frames: float


def drive_facts(generator: DriveGenerator) -> DriveFacts:
    """The facts of a drive model."""
    return DriveFacts(
        rate=generator.sample_rate,
        hop=generator.hop,
        latent_dim=generator.latent_dim,
        width=generator.level.in_features,
        bins=len(generator.mean_spectrum),
        bands=drive.BANDS,
        band_bend=drive.BEND,
        tone_bend=spectral_filter.BEND,
        pulse_orders=drive.PULSE_ORDERS,
        envelope_orders=drive.ENVELOPE_ORDERS,
        pulse_points=drive.PULSE_TABLE,
        pulse_level=drive.PULSE_LEVEL,
        tone_knots=drive.TONE_KNOTS,
        components=generator.components,
        first_component=drive.FREE,
        remembered=memory.REMEMBERED,
        scatter=memory.SCATTER,
        sharpness=memory.SHARPNESS,
        fastest_envelope=drive.FASTEST_ENVELOPE,
        wander=drive.WANDER,
        farthest=drive.FARTHEST,
        knee=synthesis.KNEE,
        jitter=drive.JITTER,
        jitter_frames=drive.JITTER_S * generator.sample_rate / generator.hop,
        flutter_frames=synthesis.FLUTTER_STEP,
        swell_frames=synthesis.SWELL_STEP,
        strokes_frames=synthesis.STROKES_STEP,
    )


def facts_of(generator: nn.Module, config: Config) -> Facts:
    """The facts of any model: what its configuration says of it, and what its architecture adds."""
    usual: Facts = {
        "rate": config.audio.sample_rate,
        "samples": config.audio.audio_length_samples,
        "latent_dim": config.model.latent_dim,
        "model_dim": config.model.model_dim,
        "kernel_len": config.model.kernel_len,
    }
    return usual | own_facts(generator, config)


@singledispatch
def own_facts(generator: nn.Module, config: Config) -> Facts:
    """What an architecture adds; nothing, unless it is registered here."""
    del generator, config
    return {}


@own_facts.register
def _(generator: DriveGenerator, config: Config) -> Facts:
    del config
    return asdict(drive_facts(generator))


@own_facts.register
def _(generator: Generator, config: Config) -> Facts:
    kernel = config.model.kernel_len
    return {
        "layers": wavegan.LAYERS,
        "stride": wavegan.STRIDE,
        "padding": wavegan.conv_padding(kernel),
        "output_padding": wavegan.output_padding(kernel),
        "base_length": generator.base_length,
        "base_channels": generator.base_channels,
        "crop_start": wavegan.crop_start(generator.audio_length),
    }
