"""Gradients by automatic differentiation: the definition that the fast ones are compared with."""

import copy
import dataclasses

import pytest
import torch

from benchmarks.textbook import TextbookCritic, TextbookGenerator, TextbookWGAN
from tests.support.gradients import (
    assert_gradients_equal,
    clips,
    critic_draws,
    gradients,
    latents,
    networks,
    shifts,
)
from wavegan_src.config_schema import TrainingConfig
from wavegan_src.models.wavegan.gradients import AutogradGradients, micro_batches

PLAIN = TrainingConfig()


@pytest.mark.parametrize(("length", "largest"), [(64, 1), (5000, 3)])  # the textbook's shifts stay below half a length
def test_both_steps_are_the_textbooks(length: int, largest: int) -> None:
    generator, critic = networks(length, model_dim=2)
    textbook = TextbookWGAN(TextbookGenerator(3, 2, length).double(), TextbookCritic(2, length).double())
    textbook.generator.load_state_dict(generator.state_dict())
    textbook.critic.load_state_dict(critic.state_dict())
    ours = AutogradGradients(generator, critic, PLAIN)
    real, draws, z, drawn = clips(3, length), critic_draws(3, largest_shift=largest), latents(3), shifts(3, largest)
    triple = [each for each in (draws.real_shifts, draws.fake_shifts, draws.penalty_shifts) if each is not None]
    loss = textbook.critic_gradients(real, draws.latents, draws.epsilon, triple)
    torch.testing.assert_close(ours.critic(real, draws).critic_loss, loss, rtol=1e-12, atol=1e-12)
    assert_gradients_equal(gradients(critic), gradients(textbook.critic))
    assert drawn is not None
    loss = textbook.generator_gradients(z, drawn)
    torch.testing.assert_close(ours.generator(z, drawn), loss, rtol=1e-12, atol=1e-12)
    assert_gradients_equal(gradients(generator), gradients(textbook.generator))


@pytest.mark.parametrize("micro_batch_size", [1, 2, 7])
def test_parts_of_a_batch_add_up_to_the_whole(micro_batch_size: int) -> None:
    pair = networks(4096)
    others = copy.deepcopy(pair)
    whole = AutogradGradients(*pair, PLAIN)
    parts = AutogradGradients(*others, TrainingConfig(micro_batch_size=micro_batch_size))
    real, draws, z, drawn = clips(5, 4096), critic_draws(5, largest_shift=3), latents(5), shifts(5, 3)
    found, wanted = torch.stack(parts.critic(real, draws)), torch.stack(whole.critic(real, draws))
    torch.testing.assert_close(found, wanted, rtol=1e-12, atol=1e-12)
    assert_gradients_equal(gradients(others[1]), gradients(pair[1]))
    torch.testing.assert_close(parts.generator(z, drawn), whole.generator(z, drawn), rtol=1e-12, atol=1e-12)
    assert_gradients_equal(gradients(others[0]), gradients(pair[0]))


@pytest.mark.parametrize(
    ("batch", "size", "expected"), [(5, None, [5]), (5, 2, [2, 2, 1]), (4, 2, [2, 2]), (3, 8, [3]), (1, 1, [1])]
)
def test_micro_batches_cover_a_batch(batch: int, size: int | None, expected: list[int]) -> None:
    parts = micro_batches(batch, TrainingConfig(micro_batch_size=size))
    assert [len(range(batch)[part]) for part in parts] == expected
    assert [clip for part in parts for clip in range(batch)[part]] == list(range(batch))


def test_a_part_of_the_draws_is_that_of_its_clips() -> None:
    draws = critic_draws(5, largest_shift=3)
    part = draws.part(slice(1, 3))
    assert torch.equal(part.latents, draws.latents[1:3])
    assert torch.equal(part.epsilon, draws.epsilon[1:3])
    for cut, shift in (
        (part.real_shifts, draws.real_shifts),
        (part.fake_shifts, draws.fake_shifts),
        (part.penalty_shifts, draws.penalty_shifts),
    ):
        assert cut is not None
        assert shift is not None
        assert torch.equal(cut, shift[:, 1:3])
    assert critic_draws(5).part(slice(1, 3)).real_shifts is None


def test_no_graph_is_left_behind() -> None:
    generator, critic = networks(64)
    ours = AutogradGradients(generator, critic, PLAIN)
    figures = [*ours.critic(clips(2, 64), critic_draws(2))]
    left = gradients(critic)
    figures.append(ours.generator(latents(2), None))
    left += gradients(generator)
    assert not any(value.requires_grad for value in (*left, *figures))
    assert all(p.requires_grad for network in (generator, critic) for p in network.parameters())


def test_generators_step_frees_the_critics_gradients_and_gives_it_none() -> None:
    generator, critic = networks(64)
    ours = AutogradGradients(generator, critic, PLAIN)
    ours.critic(clips(2, 64), critic_draws(2))
    ours.generator(latents(2), None)
    assert all(parameter.grad is None for parameter in critic.parameters())


def test_bfloat16_is_near_float32() -> None:
    generator, critic = networks(4096, model_dim=2)
    exact = AutogradGradients(generator.float(), critic.float(), PLAIN)
    coarse = AutogradGradients(generator, critic, TrainingConfig(precision="bfloat16"))
    draws = critic_draws(8, largest_shift=2)
    draws = dataclasses.replace(draws, latents=draws.latents.float(), epsilon=draws.epsilon.float())
    real, z = clips(8, 4096).float(), latents(8).float()
    wanted, found = exact.critic(real, draws), coarse.critic(real, draws)
    torch.testing.assert_close(torch.stack(found), torch.stack(wanted), rtol=0.05, atol=0.01)
    assert all(gradient.dtype == torch.float32 for gradient in gradients(critic))
    assert not torch.equal(torch.stack(found), torch.stack(wanted))  # it was not float32 after all
    torch.testing.assert_close(coarse.generator(z, None), exact.generator(z, None), rtol=0.05, atol=0.01)
