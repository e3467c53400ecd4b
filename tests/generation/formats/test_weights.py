"""The folder of a model for other programs."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.numpy import load_file

from tests.support.driving import small_model
from wavegan_src.data.whitening import Whitening
from wavegan_src.generation.formats.weights import (
    DESCRIPTION,
    LATENTS,
    RENDERER,
    WEIGHTS,
    WHITENING,
    check_replaceable,
    write_weights,
)
from wavegan_src.generation.latents import seed_latent
from wavegan_src.generation.model import TrainedModel
from wavegan_src.utils.errors import UserError


@pytest.mark.parametrize("architecture", ["engine", "wavegan", "drive"])
def test_every_weight_is_there(tiny_values: dict[str, Any], tmp_path: Path, architecture: str) -> None:
    model = small_model(tiny_values, architecture)
    count = write_weights(model, range(3, 5), tmp_path)
    found, state = load_file(tmp_path / WEIGHTS), model.generator.state_dict()
    for name in [name for name in state if name.startswith("encoder.") or name == "memory.courses"]:
        del state[name]  # which make no sound
    assert found.keys() == state.keys()
    for name, weight in state.items():
        assert np.array_equal(found[name], weight.numpy()), name
    assert count == sum(weight.numel() for weight in state.values())
    assert (tmp_path / RENDERER).exists() == (architecture == "drive")


def test_latents_are_those_of_the_seeds(model: TrainedModel, tmp_path: Path) -> None:
    write_weights(model, range(3, 5), tmp_path)
    assert np.array_equal(load_file(tmp_path / LATENTS)["latents"][1], seed_latent(4, 8).numpy())
    with safe_open(tmp_path / LATENTS, "numpy") as file:
        assert file.metadata()["first_seed"] == "3"


def test_the_description_says_what_is_there(model: TrainedModel, tmp_path: Path) -> None:
    write_weights(model, range(2), tmp_path)
    found = json.loads((tmp_path / DESCRIPTION).read_text())
    assert found["architecture"] == "drive"
    assert found["tensors"]["scale"] == [2]
    assert found["latents"] == {"first_seed": 0, "count": 2}
    for name, about in found["files"].items():
        assert about["sha256"] == hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()
    with safe_open(tmp_path / WEIGHTS, "numpy") as file:
        metadata = file.metadata()
    assert metadata == {name: str(value) for name, value in found["facts"].items()} | {
        "format": "2",
        "architecture": "drive",
    }


def test_the_filter_of_whitened_clips_is_a_tensor(tiny_values: dict[str, Any], tmp_path: Path) -> None:
    whitening = Whitening(torch.linspace(-5, 5, 128))
    write_weights(replace(small_model(tiny_values, "wavegan"), whitening=whitening), range(1), tmp_path)
    assert np.array_equal(load_file(tmp_path / WEIGHTS)[WHITENING], whitening.response_db.numpy())


def test_only_a_folder_of_its_own_is_written_again(model: TrainedModel, tmp_path: Path) -> None:
    write_weights(model, range(2), tmp_path / "new")
    before = (tmp_path / "new" / WEIGHTS).read_bytes()
    write_weights(model, range(3), tmp_path / "new")
    assert (tmp_path / "new" / WEIGHTS).read_bytes() == before
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(UserError, match="is not empty and holds no"):
        write_weights(model, range(2), tmp_path / "mine")
    with pytest.raises(UserError, match="is a file"):
        check_replaceable(tmp_path / "mine" / "notes.txt")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["notes.txt"]
