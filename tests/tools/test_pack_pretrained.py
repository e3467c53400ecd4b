from pathlib import Path
from typing import Any

import pytest
import torch

from tests.support.states import model_state, run_state
from tools.pack_pretrained import main, pack
from wavegan_src.config_loader import flatten, validate
from wavegan_src.config_schema import Config
from wavegan_src.generation.latents import SeedLatents
from wavegan_src.generation.model import load_model
from wavegan_src.generation.recipe import Recipe
from wavegan_src.models.registry import build_gan
from wavegan_src.run.state import DatasetFacts, ModelState
from wavegan_src.utils.errors import UserError

CPU = torch.device("cpu")


@pytest.fixture
def state(tiny_values: dict[str, Any]) -> ModelState:
    """A checkpoint's state, full of places on its maker's machine."""
    tiny_values["model"] = {"architecture": "engine", "latent_dim": 8, "model_dim": 12}
    tiny_values["dataset"]["cache_dir"] = "/secret/cache"
    tiny_values["training"]["init"] = "/secret/other.tar"
    config = validate(tiny_values, "test")
    facts = DatasetFacts(fingerprint="f", training_clips=6, validation_clips=2, procedural=False)
    model = model_state(build_gan(config, CPU), config, facts)
    values = model.to_values() | {"dataset": facts, "log": {"path": "/secret/log"}}
    return run_state(values.pop("epoch"), **values)


def test_the_packed_model_sounds_like_the_checkpoint(state: ModelState, tmp_path: Path) -> None:
    torch.save(state.to_values(), tmp_path / "whole.tar")
    main(tmp_path / "whole.tar", tmp_path / "box" / "packed.tar")
    latents = Recipe(SeedLatents(range(8), 8)).vectors()
    with torch.no_grad():
        whole, packed = (
            load_model(tmp_path / name, CPU).generator(latents) for name in ("whole.tar", "box/packed.tar")
        )
    assert (whole - packed).square().mean() < 1e-5 * whole.square().mean()  # 50 dB below


def test_only_settings_that_are_not_the_machines_stay(state: ModelState, tiny_values: dict[str, Any]) -> None:
    packed = pack(state).to_values()
    before, after, defaults = (
        flatten(values if isinstance(values, Config) else validate(values, "test"))
        for values in (state.config, packed["config"], Config())
    )
    changed = {key for key in after if after[key] != before[key]}
    assert changed == {
        "dataset.base_path",
        "dataset.cache_dir",
        "output.output_dir",
        "training.device",
        "training.num_workers",
        "training.init",
    }
    assert all(after[key] == defaults[key] for key in changed)
    assert "secret" not in repr({key: value for key, value in packed.items() if key != "generator_ema"})
    assert "log" not in packed
    assert "generator_optimizer" not in packed
    assert {value.dtype for value in packed["discriminator"].values()} == {torch.float16}
    assert packed["generator_ema"]["rates"].dtype == torch.float32  # measured, not learnt


def test_what_cannot_be_packed_is_refused(state: ModelState) -> None:
    with pytest.raises(UserError, match="no critic"):
        pack(state.model_copy(update={"discriminator": None}))
    state.generator_ema["mean_spectrum"][0] = 1e6
    with pytest.raises(UserError, match="mean_spectrum are not finite in half precision"):
        pack(state)
