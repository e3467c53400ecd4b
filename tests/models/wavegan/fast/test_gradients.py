"""Both steps' gradients by hand-written passes against those by automatic differentiation."""

import copy

import pytest
import torch
from torch import Tensor

from tests.support.gradients import (
    assert_gradients_equal,
    clips,
    critic_draws,
    gradients,
    latents,
    networks,
    shifts,
)
from tests.support.wgan import CPU, GOLDEN_CONFIG, real_batch
from wavegan_src.config_loader import validate
from wavegan_src.config_schema import TrainingConfig
from wavegan_src.data.batch import Batch
from wavegan_src.models.wavegan.fast.compiled_kernels import SWITCH
from wavegan_src.models.wavegan.fast.gradients import ManualGradients
from wavegan_src.models.wavegan.gradients import AutogradGradients, CriticDraws
from wavegan_src.models.wavegan.wgan import WGAN

CASES = {  # length, model_dim, kernel_len, latent_dim, batch, largest shift
    "one clip, one latent": (64, 1, 24, 1, 1, 3),
    "base length 1": (4096, 3, 25, 3, 2, 0),
    "uneven margins": (5001, 2, 9, 2, 3, 7),
    "base length 3": (12000, 1, 25, 3, 2, 11),
    "described length": (44100, 1, 25, 3, 2, 16),
    "described length, even kernel": (44100, 1, 24, 3, 1, 2),
    "longest kernel": (4097, 1, 101, 3, 2, 2),
}
PLAIN = TrainingConfig()


class Pair:
    """The same networks twice, each differentiated by its own implementation."""

    def __init__(self, length: int, training: TrainingConfig = PLAIN, **sizes: int):
        generator, critic = networks(length, **sizes)
        self.networks = copy.deepcopy((generator, critic))
        self.slow = AutogradGradients(*self.networks, training)
        self.generator, self.critic = generator, critic
        self.fast = ManualGradients(generator, critic, training)

    def compare_critic(self, real: Tensor, draws: CriticDraws) -> None:
        found, wanted = self.fast.critic(real, draws), self.slow.critic(real, draws)
        torch.testing.assert_close(torch.stack(found), torch.stack(wanted), rtol=1e-10, atol=1e-12)
        assert_gradients_equal(gradients(self.critic), gradients(self.networks[1]))

    def compare_generator(self, z: Tensor, drawn: Tensor | None) -> None:
        found, wanted = self.fast.generator(z, drawn), self.slow.generator(z, drawn)
        torch.testing.assert_close(found, wanted, rtol=1e-10, atol=1e-12)
        assert_gradients_equal(gradients(self.generator), gradients(self.networks[0]))


@pytest.mark.parametrize(
    ("length", "model_dim", "kernel_len", "latent_dim", "batch", "largest"), CASES.values(), ids=CASES
)
def test_both_steps(length: int, model_dim: int, kernel_len: int, latent_dim: int, batch: int, largest: int) -> None:
    pair = Pair(length, model_dim=model_dim, kernel_len=kernel_len, latent_dim=latent_dim)
    pair.compare_critic(clips(batch, length), critic_draws(batch, latent_dim, largest))
    pair.compare_generator(latents(batch, latent_dim), shifts(batch, largest))


def test_batches_that_change_size_between_steps() -> None:
    pair = Pair(5000)
    for batch in (2, 5, 1, 3):
        pair.compare_critic(clips(batch, 5000), critic_draws(batch, largest_shift=2))
        pair.compare_generator(latents(batch + 1), shifts(batch + 1, 2))


def test_slopes_of_exactly_zero_have_finite_gradients() -> None:
    """A critic of zero weights scores everything alike: |g| = 0, where the norm has a kink."""
    pair = Pair(64)
    for critic in (pair.critic, pair.networks[1]):
        for parameter in critic.parameters():
            torch.nn.init.zeros_(parameter)
    real, draws = clips(2, 64), critic_draws(2)
    found, wanted = pair.fast.critic(real, draws), pair.slow.critic(real, draws)
    assert found.gradient_penalty.item() == wanted.gradient_penalty.item() == 1
    for ours, theirs in zip(gradients(pair.critic), gradients(pair.networks[1]), strict=True):
        assert torch.equal(ours, theirs)


@pytest.mark.parametrize("micro_batch_size", [1, 2, 4, 7])
def test_parts_of_a_batch_add_up_to_the_whole(micro_batch_size: int) -> None:
    pair = Pair(5000)
    parts = ManualGradients(
        pair.generator, pair.critic, PLAIN.model_copy(update={"micro_batch_size": micro_batch_size})
    )
    real, draws, z, drawn = clips(5, 5000), critic_draws(5, largest_shift=3), latents(5), shifts(5, 3)
    figures, wanted = pair.fast.critic(real, draws), gradients(pair.critic)
    torch.testing.assert_close(torch.stack(parts.critic(real, draws)), torch.stack(figures), rtol=1e-12, atol=1e-12)
    assert_gradients_equal(gradients(pair.critic), wanted)
    loss, wanted = pair.fast.generator(z, drawn), gradients(pair.generator)
    torch.testing.assert_close(parts.generator(z, drawn), loss, rtol=1e-12, atol=1e-12)
    assert_gradients_equal(gradients(pair.generator), wanted)


def test_no_weight_changes() -> None:
    """Not even where a batch of one clip leaves the convolutions nothing to copy."""
    pair = Pair(64)
    before = [p.detach().clone() for network in (pair.generator, pair.critic) for p in network.parameters()]
    pair.fast.critic(clips(1, 64), critic_draws(1))
    pair.fast.generator(latents(1), None)
    after = [p for network in (pair.generator, pair.critic) for p in network.parameters()]
    assert all(map(torch.equal, before, after))


def test_no_graph_is_left_behind() -> None:
    pair = Pair(64)
    figures = [*pair.fast.critic(clips(2, 64), critic_draws(2))]
    assert all(p.grad is None for p in pair.generator.parameters())
    left = [p.grad for p in pair.critic.parameters()]
    figures.append(pair.fast.generator(latents(2), None))
    left += [p.grad for p in pair.generator.parameters()]
    assert all(grad is not None and grad.grad_fn is None for grad in left)
    assert not any(figure.requires_grad for figure in figures)
    assert all(p.requires_grad for network in (pair.generator, pair.critic) for p in network.parameters())


def test_weight_of_the_penalty_is_the_configurations() -> None:
    pair = Pair(64, PLAIN.model_copy(update={"gp_weight": 0.5}))
    real, draws = clips(2, 64), critic_draws(2)
    pair.compare_critic(real, draws)
    other = ManualGradients(pair.generator, pair.critic, PLAIN.model_copy(update={"gp_weight": 0.0}))
    figures = other.critic(real, draws)
    assert figures.critic_loss.item() == pytest.approx(-figures.wasserstein_estimate.item())


def losses_of(backend: str) -> list[list[float]]:
    training = {"seed": 11, "n_critic": 3, "learning_rate": 0.001, "backend": backend}
    config = validate({**GOLDEN_CONFIG, "training": training}, "test")
    wgan, rows = WGAN(config, CPU), []
    for step in range(12):
        batch = Batch(real_batch(step))
        rows.append([value.item() for value in wgan.step_critic(batch)])
        if wgan.generator_due():
            rows.append([value.item() for value in wgan.step_generator(batch)])
    return rows


@pytest.mark.parametrize("kernels", ["torch", "auto"])
def test_training_goes_the_same_way_by_either(monkeypatch: pytest.MonkeyPatch, kernels: str) -> None:
    monkeypatch.setenv(SWITCH, kernels)
    slow, fast = losses_of("autograd"), losses_of("auto")
    for found, wanted in zip(fast, slow, strict=True):
        assert found == pytest.approx(wanted, rel=2e-3, abs=1e-5)
