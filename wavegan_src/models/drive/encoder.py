"""What a clip says of its engine: from features of a clip to the factors from which the generator makes an engine.

In training, each generated clip is on the course of a real one, and of the engine that the encoder hears in it, or in
another clip of that engine; so it can be compared with the real one (amortised inference: Kingma and Welling, arXiv
1312.6114).
"""

import torch
from torch import Tensor, nn

from wavegan_src.config_schema import AudioConfig
from wavegan_src.models.drive.course import middle_start
from wavegan_src.models.drive.texture import Texture
from wavegan_src.models.engine.energy_distance import Features
from wavegan_src.models.engine.layers import leaky_layer, small

CONTROLS = 2  # of a clip: its mean speed and load
FARTHEST = 4.0  # standard deviations: no feature of a clip says more
LEAST_SPREAD = 1e-3  # of a feature over the clips
LEAST_POWER = 1e-3  # of a component over the spectrum; those that there are too few clips for have none


class Encoder(nn.Module):
    """Factors of clips' engines: those of their average spectra, and what a network hears in all of their features."""

    mean: Tensor
    axes: Tensor
    law: Tensor
    centre: Tensor
    spread: Tensor

    def __init__(self, audio: AudioConfig, bins: int, components: int, width: int):
        """Without statistics yet.

        Args:
            audio: of the clips.
            bins: of their average spectra.
            components: factors of an engine.
            width: of the network.
        """
        super().__init__()
        time = audio.audio_length_samples
        heard = time - 2 * middle_start(time)
        self.features = Features(audio.sample_rate, heard)
        self.texture = Texture(audio.sample_rate)
        numbers = self.features.numbers + self.texture.numbers + CONTROLS
        self.register_buffer("mean", torch.zeros(bins))
        self.register_buffer("axes", torch.zeros(bins, components))
        self.register_buffer("law", torch.zeros(CONTROLS, bins))
        self.register_buffer("centre", torch.zeros(numbers))
        self.register_buffer("spread", torch.ones(numbers))
        layers = *leaky_layer(numbers, width), *leaky_layer(width, width), small(nn.Linear(width, components))
        self.network = nn.Sequential(*layers)

    def describe(self, clips: Tensor, condition: Tensor | None) -> list[Tensor]:
        """Groups of features of clips' middles `(batch, 1, time)` and their conditions, each `(batch, numbers)`."""
        return [*self.features(clips), *self.texture(clips, condition)]

    @torch.no_grad()
    def initialize_from(self, mean: Tensor, components: Tensor, law: Tensor, described: Tensor) -> None:
        """Start from what was measured on training clips.

        Args:
            mean, components: of their average spectra, as in `DriveStatistics`.
            law: how the spectra grow with each control, `(CONTROLS, bins)`.
            described: as in `forward`, of some clips.
        """
        self.mean.copy_(mean)
        self.axes.copy_((components / components.square().sum(1, keepdim=True).clamp(min=LEAST_POWER)).T)
        self.law.copy_(law)
        self.centre.copy_(described.mean(0))
        self.spread.copy_(described.std(0).clamp(min=LEAST_SPREAD))

    def forward(self, spectra: Tensor, described: Tensor) -> Tensor:
        """Factors `(batch, components)`.

        Args:
            spectra: average spectra of clips, natural log, `(batch, bins)`.
            described: all of their features in a row, and last their controls: the mean speed, scaled, and the mean
                load from -1 to 1, or zeros where the speed is unknown; `(batch, numbers)`.
        """
        tone = (spectra - described[:, -CONTROLS:] @ self.law - self.mean) @ self.axes
        heard = self.network(((described - self.centre) / self.spread).clamp(-FARTHEST, FARTHEST))
        factors: Tensor = tone.clamp(-FARTHEST, FARTHEST) + heard
        return factors
