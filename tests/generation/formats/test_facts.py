"""The facts of a model: those that its networks have, and no others."""

from typing import Any

import pytest

from tests.support.driving import small_model
from wavegan_src.generation.formats.facts import facts_of
from wavegan_src.generation.model import TrainedModel


def test_those_of_a_drive_model_fit_its_weights(model: TrainedModel) -> None:
    facts = facts_of(model.generator, model.config)
    shapes = {name: tuple(weight.shape) for name, weight in model.generator.state_dict().items()}
    assert shapes["mapping.0.weight"] == (facts["width"], facts["latent_dim"])
    assert shapes["spectrum_components"] == (facts["components"], facts["bins"])
    assert shapes["tone.bias"] == (facts["tone_knots"],)
    assert shapes["noise_level.bias"] == (facts["bands"],)
    assert shapes["pulse_table.bias"] == (2 * int(facts["pulse_orders"]),)
    assert shapes["envelope_table.bias"] == (2 * int(facts["bands"]) * int(facts["envelope_orders"]),)
    assert facts["rate"] == model.config.audio.sample_rate


def test_those_of_the_papers_network_lead_to_its_length(tiny_values: dict[str, Any]) -> None:
    found = small_model(tiny_values, "wavegan")
    facts = facts_of(found.generator, found.config)
    length, kernel = int(facts["base_length"]), int(facts["kernel_len"])
    for _ in range(int(facts["layers"])):
        length = (length - 1) * int(facts["stride"]) - 2 * int(facts["padding"]) + kernel + int(facts["output_padding"])
    assert 0 <= length - 2 * int(facts["crop_start"]) - int(facts["samples"]) <= 1


@pytest.mark.parametrize("architecture", ["engine", "wavegan", "drive"])
def test_every_architecture_has_some(tiny_values: dict[str, Any], architecture: str) -> None:
    found = small_model(tiny_values, architecture)
    facts = facts_of(found.generator, found.config)
    assert facts["latent_dim"] == 8
    assert all(isinstance(value, int | float) for value in facts.values())
