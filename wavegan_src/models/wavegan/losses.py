"""The WGAN-GP objective as pure functions (arXiv 1704.00028, equation 3 and algorithm 1).

`fast/gradients.py` has their derivatives by hand, for a CPU.
"""

from collections.abc import Callable

import torch
from torch import Tensor


def wasserstein_estimate(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
    """Critic's estimate of the Wasserstein-1 distance: E[D(real)] - E[D(fake)], a scalar.

    It falls as generated clips approach the real ones; the loss values themselves depend on the critic's scale.
    """
    return real_scores.mean() - fake_scores.mean()


def gradient_penalty(critic: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor, epsilon: Tensor) -> Tensor:
    """E[(||grad D(x)||_2 - 1)^2] at random points x between real and fake clips, a scalar.

    Args:
        critic: maps `(batch, 1, time)` to `(batch, 1)`; differentiable twice.
        real: real clips `(batch, 1, time)`.
        fake: generated clips `(batch, 1, time)`, detached.
        epsilon: uniform weights in [0, 1) of the real clips, one per clip, `(batch, 1, 1)`.
    """
    x = interpolate(real, fake, epsilon).requires_grad_()
    (gradient,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    return penalty_of(gradient)


def interpolate(real: Tensor, fake: Tensor, epsilon: Tensor) -> Tensor:
    """The points `(batch, 1, time)` at which the penalty is taken; arguments as for `gradient_penalty`."""
    return torch.lerp(fake, real, epsilon)


def penalty_of(gradient: Tensor) -> Tensor:
    """E[(||g||_2 - 1)^2] over clips, a scalar, for gradients g `(batch, 1, time)`."""
    norms = torch.linalg.vector_norm(gradient.flatten(1), dim=1)
    penalty: Tensor = (norms - 1).square().mean()
    return penalty


def critic_loss(wasserstein: Tensor, penalty: Tensor, gp_weight: float) -> Tensor:
    """What the critic minimises: the negative Wasserstein estimate plus the weighted penalty, a scalar."""
    return gp_weight * penalty - wasserstein


def generator_loss(fake_scores: Tensor) -> Tensor:
    """What the generator minimises: -E[D(G(z))], a scalar."""
    return -fake_scores.mean()
