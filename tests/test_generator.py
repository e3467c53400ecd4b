import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from wavegan_src.config_schema import ModelConfig
from wavegan_src.generator import Generator


@pytest.mark.parametrize(("model_dim", "expected"), [(32, 19_115_777), (64, 73_149_953)])
def test_parameter_count_is_the_papers(model_dim: int, expected: int) -> None:
    with torch.device("meta"):
        network = Generator(ModelConfig(model_dim=model_dim), 65536)
    assert sum(p.numel() for p in network.parameters()) == expected


def test_described_clips_differ_from_the_paper_only_in_base_length() -> None:
    with torch.device("meta"):
        paper, ours = (Generator(ModelConfig(model_dim=32), length) for length in (65536, 44100))
    per_step = 32 * 32 * (100 + 1)  # dense weights and biases per step of the base length
    difference = sum(p.numel() for p in paper.parameters()) - sum(p.numel() for p in ours.parameters())
    assert difference == (16 - 11) * per_step


@pytest.mark.parametrize("length", [44100, 88200, 4096, 5000, 64])
def test_output_has_the_exact_length_and_range(length: int) -> None:
    clips = Generator(ModelConfig(model_dim=1, latent_dim=5), length)(torch.randn(3, 5) * 50)
    assert clips.shape == (3, 1, length)
    assert clips.abs().max() <= 1


def test_a_clip_does_not_depend_on_its_batch() -> None:
    network = Generator(ModelConfig(model_dim=2, latent_dim=5), 4096)
    latents = torch.randn(6, 5)
    torch.testing.assert_close(network(latents)[2:3], network(latents[2:3]))


def test_forward_equals_a_naive_scatter_of_kernels() -> None:
    network = Generator(ModelConfig(model_dim=1, latent_dim=3, kernel_len=7), 4000)
    z = torch.randn(1, 3)
    x: NDArray[np.float64] = network.dense(z).detach().double().numpy().reshape(32, 1).clip(min=0)
    for index, layer in enumerate(network.upsample):
        assert isinstance(layer, nn.ConvTranspose1d)
        assert layer.bias is not None
        x = _naive_transposed_convolution(x, layer.weight.detach().double().numpy(), layer.bias.detach().numpy())
        if index < 5:
            x = x.clip(min=0)
    naive = np.tanh(x[:, 48 : 48 + 4000])  # the centre of 4096
    np.testing.assert_allclose(network(z)[0].detach().numpy(), naive, atol=1e-5)


def _naive_transposed_convolution(
    x: NDArray[np.float64], weight: NDArray[np.float64], bias: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Each input step adds its kernel at four times its place; 4M samples are kept from the padding on."""
    channels_in, steps = x.shape
    _, channels_out, kernel = weight.shape
    padding = (kernel - 3) // 2
    wide = np.zeros((channels_out, 4 * steps + 2 * kernel))
    for step in range(steps):
        for channel in range(channels_in):
            wide[:, 4 * step : 4 * step + kernel] += x[channel, step] * weight[channel]
    return wide[:, padding : padding + 4 * steps] + bias[:, None]
