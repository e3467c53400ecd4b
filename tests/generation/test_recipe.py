from pathlib import Path

import numpy as np
import pytest
import torch

from wavegan_src.config_loader import load_config
from wavegan_src.generation.clip_length import ClipLength
from wavegan_src.generation.latents import SeedLatents, open_latents
from wavegan_src.generation.recipe import Recipe, make_recipe
from wavegan_src.generation.rendering import RENDER_BATCH
from wavegan_src.generation.request import Interpolation
from wavegan_src.utils.errors import UserError

ENGINE = load_config("config_fast", {"model.latent_dim": 4})


def test_truncation_scales_and_1_changes_nothing() -> None:
    seeds = SeedLatents(range(5, 8), 8)
    plain = torch.stack([seeds.vector(index) for index in range(3)])
    assert torch.equal(Recipe(seeds, truncation=0.5).vectors(), plain / 2)
    assert torch.equal(Recipe(seeds).vectors(), plain)


@pytest.mark.parametrize(
    "selection", [range(17, 117), [31, 32], [5, 37, 5], Interpolation(5, 37, 64), Interpolation(5, 7, 64)]
)
def test_batches_hold_every_clip_once_in_its_row(selection: list[int] | Interpolation) -> None:
    recipe = Recipe(open_latents(selection, 3))
    found: list[str] = []
    for batch in recipe.batches():
        assert batch.latents.shape == (RENDER_BATCH, 3)
        assert len(set(batch.rows)) == len(batch.rows)
        for clip in batch.clips:
            assert torch.equal(batch.latents[clip.row], clip.latent)
        assert not batch.latents[[row for row in range(RENDER_BATCH) if row not in batch.rows]].any()
        found += [clip.name for clip in batch.clips]
    assert found == [recipe.name(index) for index in range(len(recipe))]


def test_a_seed_has_the_same_row_in_any_company() -> None:
    recipes = [
        Recipe(open_latents(selection, 3))
        for selection in (range(10, 60), [17], [3, 17], Interpolation(17, 9, 5), Interpolation(2, 17, 40))
    ]
    rows = {clip.row for recipe in recipes for clip in recipe if torch.equal(clip.latent, recipes[1][0].latent)}
    assert rows == {17}


def test_batches_of_long_clips_have_fewer_rows() -> None:
    recipe = Recipe(SeedLatents(range(17, 37), 3), length=ClipLength(10.0, 220_500))
    batches = list(recipe.batches())
    assert {batch.latents.shape for batch in batches} == {(6, 3)}
    assert [clip.row for batch in batches for clip in batch.clips] == [(17 + index) % 6 for index in range(20)]


def test_names_say_what_differs_in_sound_and_in_training() -> None:
    recipe = make_recipe([3], ENGINE, truncation=0.7, seconds=5, procedural=True)
    assert [clip.name for clip in recipe] == ["generated_from_procedural_seed00003_seconds5_truncation0.7.wav"]
    assert [clip.name for clip in make_recipe([3], ENGINE)] == ["generated_seed00003.wav"]


def test_a_million_clips_are_a_recipe_at_once() -> None:
    recipe = make_recipe(range(1_000_000), ENGINE)
    assert (len(recipe), recipe[999_999].origin.seed) == (1_000_000, 999_999)
    with pytest.raises(IndexError):
        recipe[1_000_000]


def test_a_file_and_a_model_must_fit(tmp_path: Path) -> None:
    np.save(tmp_path / "z.npy", np.ones((3, 4)))
    assert make_recipe(tmp_path / "z.npy", ENGINE).vectors().eq(1).all()
    np.save(tmp_path / "z.npy", np.ones((3, 5)))
    with pytest.raises(UserError, match="4 latent dimensions"):
        make_recipe(tmp_path / "z.npy", ENGINE)


@pytest.mark.parametrize(("truncation", "seconds"), [(0.0, None), (1.1, None), (1.0, 0.0), (1.0, 601.0)])
def test_what_is_out_of_range_is_refused(truncation: float, seconds: float | None) -> None:
    with pytest.raises(UserError, match="at most"):
        make_recipe([1], ENGINE, truncation=truncation, seconds=seconds)
