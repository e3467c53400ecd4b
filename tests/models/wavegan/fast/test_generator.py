"""The generator's passes against PyTorch differentiating the plain generator."""

import pytest
import torch

from tests.support.gradients import assert_gradients_equal, gradients, latents, networks
from wavegan_src.generator import Generator
from wavegan_src.models.wavegan.fast import convolution
from wavegan_src.models.wavegan.fast.generator import GeneratorPasses
from wavegan_src.models.wavegan.fast.memory import Buffers, GradientMemory, pack

CASES = {  # length, model_dim, kernel_len, latent_dim, batch
    "one step at the start": (64, 1, 25, 3, 3),
    "one clip, one latent": (4096, 2, 24, 1, 1),
    "uneven margins": (5001, 3, 9, 2, 2),
    "shortest kernel": (12000, 1, 4, 3, 2),
    "described length": (44100, 1, 25, 3, 2),
    "kernel beyond the signal": (4096, 1, 101, 3, 2),
}
every_case = pytest.mark.parametrize(
    ("length", "model_dim", "kernel_len", "latent_dim", "batch"), CASES.values(), ids=CASES
)
every_grouping = pytest.mark.parametrize("group_floats", [convolution.GROUP_FLOATS, 0])


def passes(length: int, model_dim: int, kernel_len: int, latent_dim: int) -> tuple[Generator, GeneratorPasses]:
    generator = networks(length, model_dim=model_dim, kernel_len=kernel_len, latent_dim=latent_dim)[0]
    pack(generator)
    GradientMemory(generator).bind_gradients(generator)
    return generator, GeneratorPasses(generator, Buffers(generator.dense.weight.detach()))


@every_case
@every_grouping
@torch.no_grad()
def test_waveforms_and_gradients(
    monkeypatch: pytest.MonkeyPatch,
    length: int,
    model_dim: int,
    kernel_len: int,
    latent_dim: int,
    batch: int,
    group_floats: int,
) -> None:
    monkeypatch.setattr(convolution, "GROUP_FLOATS", group_floats)
    generator, fast = passes(length, model_dim, kernel_len, latent_dim)
    z, cotangent = latents(batch, latent_dim), torch.randn(batch, length, dtype=torch.float64)
    with torch.enable_grad():
        waveforms = generator(z)[:, 0]
        wanted = torch.autograd.grad(waveforms, list(generator.parameters()), cotangent)
    torch.testing.assert_close(fast.forward(z), waveforms, rtol=1e-10, atol=1e-12)
    fast.buffers.take("x0", batch, 4096 * generator.base_length, 1).fill_(torch.nan)  # what the critic left there
    fast.backward(cotangent)
    assert_gradients_equal(gradients(generator), wanted)


@torch.no_grad()
def test_gradients_add_up_over_batches_of_changing_size() -> None:
    generator, fast = passes(5000, 1, 25, 3)
    z, cotangent = latents(6), torch.randn(6, 5000, dtype=torch.float64)
    for part in (slice(0, 2), slice(2, 5), slice(5, 6)):
        fast.forward(z[part])
        fast.backward(cotangent[part])
    with torch.enable_grad():
        wanted = torch.autograd.grad(generator(z)[:, 0], list(generator.parameters()), cotangent)
    assert_gradients_equal(gradients(generator), wanted)
