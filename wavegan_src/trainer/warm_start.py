"""`training.init`: start a new run from another model's weights instead of random ones.

Only weights are used: the averaged generator (both as the generator and as its average) and the critic. Optimisers,
counters and random numbers are those of a new run. A resumed run never reads the file.
"""

from dataclasses import dataclass
from typing import TypeVar

import torch

from wavegan_src.architectures.table import spec_of
from wavegan_src.checkpoints import DamagedCheckpointError, read_checkpoint_and_hash
from wavegan_src.config_loader import flatten, validate_snapshot
from wavegan_src.config_schema import Config
from wavegan_src.models.gan import AnyGAN
from wavegan_src.models.registry import build_networks, weightless
from wavegan_src.run.model_files import model_file
from wavegan_src.run.pretrained import NAME
from wavegan_src.utils.errors import UserError

# Keys that determine the shapes of the networks or the meaning of their output; an architecture adds its own.
_ALIKE = ("model.architecture", "model.latent_dim", "model.model_dim", "audio.sample_rate")
_WHITENING = "dataset.spectral_whitening"

T = TypeVar("T")


@dataclass(frozen=True)
class WarmStart:
    """Weights to start from, and facts about them for the user.

    critic: None if the file has none.
    """

    name: str  # as in the configuration
    sha256: str  # of the file
    progress: str
    generator: dict[str, torch.Tensor]
    critic: dict[str, torch.Tensor] | None

    @property
    def facts(self) -> dict[str, str]:
        """The facts that a run records about its initial model, as plain values."""
        return {"init": self.name, "init_sha256": self.sha256, "init_progress": self.progress}

    @property
    def words(self) -> str:
        """The model, and the parts of it that are used."""
        critic = "and critic" if self.critic is not None else "only (it has no critic: the critic's weights are random)"
        return f"{self.name} ({self.progress}, SHA-256 {self.sha256[:12]}…): averaged generator {critic}"


def read_warm_start(config: Config) -> WarmStart | None:
    """The model that `training.init` names, checked; None if a run starts from random weights.

    Raises:
        UserError: the file is missing, damaged or not a checkpoint, or its networks differ from the configuration's.
    """
    name = config.training.init
    if name is None:
        return None
    try:
        state, sha256 = read_checkpoint_and_hash(model_file(name))
    except DamagedCheckpointError as error:
        raise UserError(f"{str(error).removesuffix('.')}: name another model with --init, or leave it out.") from error
    _check_networks(name, validate_snapshot(state.config, source=name), config)
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
    """Load the model's weights into untrained networks."""
    for generator in (gan.generator, gan.ema_generator):
        generator.load_state_dict(_taken(model.generator, gan.config), strict=False)  # what is left out was checked
    if model.critic is not None:
        gan.critic.load_state_dict(model.critic)


def _check_networks(name: str, theirs: Config, ours: Config) -> None:
    there, here = flatten(theirs), flatten(ours)
    keys = (*_ALIKE, *spec_of(theirs.model.architecture).alike, _WHITENING)
    differing = [f"{key} is {there[key]} there and {here[key]} here" for key in keys if there[key] != here[key]]
    if differing:
        preset = " (--config config_fast does)" if name == NAME else ""
        raise UserError(
            f"--init {name} has other networks than this configuration: {', '.join(differing)}. Use its values in "
            f"your configuration{preset}, or leave --init (training.init) out."
        )


def _check_weights(model: WarmStart, config: Config) -> None:
    with weightless(config):
        generator, critic = build_networks(config)
    try:
        missing, unknown = generator.load_state_dict(_taken(model.generator, config), strict=False, assign=True)
        if wrong := [*unknown, *_taken(dict.fromkeys(missing), config)]:
            raise LookupError(wrong[0])
        if model.critic is not None:
            critic.load_state_dict(model.critic, assign=True)
    except (RuntimeError, TypeError, ValueError, LookupError, AttributeError) as error:
        raise UserError(
            f"The weights in {model.name} do not fit its configuration (another version of the program may have "
            "written it): name another model with --init, or leave it out."
        ) from error
    weights = [*model.generator.values(), *(model.critic or {}).values()]
    if not all(bool(torch.isfinite(weight).all()) for weight in weights):
        raise UserError(f"{model.name} contains NaN or infinity: name another model with --init, or leave it out.")


def _taken(weights: dict[str, T], config: Config) -> dict[str, T]:
    """The weights of a generator that do not begin anew, by their names."""
    anew = spec_of(config.model.architecture).anew
    return {name: weight for name, weight in weights.items() if not name.startswith(anew)}
