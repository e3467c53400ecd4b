import torch

from wavegan_src.utils.random import draw_latents, indexed_latents, keyed_generator


def test_same_key_same_numbers() -> None:
    assert torch.equal(draw_latents(3, "a", 5, 4, 6), draw_latents(3, "a", 5, 4, 6))


def test_every_part_of_the_key_matters() -> None:
    keys = [(3, "a", 5), (4, "a", 5), (3, "b", 5), (3, "a", 6), (3, "a/5", 0)]
    drawn = {tuple(torch.rand(4, generator=keyed_generator(*key)).tolist()) for key in keys}
    assert len(drawn) == len(keys)


def test_the_global_generator_is_left_alone() -> None:
    torch.manual_seed(1)
    first = torch.rand(3)
    torch.manual_seed(1)
    draw_latents(0, "x", 0, 8, 8)
    assert torch.equal(torch.rand(3), first)


def test_latents_are_standard_normal() -> None:
    z = draw_latents(0, "n", 0, 1000, 100)
    assert abs(z.mean().item()) < 0.02
    assert abs(z.std().item() - 1) < 0.02


def test_indexed_latents_do_not_depend_on_how_many_are_asked_for() -> None:
    everything = indexed_latents(9, "g", 0, 7, 3)
    assert torch.equal(everything[:4], indexed_latents(9, "g", 0, 4, 3))
    assert torch.equal(everything[5:], indexed_latents(9, "g", 5, 2, 3))
