import numpy as np
import pytest
import torch
from torch import nn

from wavegan_src.config_schema import ModelConfig
from wavegan_src.discriminator import SHUFFLED_LAYERS, Discriminator


@pytest.mark.parametrize(("model_dim", "expected"), [(32, 17_478_401), (64, 69_875_201)])
def test_parameter_count_is_the_papers(model_dim: int, expected: int) -> None:
    with torch.device("meta"):
        network = Discriminator(ModelConfig(model_dim=model_dim), 65536)
    assert sum(p.numel() for p in network.parameters()) == expected


def test_described_clips_differ_from_the_paper_only_in_base_length() -> None:
    with torch.device("meta"):
        paper, ours = (Discriminator(ModelConfig(model_dim=32), length) for length in (65536, 44100))
    difference = sum(p.numel() for p in paper.parameters()) - sum(p.numel() for p in ours.parameters())
    assert difference == (16 - 11) * 32 * 32


def test_there_is_no_batch_normalisation() -> None:
    network = Discriminator(ModelConfig(model_dim=1, spectral_norm=True), 4096)
    assert not any(isinstance(module, nn.modules.batchnorm._BatchNorm) for module in network.modules())


@pytest.mark.parametrize("length", [44100, 88200, 4096, 5000, 64])
def test_one_unbounded_score_per_clip(length: int) -> None:
    network = Discriminator(ModelConfig(model_dim=1), length)
    scores = network(1000 * torch.randn(3, 1, length))
    assert scores.shape == (3, 1)
    assert scores.abs().max() > 1  # no squashing


def test_forward_equals_a_naive_sum_over_kernels() -> None:
    model = ModelConfig(model_dim=1, kernel_len=7)
    network = Discriminator(model, 4000)
    clip = torch.randn(1, 1, 4000)
    x = np.pad(clip[0].double().numpy(), ((0, 0), (48, 48)))
    for layer in network.downsample:
        assert isinstance(layer, nn.Conv1d)
        assert layer.bias is not None
        weight, bias = layer.weight.detach().double().numpy(), layer.bias.detach().numpy()
        padded = np.pad(x, ((0, 0), (2, 7)))
        steps = x.shape[1] // 4
        x = np.array(
            [
                [(padded[:, 4 * t : 4 * t + 7] * kernel).sum() + b for t in range(steps)]
                for kernel, b in zip(weight, bias, strict=True)
            ]
        )
        x = np.where(x > 0, x, 0.2 * x)
    naive = x.reshape(-1) @ network.dense.weight.detach().double().numpy()[0] + network.dense.bias.item()
    assert network(clip).item() == pytest.approx(naive, abs=1e-5)


def test_phase_shuffle_really_runs_after_each_layer_but_the_last() -> None:
    network = Discriminator(ModelConfig(model_dim=2), 4096)
    clips = torch.randn(2, 1, 4096)
    still = network(clips, torch.zeros(SHUFFLED_LAYERS, 2, dtype=torch.int64))
    torch.testing.assert_close(still, network(clips), rtol=0, atol=0)
    for layer in range(SHUFFLED_LAYERS):
        shifts = torch.zeros(SHUFFLED_LAYERS, 2, dtype=torch.int64)
        shifts[layer, 0] = 2
        moved = network(clips, shifts)
        assert moved[0] != still[0]
        torch.testing.assert_close(moved[1], still[1], rtol=0, atol=0)  # each clip has a shift of its own
    with pytest.raises(IndexError):
        network(clips, torch.zeros(SHUFFLED_LAYERS - 1, 2, dtype=torch.int64))


def test_spectral_norm_bounds_every_layer() -> None:
    network = Discriminator(ModelConfig(model_dim=2, spectral_norm=True), 4096)
    for _ in range(300):  # power iterations
        network(torch.randn(1, 1, 4096))
    for layer in (*network.downsample, network.dense):
        largest = torch.linalg.svdvals(layer.weight.detach().flatten(1))[0]
        assert largest.item() == pytest.approx(1, abs=0.02)
