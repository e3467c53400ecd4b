import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from wavegan_src.generation.clip_length import ClipLength
from wavegan_src.generation.latents import Recipe, between_seeds, make_recipe, of_file, of_seeds, seed_latent, slerp
from wavegan_src.generation.rendering import RENDER_BATCH
from wavegan_src.generation.request import HIGHEST_SEED, GenerationRequest
from wavegan_src.utils.errors import UserError

numbers = st.lists(st.floats(-3, 3, width=32), min_size=3, max_size=3)


def test_a_seed_has_one_latent_vector_whichever_list_it_is_in() -> None:
    assert torch.equal(of_seeds(0, 50, 6).latents()[17], of_seeds(17, 1, 6).latents()[0])
    assert torch.equal(of_seeds(17, 1, 6).latents()[0], seed_latent(17, 6))
    assert not torch.equal(seed_latent(17, 6), seed_latent(18, 6))


def test_latents_are_standard_normal() -> None:
    values = of_seeds(0, 400, 100).latents().double()
    assert float(values.mean()) == pytest.approx(0, abs=4 / math.sqrt(40_000))
    assert float(values.var()) == pytest.approx(1, abs=4 * math.sqrt(2 / 40_000))
    assert float(torch.corrcoef(values).fill_diagonal_(0).abs().max()) < 0.6


@given(st.floats(0, 1), st.floats(0.01, math.pi - 0.01))
def test_slerp_turns_evenly_on_the_unit_circle(position: float, angle: float) -> None:
    start = torch.tensor([1.0, 0.0], dtype=torch.float64)
    end = torch.tensor([math.cos(angle), math.sin(angle)], dtype=torch.float64)
    expected = [math.cos(position * angle), math.sin(position * angle)]
    torch.testing.assert_close(slerp(start, end, position), torch.tensor(expected, dtype=torch.float64))


@given(numbers, numbers, st.floats(0, 1))
def test_slerp_stays_in_the_plane_between_the_lengths(a: list[float], b: list[float], position: float) -> None:
    start, end = torch.tensor(a), torch.tensor(b)
    found = slerp(start, end, position)
    assert torch.isfinite(found).all()
    lengths = float(start.norm()), float(end.norm())
    assert float(found.norm()) <= max(lengths) * (1 + 1e-5)
    volume = float(torch.linalg.det(torch.stack([start, end, found]).double()))  # 0 in one plane
    assert volume == pytest.approx(0, abs=1e-4)


def test_slerp_keeps_equal_lengths_and_gives_the_ends_exactly() -> None:
    start, end = seed_latent(1, 100), seed_latent(2, 100)
    end = end * (start.norm() / end.norm())
    for position in np.linspace(0, 1, 9):
        assert float(slerp(start, end, float(position)).norm()) == pytest.approx(float(start.norm()), rel=1e-5)
    assert torch.equal(slerp(start, end, 0.0), start)
    assert torch.equal(slerp(start, end, 1.0), end)
    straight = torch.lerp(start, end, 0.5)
    assert float(straight.norm()) < 0.8 * float(start.norm())  # what the arc is for


@pytest.mark.parametrize("factor", [2.0, -1.0, 0.0])
def test_where_no_arc_is_the_shortest_slerp_takes_the_line(factor: float) -> None:
    start = torch.tensor([3.0, 4.0])
    torch.testing.assert_close(slerp(start, factor * start, 0.25), start * (0.75 + 0.25 * factor))


def test_an_interpolation_goes_from_seed_to_seed_in_even_steps() -> None:
    recipe = between_seeds(3, 17, 5, 64)
    latents = recipe.latents()
    assert torch.equal(latents[0], seed_latent(3, 64))
    assert torch.equal(latents[-1], seed_latent(17, 64))
    directions = torch.nn.functional.normalize(latents.double(), dim=1)
    angles = torch.arccos((directions[:-1] * directions[1:]).sum(1))
    torch.testing.assert_close(angles, angles[:1].expand(4), rtol=1e-4, atol=0)
    assert [recipe.origin(index).position for index in range(5)] == [0, 0.25, 0.5, 0.75, 1]
    names = [between_seeds(3, 17, 120, 64).origin(index).name for index in range(120)]
    assert names == sorted(names)
    assert names[0] == "seed00003_to_seed00017_001_of_120"


def test_truncation_scales_and_1_changes_nothing() -> None:
    plain, half = of_seeds(5, 3, 8).latents(), of_seeds(5, 3, 8, truncation=0.5).latents()
    assert torch.equal(half, plain / 2)
    assert torch.equal(of_seeds(5, 3, 8, truncation=1.0).latents(), plain)


@pytest.mark.parametrize(
    "recipe", [of_seeds(17, 100, 3), of_seeds(31, 2, 3), between_seeds(5, 37, 64, 3), between_seeds(5, 7, 64, 3)]
)
def test_batches_hold_every_clip_once_in_its_place(recipe: Recipe) -> None:
    found: list[int] = []
    for members, batch, places in recipe.batches():
        assert batch.shape == (RENDER_BATCH, 3)
        assert places == [recipe.place(index) for index in members]
        assert torch.equal(batch[places], recipe.latents()[members.start : members.stop])
        assert not batch[[row for row in range(RENDER_BATCH) if row not in places]].any()
        found += members
    assert found == list(range(recipe.count))


def test_batches_of_long_clips_have_fewer_places() -> None:
    recipe = replace(of_seeds(17, 20, 3), length=ClipLength(10.0, 220_500))
    batches = list(recipe.batches())
    assert {batch.shape for _, batch, _ in batches} == {(6, 3)}
    assert [index for members, _, _ in batches for index in members] == list(range(20))
    for members, batch, places in batches:
        assert places == [(17 + index) % 6 for index in members]
        assert torch.equal(batch[places], recipe.latents()[members.start : members.stop])


def test_a_request_becomes_its_recipe(tmp_path: Path) -> None:
    np.save(tmp_path / "z.npy", np.ones((3, 4)))
    file = tmp_path / "z.npy"
    assert make_recipe(GenerationRequest(count=2), 9, 4).origin(1).seed == 10
    assert make_recipe(GenerationRequest(count=3, latents=file), 9, 4).latents().eq(1).all()
    assert make_recipe(GenerationRequest(interpolate="1:2:5", truncation=0.5), 9, 4).truncation == 0.5
    assert of_file(file, 4).origin(2).row == 2
    with pytest.raises(UserError, match="holds 3 latent vectors: leave --generate-only out"):
        make_recipe(GenerationRequest(count=2, latents=file), 9, 4)
    with pytest.raises(UserError, match="give a smaller seed"):
        make_recipe(GenerationRequest(count=2), HIGHEST_SEED, 4)
