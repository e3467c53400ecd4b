"""The generator: maps a latent vector to a waveform (WaveGAN, arXiv 1802.04208, appendix D, table 3)."""

import itertools

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from wavegan_src.architectures.wavegan import STRIDE, base_length, channels, conv_padding, crop_start, output_padding
from wavegan_src.config_schema import ModelConfig


class Generator(nn.Module):
    """Dense layer, then six transposed convolutions of stride 4 with ReLU between them, then tanh.

    No batch normalisation is used, so a clip does not depend on its batch.
    """

    def __init__(self, model: ModelConfig, audio_length: int):
        super().__init__()
        widths = channels(model.model_dim)
        self.latent_dim = model.latent_dim
        self.audio_length = audio_length
        self.base_length = base_length(audio_length)
        self.base_channels = widths[0]
        self.dense = nn.Linear(model.latent_dim, widths[0] * self.base_length)
        self.upsample = nn.ModuleList(
            nn.ConvTranspose1d(
                channels_in,
                channels_out,
                model.kernel_len,
                stride=STRIDE,
                padding=conv_padding(model.kernel_len),
                output_padding=output_padding(model.kernel_len),
            )
            for channels_in, channels_out in itertools.pairwise(widths)
        )
        for layer in (self.dense, *self.upsample):
            initialise(layer)

    def forward(self, z: Tensor) -> Tensor:
        """Map latent vectors `(batch, latent_dim)` to waveforms `(batch, 1, time)` in [-1, 1]."""
        x = F.relu(self.dense(z).view(-1, self.base_channels, self.base_length))
        for layer in self.upsample[:-1]:
            x = F.relu(layer(x))
        x = self.upsample[-1](x)
        start = crop_start(self.audio_length)
        return torch.tanh(x[:, :, start : start + self.audio_length])


def initialise(layer: nn.Linear | nn.Conv1d | nn.ConvTranspose1d) -> None:
    """Set Glorot-uniform weights and zero biases in place, as in the paper's own code.

    Glorot and Bengio 2010, equation 16. A transposed convolution of stride 4 sums only every fourth tap of its
    kernel into one output sample, so its fan-in is a quarter of the kernel's: without this factor each of the six
    layers would halve the level, and training would start from near silence.
    """
    fan_in: float
    fan_out: float
    fan_in, fan_out = nn.init._calculate_fan_in_and_fan_out(layer.weight)
    if isinstance(layer, nn.ConvTranspose1d):  # PyTorch stores (in, out, kernel): its fans are swapped
        fan_in, fan_out = fan_out / STRIDE, fan_in
    elif isinstance(layer, nn.Conv1d):
        fan_out = fan_out / STRIDE
    bound = (6 / (fan_in + fan_out)) ** 0.5
    with torch.no_grad():
        layer.weight.uniform_(-bound, bound)
        if layer.bias is not None:
            layer.bias.zero_()
