"""`training.init`: a new run that starts from another model's networks instead of random weights.

Only weights are taken over: the averaged generator, as generator and as its average, and the critic. Optimisers,
counters and random numbers are a new run's. A resumed run never looks at the file.
"""

from dataclasses import dataclass

import torch

from wavegan_src.architectures.table import spec_of
from wavegan_src.checkpoints import DamagedCheckpointError, read_checkpoint_and_hash
from wavegan_src.config_loader import flatten, validate
from wavegan_src.config_schema import Config
from wavegan_src.models.gan import AnyGAN
from wavegan_src.models.registry import build_networks, weightless
from wavegan_src.run.model_files import model_file
from wavegan_src.run.pretrained import NAME
from wavegan_src.utils.errors import UserError

# Keys that decide the shapes of any networks, or what their output means; an architecture adds its own.
_ALIKE = ("model.architecture", "model.latent_dim", "model.model_dim", "audio.sample_rate")
_WHITENING = "dataset.spectral_whitening"


@dataclass(frozen=True)
class WarmStart:
    """Weights to start from, and what is told of them.

    critic: None where the file has none.
    """

    name: str  # as the configuration says
    sha256: str  # of the file
    progress: str
    generator: dict[str, torch.Tensor]
    critic: dict[str, torch.Tensor] | None

    @property
    def facts(self) -> dict[str, str]:
        """What a run keeps of its beginning: plain values."""
        return {"init": self.name, "init_sha256": self.sha256, "init_progress": self.progress}

    @property
    def words(self) -> str:
        """What it is, and what of it is used."""
        critic = "and critic" if self.critic is not None else "alone: it holds no critic, which starts anew"
        return f"{self.name} ({self.progress}, SHA-256 {self.sha256[:12]}…): averaged generator {critic}"


def read_warm_start(config: Config) -> WarmStart | None:
    """The model that `training.init` names, checked; None where a run starts from random weights.

    Raises:
        UserError: no such file, a damaged or foreign one, or other networks than the configuration's.
    """
    name = config.training.init
    if name is None:
        return None
    try:
        state, sha256 = read_checkpoint_and_hash(model_file(name))
    except DamagedCheckpointError as error:
        raise UserError(f"{str(error).removesuffix('.')}: name another model with --init, or leave it out.") from error
    _check_networks(name, validate(state.config, source=name), config)
    found = WarmStart(
        name,
        sha256,
        state.progress,
        state.generator_ema,
        state.discriminator,
    )
    _check_weights(found, config)
    return found


def start_from(gan: AnyGAN, model: WarmStart) -> None:
    """Give untrained networks the model's weights."""
    for generator in (gan.generator, gan.ema_generator):
        generator.load_state_dict(model.generator)
    if model.critic is not None:
        gan.critic.load_state_dict(model.critic)


def _check_networks(name: str, theirs: Config, ours: Config) -> None:
    there, here = flatten(theirs), flatten(ours)
    keys = (*_ALIKE, *spec_of(theirs.model.architecture).alike, _WHITENING)
    differing = [f"{key} is {there[key]} there and {here[key]} here" for key in keys if there[key] != here[key]]
    if differing:
        preset = " (--config config_fast does)" if name == NAME else ""
        raise UserError(
            f"--init {name} is another network than this configuration's: {', '.join(differing)}; set its values in "
            f"your configuration{preset}, or leave --init (training.init) out."
        )


def _check_weights(model: WarmStart, config: Config) -> None:
    with weightless(config):
        generator, critic = build_networks(config)
    try:
        generator.load_state_dict(model.generator, assign=True)
        if model.critic is not None:
            critic.load_state_dict(model.critic, assign=True)
    except (RuntimeError, TypeError, ValueError, LookupError, AttributeError) as error:
        raise UserError(
            f"{model.name} cannot be started from, for its content does not fit its configuration (another version "
            "of the program may have written it): name another model with --init, or leave it out."
        ) from error
    weights = [*model.generator.values(), *(model.critic or {}).values()]
    if not all(bool(torch.isfinite(weight).all()) for weight in weights):
        raise UserError(f"{model.name} holds NaN or infinity: name another model with --init, or leave it out.")
