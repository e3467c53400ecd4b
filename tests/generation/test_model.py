from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.support.models import save_model
from tests.support.states import load_values
from wavegan_src.generation.model import generate_clips, load_model
from wavegan_src.generation.recipe import make_recipe
from wavegan_src.models.wavegan.wgan import WGAN
from wavegan_src.utils.errors import UserError
from wavegan_src.utils.random import draw_latents

CPU = torch.device("cpu")


@pytest.fixture
def checkpoint(tiny_values: dict[str, Any], tmp_path: Path) -> Path:
    return save_model(tiny_values, tmp_path / "run" / "checkpoints")


def test_the_averaged_generator_generates(checkpoint: Path, tmp_path: Path) -> None:
    state = load_values(checkpoint)
    model = load_model(checkpoint, CPU)
    for name, tensor in model.generator.state_dict().items():
        assert torch.equal(tensor, state["generator_ema"][name])
        assert not tensor.any() or not torch.equal(tensor, WGAN(model.config, CPU).generator.state_dict()[name])


def test_clips_to_measure_have_nothing_in_common_between_seeds(checkpoint: Path) -> None:
    model = load_model(checkpoint, CPU)
    few, many, next_seed = (
        generate_clips(model, count, seed, lambda _: None) for count, seed in ((3, 5), (40, 5), (3, 6))
    )
    np.testing.assert_array_equal(few, many[:3])
    assert len({clip.tobytes() for clip in (*few, *next_seed)}) == 6
    with torch.no_grad():
        latents = torch.cat([draw_latents(5, "generate", index, 1, 4) for index in range(3)])
        np.testing.assert_allclose(few, model.generator(latents)[:, 0].numpy(), rtol=0, atol=1e-6)


def test_weights_that_do_not_fit_are_explained(checkpoint: Path, tmp_path: Path) -> None:
    state = load_values(checkpoint)
    state["config"]["model"]["model_dim"] = 3
    path = tmp_path / "other.tar"
    torch.save(state, path)
    with pytest.raises(UserError, match="do not fit"):
        load_model(path, CPU)


def test_a_recipe_is_rendered_in_order(checkpoint: Path) -> None:
    model = load_model(checkpoint, CPU)
    recipe = make_recipe([40, 8, 3, 35], model.config)
    rendered = list(model.render(recipe))
    assert [clip.origin.seed for clips, _ in rendered for clip in clips] == [40, 8, 3, 35]
    assert len(rendered) == 3  # of 32 rows, 40 and 8 share one, and 3 and 35 do
    waveforms = torch.cat([waveforms for _, waveforms in rendered])
    with torch.no_grad():
        wanted = model.generator(recipe.vectors())[:, 0]
    torch.testing.assert_close(waveforms, wanted, rtol=0, atol=1e-6)
