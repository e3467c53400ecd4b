"""The generator: a latent vector becomes a waveform (WaveGAN, arXiv 1802.04208, appendix D, table 3)."""

import itertools

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from wavegan_src.config_schema import ModelConfig
from wavegan_src.initialisation import initialise
from wavegan_src.network_geometry import STRIDE, base_length, channels, conv_padding, crop_start, output_padding


class Generator(nn.Module):
    """Dense layer, then six transposed convolutions of stride 4 with ReLU between them, then tanh.

    There is no batch normalisation, so a clip does not depend on its batch.
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
