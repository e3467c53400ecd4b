"""A small engine model's configuration."""

from typing import Any

import pytest

from wavegan_src.config_loader import validate
from wavegan_src.config_schema import Config


@pytest.fixture
def engine_values(tiny_values: dict[str, Any]) -> dict[str, Any]:
    """Raw values of a configuration whose epochs take about a second."""
    tiny_values["model"] = {"architecture": "engine", "latent_dim": 8, "model_dim": 12}
    tiny_values["training"] |= {"n_critic": 1, "gp_weight": 0.05, "learning_rate": 0.0007, "adam_beta1": 0.0}
    return tiny_values


@pytest.fixture
def engine_config(engine_values: dict[str, Any]) -> Config:
    """The typed form of `engine_values`."""
    return validate(engine_values, source="test")
