"""What all architectures' training shares, of each of them."""

import copy
import math
from typing import Any

import pytest
import torch
from torch import nn

from tests.support.runs import same
from tests.support.wgan import CPU, advance, real_batch
from wavegan_src.config_loader import validate
from wavegan_src.config_schema import Config
from wavegan_src.data.batch import Batch
from wavegan_src.generation.rendering import render
from wavegan_src.models.gan import AnyGAN, decay_of_average, gradient_norm, seeded_weights
from wavegan_src.models.registry import build_gan
from wavegan_src.utils.random import indexed_latents

MODELS: dict[str, dict[str, Any]] = {
    "wavegan": {},
    "spectral norm": {"spectral_norm": True},
    "engine": {"architecture": "engine", "latent_dim": 8, "model_dim": 12},
    "drive": {"architecture": "drive", "latent_dim": 8, "model_dim": 12},
}


@pytest.fixture(params=MODELS)
def values(request: pytest.FixtureRequest, tiny_values: dict[str, Any]) -> dict[str, Any]:
    tiny_values["model"] |= MODELS[request.param]
    tiny_values["training"] |= {"learning_rate": 0.0007, "ema_decay": 0.3}  # reached by the fourth generator step
    return tiny_values


@pytest.fixture
def config(values: dict[str, Any]) -> Config:
    return validate(values, "test")


@pytest.fixture
def gan(config: Config) -> AnyGAN:
    return build_gan(config, CPU)


@pytest.fixture
def batch() -> Batch:
    return Batch(real_batch(0))


def test_generator_steps_once_per_n_critic_steps(gan: AnyGAN, batch: Batch) -> None:
    due = []
    for _ in range(7):
        gan.step_critic(batch)
        due.append(gan.generator_due())
        if due[-1]:
            gan.step_generator(batch)
    assert due == [False, False, True, False, False, True, False]
    assert (gan.iteration, gan.generator_step) == (7, 2)


def test_critic_step_changes_only_the_critic_and_generator_step_only_the_generator(gan: AnyGAN, batch: Batch) -> None:
    before = copy.deepcopy((gan.generator.state_dict(), gan.critic.state_dict()))
    gan.step_critic(batch)
    assert same(before[0], gan.generator.state_dict())
    assert not same(before[1], gan.critic.state_dict())
    gan.critic.eval()  # a look through spectral norm moves its vectors, in training
    critic = copy.deepcopy(gan.critic.state_dict())
    gan.step_generator(batch)
    assert same(critic, gan.critic.state_dict())
    assert not same(before[0], gan.generator.state_dict())


def test_average_follows_its_recurrence(gan: AnyGAN, batch: Batch) -> None:
    gan.step_critic(batch)
    expected = [p.detach().clone() for p in gan.ema_generator.parameters()]
    for step in range(5):
        gan.step_generator(batch)
        decay = min(0.3, (1 + step) / (10 + step))
        trained = gan.generator.parameters()
        expected = [decay * e + (1 - decay) * p.detach() for e, p in zip(expected, trained, strict=True)]
    for average, value in zip(gan.ema_generator.parameters(), expected, strict=True):
        torch.testing.assert_close(average, value)


def test_average_begins_as_a_copy_that_no_optimiser_moves(gan: AnyGAN) -> None:
    assert same(gan.generator.state_dict(), gan.ema_generator.state_dict())
    shared = {p.data_ptr() for p in gan.generator.parameters()} & {p.data_ptr() for p in gan.ema_generator.parameters()}
    assert not shared
    assert not any(parameter.requires_grad for parameter in gan.ema_generator.parameters())
    for copied, original in zip(gan.ema_generator.parameters(), gan.generator.parameters(), strict=True):
        assert copied.stride() == original.stride()  # else the average would be taken element by element


def test_restored_state_goes_on_bit_for_bit(config: Config) -> None:
    straight, interrupted, resumed = (build_gan(config, CPU) for _ in range(3))
    advance(straight, 4)
    advance(interrupted, 4)
    resumed.load_state_dict(copy.deepcopy(interrupted.state_dict()))
    advance(straight, 5)
    advance(resumed, 5)
    assert same(straight.state_dict(), resumed.state_dict())


def test_a_trained_average_renders_as_a_restored_one_does(gan: AnyGAN, config: Config) -> None:
    """An average that required gradients was rendered by other passes than one read from a checkpoint."""
    advance(gan, 4)
    assert gan.generator_step
    assert not any(parameter.requires_grad for parameter in gan.ema_generator.parameters())
    restored = build_gan(config, CPU)
    restored.load_state_dict(copy.deepcopy(gan.state_dict()))
    latents = indexed_latents(0, "test", 0, 3, config.model.latent_dim)
    clips, again = (torch.cat(list(render(g.ema_generator, latents, None))) for g in (gan, restored))
    assert torch.equal(clips, again)


def test_learning_rates_are_those_the_optimisers_step_by(gan: AnyGAN) -> None:
    assert gan.learning_rates() == (0.0007, 0.0007)
    gan.critic_optimizer.param_groups[0]["lr"] = 0.0002
    assert gan.learning_rates() == (0.0007, 0.0002)


def test_weights_come_from_the_seed_alone(config: Config, values: dict[str, Any], gan: AnyGAN) -> None:
    torch.rand(17)
    before = torch.get_rng_state()
    again = build_gan(config, CPU)
    assert torch.equal(torch.get_rng_state(), before)
    assert same(again.state_dict(), gan.state_dict())
    values["training"]["seed"] += 1
    assert not same(build_gan(validate(values, "test"), CPU).state_dict(), gan.state_dict())


def test_what_is_drawn_under_a_seed_leaves_other_draws_alone() -> None:
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    first = torch.rand(1)
    with seeded_weights(5):
        inside = torch.rand(4)
    assert torch.equal(torch.cat([first, torch.rand(1)]), expected)
    with seeded_weights(5):
        assert torch.equal(torch.rand(4), inside)


def test_decay_rises_from_a_tenth_to_the_configured_one() -> None:
    decays = [decay_of_average(0.999, step) for step in range(20_000)]
    assert decays[0] == 0.1
    assert decays == sorted(decays)
    assert decays.index(0.999) == 8990  # (1 + 8990) / (10 + 8990)


def test_gradient_norm_is_that_of_all_gradients_in_a_row() -> None:
    network = nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 1, bias=False))
    network[0].weight.grad = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    network[1].weight.grad = torch.tensor([[7.0, -8.0]])  # and the bias has none
    assert gradient_norm(network).item() == pytest.approx(math.sqrt(sum(n * n for n in range(1, 9))))
