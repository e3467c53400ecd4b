from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from wavegan_src.checkpoints import read_run_state
from wavegan_src.config_loader import validate
from wavegan_src.models.content import OtherNetworksError, check_content
from wavegan_src.models.gan import AnyGAN
from wavegan_src.models.registry import build_gan
from wavegan_src.run.state import RunState, StateError


@pytest.fixture(scope="module")
def state(trained: Path) -> RunState:
    return read_run_state(trained / "run" / "checkpoints" / "checkpoint_epoch_1.tar")


@pytest.fixture(scope="module")
def gan(state: RunState) -> AnyGAN:
    return build_gan(validate(state.config, "test"), torch.device("cpu"))


def without(values: dict[Any, Any], key: object) -> dict[Any, Any]:
    return {name: value for name, value in values.items() if name != key}


def with_first(values: dict[Any, Any], value: object) -> dict[Any, Any]:
    return {**values, next(iter(values)): value}


def test_what_a_run_wrote_is_accepted(state: RunState, gan: AnyGAN) -> None:
    check_content(state, gan)


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("generator", lambda _: []),
        ("generator", lambda weights: with_first(weights, 1.0)),
        (
            "generator_ema",
            lambda weights: with_first(weights, torch.full_like(next(iter(weights.values())), torch.nan)),
        ),
        ("discriminator", lambda weights: {name: value.double() for name, value in weights.items()}),
        ("generator_optimizer", lambda _: {}),
        ("generator_optimizer", lambda adam: {**adam, "param_groups": []}),
        ("generator_optimizer", lambda adam: {**adam, "param_groups": [without(adam["param_groups"][0], "lr")]}),
        ("generator_optimizer", lambda adam: {**adam, "param_groups": [{**adam["param_groups"][0], "betas": "x"}]}),
        ("discriminator_optimizer", lambda adam: {**adam, "state": {**adam["state"], 10_000: {}}}),
        ("discriminator_optimizer", lambda adam: {**adam, "state": with_first(adam["state"], {"step": 1})}),
        ("learning_rate", lambda part: without(part, "factor")),
        ("learning_rate", lambda part: {**part, "factor": "1"}),
        ("augmentation", lambda part: {**part, "signals": ["x"]}),
        ("log", lambda part: {**part, "critic": None}),
        ("log", lambda part: {**part, "seconds": float("nan")}),
        ("profile", lambda _: {"total": 1.0, "seconds": {"forward": "x"}}),
    ],
)
def test_anything_else_is_refused(field: str, change: Callable[[Any], Any], state: RunState, gan: AnyGAN) -> None:
    other = state.model_copy(update={field: change(getattr(state, field))})
    with pytest.raises(StateError, match=field):
        check_content(other, gan)


def test_other_networks_have_their_own_error(state: RunState, gan: AnyGAN) -> None:
    fewer = without(state.generator, next(iter(state.generator)))
    with pytest.raises(OtherNetworksError):
        check_content(state.model_copy(update={"generator": fewer}), gan)
