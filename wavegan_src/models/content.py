"""Is the content of a checkpoint what a run of these networks writes? Asked before any of it is used.

A file may be whole and yet hold something else: made by another program, or changed by hand.
"""

import math
from collections.abc import Mapping
from typing import Annotated, Any

import torch
from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, ValidationError
from torch import Tensor, nn

from wavegan_src.models.gan import AnyGAN
from wavegan_src.run.state import RunState, StateError

MOMENTS = {"step", "exp_avg", "exp_avg_sq"}  # of Adam
IMPLEMENTATION = {"fused", "foreach", "capturable"}
NETWORKS = ("generator", "generator_ema", "discriminator")


class OtherNetworksError(StateError):
    """The weights are those of other networks."""


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, arbitrary_types_allowed=True, allow_inf_nan=False)


class _LearningRate(_Part):
    factor: Annotated[float, Field(gt=0)]
    best: float | None
    waited: NonNegativeInt


class _Augmentation(_Part):
    strength: Annotated[float, Field(ge=0, le=1)]
    signals: list[float]


class _Means(_Part):
    count: NonNegativeInt
    sums: Tensor | None


class _Log(_Part):
    critic: _Means
    generator: _Means
    last_generator: Tensor | None
    seconds: float


class _Profile(_Part):
    total: float
    seconds: dict[str, float]


class _Parts(_Part):
    learning_rate: _LearningRate
    augmentation: _Augmentation
    log: _Log
    profile: _Profile | None


def check_content(state: RunState, gan: AnyGAN) -> None:
    """Check that a state can be restored into networks that have just been built.

    Raises:
        OtherNetworksError: its weights have other names or shapes.
        StateError: anything else in it is of another kind; the message says what in a clause.
    """
    values, own = state.to_values(), gan.state_dict()
    for name in NETWORKS:
        _check_weights(name, values[name], own[name])
    for name, network in (("generator_optimizer", gan.generator), ("discriminator_optimizer", gan.critic)):
        _check_optimizer(name, values[name], own[name], network)
    try:
        _Parts.model_validate({name: values[name] for name in _Parts.model_fields})
    except ValidationError as error:
        raise StateError(f"{'.'.join(map(str, error.errors()[0]['loc']))} is not what a run writes") from error


def _check_weights(name: str, found: object, own: Mapping[str, Tensor]) -> None:
    if not isinstance(found, Mapping) or not all(isinstance(value, Tensor) for value in found.values()):
        raise StateError(f"{name} holds no weights")
    if {key: value.shape for key, value in found.items()} != {key: value.shape for key, value in own.items()}:
        raise OtherNetworksError(f"{name} has other weights")
    if any(value.dtype != own[key].dtype or not bool(torch.isfinite(value).all()) for key, value in found.items()):
        raise StateError(f"{name} holds weights that are no numbers")


def _check_optimizer(name: str, found: object, own: Mapping[str, Any], network: nn.Module) -> None:
    """Check Adam's state: its moments have the shapes of the weights, its settings are those of this optimiser."""
    wrong = StateError(f"{name} is not what a run writes")
    if not isinstance(found, Mapping) or not isinstance(found.get("state"), Mapping):
        raise wrong
    groups, own_groups = found.get("param_groups"), own["param_groups"]
    if not isinstance(groups, list) or len(groups) != len(own_groups):
        raise wrong
    for group, own_group in zip(groups, own_groups, strict=True):
        if not isinstance(group, Mapping) or not _is_rate(group.get("lr")) or "params" not in group:
            raise wrong
        # Versions of PyTorch differ in what settings there are, devices in how the same step is computed.
        shared = group.keys() & own_group.keys() - {"lr"}
        if not all(_same(group[key], own_group[key], key in IMPLEMENTATION) for key in shared):
            raise wrong
    shapes = dict(enumerate(weight.shape for weight in network.parameters()))
    for index, moments in found["state"].items():
        if index not in shapes or not isinstance(moments, Mapping) or not moments.keys() >= MOMENTS:
            raise wrong
        if not all(_is_moment(value, shapes[index]) for value in moments.values()):
            raise wrong


def _same(found: object, own: object, implementation: bool) -> bool:
    """Whether a setting is our own; how a step is computed need only be a setting of that kind."""
    if implementation:
        return found is None or isinstance(found, bool)
    if isinstance(found, tuple | list):
        return isinstance(own, tuple | list) and list(found) == list(own)
    return type(found) is type(own) and found == own


def _is_rate(value: object) -> bool:
    if isinstance(value, Tensor) and value.numel() == 1:
        value = float(value)
    return isinstance(value, int | float) and math.isfinite(value) and value >= 0


def _is_moment(value: object, shape: torch.Size) -> bool:
    return isinstance(value, Tensor) and value.shape in (shape, torch.Size()) and value.is_floating_point()
