"""The state of a run as a checkpoint holds it: typed, versioned, and migrated where an older program wrote it.

`ModelState` is what generating needs, and all that a packed model holds; `RunState` adds what resuming needs. Tensors
are plain values here, so that nothing imports PyTorch.
"""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, NonNegativeInt, PositiveInt, ValidationError

from wavegan_src.architectures import table

FORMAT_VERSION = 3
"""Of a checkpoint's content. Raise it, with a step in `_MIGRATIONS`, when a key is new, renamed or changes meaning."""

Values = dict[str, Any]
Weights = Any  # `{name: tensor}`, in the order that PyTorch gives them
PYTORCH_KERNELS = "PyTorch's kernels"


class StateError(ValueError):
    """Values that are no state of a run; the message says why in a clause."""


class NewerStateError(StateError):
    """A state that a newer version of the program wrote."""


class OlderNetworksError(StateError):
    """A state whose weights had another meaning than those of the same architecture have now."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", arbitrary_types_allowed=True)


class DatasetFacts(_Record):
    """What a state keeps of its data set.

    Attributes:
        fingerprint: of contents, parameters and split; None in a packed model.
        training_clips, validation_clips: how many.
        validation_recordings: how many the latter come from; None in a packed model, and from before it was counted.
        procedural: whether they were synthesised, not recorded.
    """

    procedural: bool
    fingerprint: str | None = None
    training_clips: NonNegativeInt = 0
    validation_clips: NonNegativeInt = 0
    validation_recordings: NonNegativeInt | None = None


class Best(_Record):
    """The best checkpoint so far: its epoch, and the measure that chose it with its value (lower is better)."""

    epoch: NonNegativeInt
    measure: str
    value: float


class Lowest(_Record):
    """The checkpoint with the lowest primary measure so far, which later ones are compared with.

    Attributes:
        epoch: its epoch.
        value: the measure.
        without_generated, without_reference: the same without each group of clips; empty if there is no interval.
    """

    epoch: NonNegativeInt
    value: float
    without_generated: list[float] = []
    without_reference: list[float] = []


class EarlyStop(_Record):
    """Why early stopping ended a run: at which epoch, in which state, and in words."""

    epoch: NonNegativeInt
    state: str
    reason: str


class ModelState(_Record):
    """A trained model: its configuration, the averaged generator, and where it comes from.

    Attributes:
        format_version: `FORMAT_VERSION` of the program that wrote it, after migration that of this one.
        architecture_version: of the architecture's own meaning of its weights.
        config: the run's configuration, as plain values.
        epoch, iteration: epochs completed and critic iterations done.
        dataset: what it was trained on.
        whitening: the filter that training inverted, a tensor; None without.
        generator_ema: weights of the averaged generator.
        discriminator: weights of the critic; None where they were left out.
        code_version: version of the program that wrote it.
    """

    format_version: PositiveInt
    architecture_version: PositiveInt
    config: Values
    epoch: NonNegativeInt
    iteration: NonNegativeInt
    dataset: DatasetFacts
    whitening: Any
    generator_ema: Weights
    discriminator: Weights = None
    code_version: str = ""

    @property
    def architecture(self) -> str:
        """`model.architecture` of its configuration; models from before there were several are the paper's."""
        return table.recorded(self.config)

    @property
    def progress(self) -> str:
        """How far it was trained, in words."""
        return f"after epoch {self.epoch}, iteration {self.iteration}"

    def to_values(self) -> Values:
        """Plain values and tensors, as a checkpoint's file holds them."""
        fields = ((name, getattr(self, name)) for name in type(self).model_fields)
        return {name: value.model_dump() if isinstance(value, _Record) else value for name, value in fields}


class RunState(ModelState):
    """All that a run needs to continue as if it had never been interrupted.

    Attributes:
        epoch_complete: whether it was written at the end of `epoch`, not in the middle of the next.
        generator, generator_optimizer, discriminator_optimizer, generator_step: the networks' training (`models.gan`).
        best: the best checkpoint so far; None before one was measured.
        lowest: the one with the lowest measure, of which the best need not differ; None before one was measured.
        stopped_early: set once early stopping has ended the run.
        learning_rate, augmentation, log, profile: states of the trainer's parts of these names.
        kernels: whose matrix products the gradients are made of.
        initial_model: what is known of the model that the run started from; empty for random weights.
        torch_version: of the PyTorch that wrote it.
    """

    discriminator: Weights
    epoch_complete: bool
    generator: Weights
    generator_optimizer: Values
    discriminator_optimizer: Values
    generator_step: NonNegativeInt
    best: Best | None
    lowest: Lowest | None
    stopped_early: EarlyStop | None
    learning_rate: Values
    augmentation: Values
    log: Values
    profile: Values | None
    kernels: str
    initial_model: dict[str, str]
    torch_version: str = ""


def parse_state(values: Mapping[str, Any]) -> ModelState:
    """A checkpoint's content as a typed state of this version: a `RunState`, or a `ModelState` for a packed model.

    Raises:
        NewerStateError: a newer version of the program wrote it.
        OlderNetworksError: its weights no longer mean what they did.
        StateError: it is no state of a run.
    """
    values = migrate(values)
    kind = RunState if "epoch_complete" in values else ModelState
    try:
        state = kind.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        raise StateError(f"{'.'.join(map(str, first['loc']))}: {first['msg'].lower()}") from error
    _check_architecture(state)
    return state


def migrate(values: Mapping[str, Any]) -> Values:
    """Bring the content of an older checkpoint up to date, step by step.

    Raises:
        StateError: its version is no number, or newer than this program's.
    """
    version = values.get("format_version", 1)
    if not isinstance(version, int) or version < 1:
        raise StateError(f"its format version is {version!r}")
    if version > FORMAT_VERSION:
        raise NewerStateError(
            f"it has format {version}, and this version of the program reads up to format {FORMAT_VERSION}"
        )
    current = dict(values)
    for step in range(version, FORMAT_VERSION):
        _MIGRATIONS[step](current)
        current["format_version"] = step + 1
    return current


def _check_architecture(state: ModelState) -> None:
    """Compare the version of its networks with this program's."""
    spec, version = table.spec_of(state.architecture), state.architecture_version
    if version > spec.version:
        raise NewerStateError(f"{spec.title} has version {version} there, and {spec.version} in this program")
    if version < spec.version:
        raise OlderNetworksError(f"{spec.title} had version {version}, and has version {spec.version} now")


def _to_version_2(values: Values) -> None:
    """Add what came into checkpoints over the years of format 1, with the values that its absence stood for."""
    values.setdefault("architecture_version", 1)
    if "epoch_complete" not in values:  # a packed model
        return
    defaults: Values = {
        "learning_rate": {"factor": 1.0, "best": None, "waited": 0},  # it was constant
        "augmentation": {"strength": 0.0, "signals": []},  # there was none
        "stopped_early": None,
        "profile": None,  # the epoch's time was not measured
        "kernels": PYTORCH_KERNELS,
        "initial_model": {},
    }
    for name, default in defaults.items():
        values.setdefault(name, default)


def _to_version_3(values: Values) -> None:
    """Add the checkpoint with the lowest measure: it was the best, and no interval was known."""
    best = values.get("best")
    if "epoch_complete" in values:
        values["lowest"] = {name: best.get(name) for name in ("epoch", "value")} if isinstance(best, dict) else None


_MIGRATIONS: dict[int, Callable[[Values], None]] = {1: _to_version_2, 2: _to_version_3}
"""By the version that a step leads on from."""
