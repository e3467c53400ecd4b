import math
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from wavegan_src.generation.latents import LatentSource, SeedLatents, StoredLatents, open_latents, seed_latent, slerp
from wavegan_src.generation.request import HIGHEST_SEED, Interpolation
from wavegan_src.utils.errors import UserError

numbers = st.lists(st.floats(-3, 3, width=32), min_size=3, max_size=3)


def vectors(source: LatentSource) -> torch.Tensor:
    return torch.stack([source.vector(index) for index in range(len(source))])


def test_a_seed_has_one_latent_vector_whichever_list_it_is_in() -> None:
    alone = SeedLatents([17], 6).vector(0)
    assert torch.equal(SeedLatents(range(50), 6).vector(17), alone)
    assert torch.equal(SeedLatents([4, 17], 6).vector(1), alone)
    assert torch.equal(alone, seed_latent(17, 6))
    assert not torch.equal(seed_latent(17, 6), seed_latent(18, 6))


def test_latents_are_standard_normal() -> None:
    values = vectors(SeedLatents(range(400), 100)).double()
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
    source = open_latents(Interpolation(3, 17, 5), 64)
    latents = vectors(source)
    assert torch.equal(latents[0], seed_latent(3, 64))
    assert torch.equal(latents[-1], seed_latent(17, 64))
    directions = torch.nn.functional.normalize(latents.double(), dim=1)
    angles = torch.arccos((directions[:-1] * directions[1:]).sum(1))
    torch.testing.assert_close(angles, angles[:1].expand(4), rtol=1e-4, atol=0)
    assert [source.origin(index).position for index in range(5)] == [0, 0.25, 0.5, 0.75, 1]
    many = open_latents(Interpolation(3, 17, 120), 64)
    names = [many.origin(index).name for index in range(120)]
    assert names == sorted(names)
    assert names[0] == "seed00003_to_seed00017_001_of_120"


def test_the_rows_of_a_file_and_of_an_array_are_the_same_vectors(tmp_path: Path) -> None:
    values = np.arange(12.0).reshape(3, 4)
    np.save(tmp_path / "z.npy", values)
    file, array = open_latents(tmp_path / "z.npy", 4), open_latents(values, 4)
    assert torch.equal(vectors(file), vectors(array))
    assert file.origin(2).latents == str(tmp_path / "z.npy")
    assert (file.origin(2).name, file.origin(2).row) == ("z_row00002", 2)
    assert (array.origin(2).name, array.origin(2).latents) == ("latents_row00002", None)
    assert isinstance(file, StoredLatents)
    assert isinstance(file.values.base, np.memmap)  # read row by row: a file may be larger than the memory


@pytest.mark.parametrize("seeds", [[], [-1], [0, HIGHEST_SEED + 1]])
def test_seeds_out_of_range_are_refused(seeds: list[int]) -> None:
    with pytest.raises(UserError, match=r"at least one|0 to 4294967295"):
        open_latents(seeds, 4)


def test_an_array_that_does_not_fit_is_refused() -> None:
    with pytest.raises(UserError, match=r"shape \(2, 5\): give \(clips, 4\)"):
        open_latents(np.zeros((2, 5)), 4)
    with pytest.raises(UserError, match="NaN or infinity in row 1"):
        open_latents(np.array([[0.0, 0.0], [0.0, np.nan]]), 2)
