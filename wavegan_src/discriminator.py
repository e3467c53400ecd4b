"""The critic: a waveform becomes one unbounded score (WaveGAN, arXiv 1802.04208, appendix D, table 4).

Under WGAN-GP the score is no probability: only differences between scores mean something.
"""

import itertools

from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

from wavegan_src.config_schema import ModelConfig
from wavegan_src.initialisation import initialise
from wavegan_src.network_geometry import LAYERS, STRIDE, TOTAL_STRIDE, base_length, channels, conv_padding, crop_start
from wavegan_src.phase_shuffle import phase_shuffle
from wavegan_src.precision import weights_own

LEAKY_SLOPE = 0.2
SHUFFLED_LAYERS = LAYERS - 1  # phase shuffle follows each convolution but the last


class Discriminator(nn.Module):
    """Six convolutions of stride 4 with LeakyReLU 0.2 and phase shuffle, then a dense layer to one score.

    There is never batch normalisation: the gradient penalty is defined per sample (arXiv 1704.00028, section 4).
    """

    def __init__(self, model: ModelConfig, audio_length: int):
        super().__init__()
        self.audio_length = audio_length
        self.base_length = base_length(audio_length)
        widths = channels(model.model_dim)[::-1]
        self.downsample = nn.ModuleList(
            nn.Conv1d(
                channels_in, channels_out, model.kernel_len, stride=STRIDE, padding=conv_padding(model.kernel_len)
            )
            for channels_in, channels_out in itertools.pairwise(widths)
        )
        self.dense = nn.Linear(widths[-1] * self.base_length, 1)
        for layer in (*self.downsample, self.dense):
            initialise(layer)
            if model.spectral_norm:
                spectral_norm(layer)

    def forward(self, x: Tensor, shifts: Tensor | None = None) -> Tensor:
        """Score waveforms.

        Args:
            x: waveforms `(batch, 1, time)`.
            shifts: phase shuffle's shifts `(5, batch)` in samples, int64 on the device of `x`; None leaves phases
                alone, as for comparing scores of given clips.

        Returns:
            Critic scores `(batch, 1)`, unbounded; under autocast too they are of the weights' own precision.
        """
        x = self.pad(x)
        for index, layer in enumerate(self.downsample):
            x = F.leaky_relu(layer(x), LEAKY_SLOPE)
            if shifts is not None and index < SHUFFLED_LAYERS:
                x = phase_shuffle(x, shifts[index])
        # Of a score of 100, bfloat16 would round off all that tells clips apart; this product costs next to nothing.
        with weights_own(x.device):
            score: Tensor = self.dense(x.flatten(1).to(self.dense.weight.dtype))
        return score

    def convolutions(self) -> list[nn.Conv1d]:
        """The six convolutions, from the waveform inwards."""
        return [layer for layer in self.downsample if isinstance(layer, nn.Conv1d)]

    def pad(self, x: Tensor) -> Tensor:
        """Waveforms `(batch, 1, time)` with zeros at both ends, of a length that the strides divide."""
        start = crop_start(self.audio_length)
        return F.pad(x, (start, self.base_length * TOTAL_STRIDE - self.audio_length - start))
