"""Pairs of networks in float64, the random numbers of a step, and comparing gradients."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from wavegan_src.config_schema import ModelConfig
from wavegan_src.discriminator import SHUFFLED_LAYERS, Discriminator
from wavegan_src.generator import Generator
from wavegan_src.models.augmentation import Augmentation, draw_augmentation
from wavegan_src.models.wavegan.gradients import CriticDraws


def networks(
    length: int, *, model_dim: int = 1, kernel_len: int = 25, latent_dim: int = 3
) -> tuple[Generator, Discriminator]:
    """A generator and a critic in float64. Biases are not 0, so that a forgotten one shows."""
    model = ModelConfig(latent_dim=latent_dim, model_dim=model_dim, kernel_len=kernel_len)
    pair = Generator(model, length).double(), Discriminator(model, length).double()
    for network in pair:
        for layer in network.modules():
            if isinstance(layer, nn.Conv1d | nn.ConvTranspose1d | nn.Linear) and layer.bias is not None:
                nn.init.uniform_(layer.bias, -0.1, 0.1)
    return pair


def clips(batch: int, length: int) -> Tensor:
    """Noise as real clips `(batch, 1, length)`."""
    return 0.3 * torch.randn(batch, 1, length, dtype=torch.float64)


def latents(batch: int, latent_dim: int = 3) -> Tensor:
    return torch.randn(batch, latent_dim, dtype=torch.float64)


def shifts(batch: int, largest: int) -> Tensor | None:
    """Phase shuffle's shifts, the largest in both directions among them."""
    if largest == 0:
        return None
    drawn = torch.randint(-largest, largest + 1, (SHUFFLED_LAYERS, batch))
    drawn[0, 0], drawn[-1, 0] = largest, -largest
    return drawn


def augmentation(batch: int, length: int, strength: float = 0.8) -> Augmentation:
    """Each call another one."""
    return draw_augmentation(batch, length, strength, torch.default_generator)


def critic_draws(
    batch: int, latent_dim: int = 3, largest_shift: int = 0, augmented_length: int | None = None
) -> CriticDraws:
    """A step's draws, with augmentation of clips of `augmented_length` samples if it is given."""
    return CriticDraws(
        latents(batch, latent_dim),
        torch.rand(batch, 1, 1, dtype=torch.float64),
        shifts(batch, largest_shift),
        shifts(batch, largest_shift),
        shifts(batch, largest_shift),
        None if augmented_length is None else augmentation(batch, augmented_length),
        None if augmented_length is None else augmentation(batch, augmented_length),
    )


def gradients(network: nn.Module) -> list[Tensor]:
    """Copies of the parameters' gradients, all of which must be there."""
    found = []
    for parameter in network.parameters():
        assert parameter.grad is not None
        found.append(parameter.grad.clone())
    return found


def assert_gradients_equal(found: Iterable[Tensor], wanted: Iterable[Tensor], tolerance: float = 1e-10) -> None:
    """Every value within the tolerance, relative to the largest value of all."""
    pairs = list(zip(found, wanted, strict=True))
    scale = max(float(theirs.abs().max()) for _, theirs in pairs)
    assert scale > 0
    for ours, theirs in pairs:
        torch.testing.assert_close(ours, theirs, rtol=0, atol=tolerance * scale)
