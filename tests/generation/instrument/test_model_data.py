"""What the page reads: every weight in its place, and a map on which similar engines are near each other."""

import base64

import numpy as np
import torch

from wavegan_src.generation.driving.driver import Driver
from wavegan_src.generation.instrument.model_data import car_range, model_data, page_data, places
from wavegan_src.generation.latents import seed_latent
from wavegan_src.models.drive.generator import DriveGenerator


def test_every_weight_is_where_it_says(generator: DriveGenerator) -> None:
    model, values = model_data(generator)
    state = generator.state_dict()
    left_out = set(state) - set(model["tensors"])  # courses, which one drives, and what only training hears
    assert {name for name in left_out if not name.startswith("encoder.")} == {"memory.courses"}
    for name, tensor in model["tensors"].items():
        expected = state[name].numpy()
        found = values[tensor["at"] : tensor["at"] + expected.size].reshape(tensor["shape"])
        assert np.array_equal(found, expected)


def test_engines_are_those_of_the_seeds(driver: Driver) -> None:
    data = page_data(driver, [3, 17])
    latents = np.frombuffer(base64.b64decode(data["latents"]), "<f4").reshape(2, -1)
    assert np.array_equal(latents[1], seed_latent(17, driver.generator.latent_dim).numpy())
    assert data["seeds"] == [3, 17]
    assert data["rpmPerHertz"] == 120


def test_similar_engines_are_near_each_other(generator: DriveGenerator) -> None:
    """Two families of engines, each of copies that differ little, end at two ends of the map."""
    first, second = torch.randn(2, 1, generator.latent_dim)
    spread = 0.01 * torch.randn(10, generator.latent_dim)
    found = places(generator, torch.cat([first + spread[:5], second + spread[5:]]))
    assert ((found >= 0) & (found <= 1)).all()
    lower, higher = sorted([found[:5, 0], found[5:, 0]], key=lambda each: float(each.mean()))
    assert lower.max() < higher.min()


def test_one_engine_is_in_the_middle(generator: DriveGenerator) -> None:
    assert places(generator, torch.zeros(1, generator.latent_dim)).tolist() == [[0.5, 0.5]]


def test_a_car_needs_more_speeds_than_an_idling_recording_has() -> None:
    assert car_range(800, 6000) == (800, 6000)
    assert car_range(800, 900) == (800, 4000)
