import pytest
import torch
from torch import nn

from wavegan_src.config_schema import ModelConfig
from wavegan_src.discriminator import Discriminator
from wavegan_src.models.wavegan import losses


def test_penalty_of_a_linear_critic_has_a_closed_form() -> None:
    weight = torch.randn(30)
    real, fake, epsilon = torch.randn(4, 1, 30), torch.randn(4, 1, 30), torch.rand(4, 1, 1)
    penalty = losses.gradient_penalty(lambda x: x.flatten(1) @ weight[:, None], real, fake, epsilon)
    assert penalty.item() == pytest.approx((weight.norm().item() - 1) ** 2, rel=1e-5)


def test_penalty_of_a_quadratic_critic_is_taken_at_the_interpolates() -> None:
    real, fake, epsilon = torch.randn(5, 1, 12), torch.randn(5, 1, 12), torch.rand(5, 1, 1)
    penalty = losses.gradient_penalty(lambda x: 0.5 * x.flatten(1).square().sum(1, keepdim=True), real, fake, epsilon)
    points = epsilon * real + (1 - epsilon) * fake  # where the gradient is the point itself
    expected = (points.flatten(1).norm(dim=1) - 1).square().mean()
    torch.testing.assert_close(penalty, expected)


def test_penalty_equals_finite_differences_of_the_real_critic() -> None:
    """Clip by clip and sample by sample, with phase shuffle on, in double precision."""
    torch.manual_seed(0)
    critic = Discriminator(ModelConfig(model_dim=1, kernel_len=5), 64).double()
    real, fake = torch.rand(2, 1, 64).double(), torch.rand(2, 1, 64).double()
    epsilon = torch.tensor([0.3, 0.8]).double().view(2, 1, 1)
    shifts = torch.tensor([[2, -1], [0, 1], [-2, 2], [1, 1], [2, -2]])
    step = 1e-6
    norms = []
    for clip in range(2):
        point = epsilon[clip] * real[clip] + (1 - epsilon[clip]) * fake[clip]
        slopes = []
        for t in range(64):
            ends = []
            for sign in (1, -1):
                moved = point.clone()
                moved[0, t] += sign * step
                ends.append(critic(moved[None], shifts[:, clip : clip + 1]).item())
            slopes.append((ends[0] - ends[1]) / (2 * step))
        norms.append(torch.tensor(slopes).norm().item())
    naive = sum((norm - 1) ** 2 for norm in norms) / 2
    penalty = losses.gradient_penalty(lambda x: critic(x, shifts), real, fake, epsilon)
    assert penalty.item() == pytest.approx(naive, rel=1e-5)


def test_penalty_reaches_the_critics_weights() -> None:
    linear = nn.Linear(16, 1)
    critic = nn.Sequential(nn.Flatten(), linear)
    penalty = losses.gradient_penalty(critic, torch.randn(3, 1, 16), torch.randn(3, 1, 16), torch.rand(3, 1, 1))
    torch.autograd.backward(penalty)
    weight = linear.weight
    norm = weight.norm().item()
    torch.testing.assert_close(weight.grad, (2 * (norm - 1) / norm * weight).detach())


def test_losses_are_those_of_the_paper() -> None:
    real, fake = torch.tensor([[3.0], [5.0]]), torch.tensor([[1.0], [2.0]])
    estimate = losses.wasserstein_estimate(real, fake)
    assert estimate.item() == 2.5
    assert losses.critic_loss(estimate, torch.tensor(0.5), gp_weight=10.0).item() == 2.5  # 1.5 - 4 + 10 x 0.5
    assert losses.generator_loss(fake).item() == -1.5
