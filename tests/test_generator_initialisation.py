import pytest
import torch
from torch import nn

from wavegan_src.generator import initialise


@pytest.mark.parametrize(
    ("layer", "fan_in", "fan_out"),
    [
        (nn.Linear(100, 300), 100, 300),
        (nn.Conv1d(16, 32, 25, stride=4), 16 * 25, 32 * 25 / 4),
        (nn.ConvTranspose1d(64, 32, 25, stride=4), 64 * 25 / 4, 32 * 25),
    ],
)
def test_weights_are_glorot_uniform_of_the_taps_that_meet(layer: nn.Linear, fan_in: float, fan_out: float) -> None:
    torch.manual_seed(0)
    initialise(layer)
    bound = (6 / (fan_in + fan_out)) ** 0.5
    assert layer.weight.abs().max().item() <= bound
    assert layer.weight.std().item() == pytest.approx(bound / 3**0.5, rel=0.05)
    assert not layer.bias.any()
