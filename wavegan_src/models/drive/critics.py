"""The critic: the engine model's first view of a clip, and one aligned with the orders; both know its course.

A critic that knows the condition punishes a wrong order or a wrong response to load, not only unlikely sound
(conditional critics: Mirza and Osindero, arXiv 1411.1784). What it expects for a condition is added to its view.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from wavegan_src.architectures.engine import LONGEST_VIEW, hop_length
from wavegan_src.data.batch import CONDITIONS, LOAD, LOAD_KNOWN, SPEED, SPEED_KNOWN
from wavegan_src.models.drive.course import over_frames
from wavegan_src.models.engine.critics import FLOOR, VIEWS, Spectrogram, SpectrogramCritic

ORDERS = 96  # rows of the aligned view: multiples of half the working cycle's rate
ORDER_STEP = 24  # hops between its frames
ORDER_WIDTH, ORDER_STRIDES = 16, ((2, 1), (2, 1), (2, 2), (2, 2))
PLAIN = VIEWS[:1]
ROWS = (*(view.bands for view in PLAIN), ORDERS)  # of each view
TYPICAL_SPEED = 3.5  # log2 of cycles per second, about the middle of road engines: zero to the critic
_HIDDEN = 32
_INPUTS = 4  # speed, load, and whether each is known; the level would tell real clips from generated ones


class Seen(NamedTuple):
    """What one critic sees: log-spectrograms `(batch, rows, frames)`, and conditions `(batch, rows, frames)`."""

    spectrogram: Tensor
    condition: Tensor


class DriveCritic(nn.Module):
    """Scores clips with the sum of its critics' scores; higher means more real. Only differences of scores matter."""

    def __init__(self, sample_rate: int):
        super().__init__()
        hop = hop_length(sample_rate)
        self.spectrograms = nn.ModuleList(Spectrogram(view, hop, sample_rate) for view in PLAIN)
        self.orders = OrderSpectrogram(hop, sample_rate)
        shapes = [(view.width, view.strides) for view in PLAIN] + [(ORDER_WIDTH, ORDER_STRIDES)]
        self.critics = nn.ModuleList(SpectrogramCritic(width, strides) for width, strides in shapes)
        self.expected = nn.ModuleList(_expectation(rows) for rows in ROWS)

    def forward(self, clips: Tensor) -> Tensor:
        """Scores `(batch, 1)` of waveforms `(batch, 1, time)` of unknown course, independent of one another."""
        return self.scores(self.views(clips, None)).sum(0)[:, None]

    def views(self, clips: Tensor, condition: Tensor | None, starts: Sequence[float] | None = None) -> list[Seen]:
        """What each critic sees of waveforms `(batch, 1, time)`.

        Args:
            clips: the waveforms.
            condition: speed and load over them, `(batch, rows, points)`; None where nothing is known.
            starts: for each view, where the half of the clip that it shows begins, 0 to 1; None shows whole clips.
        """
        waves = clips[:, 0]
        if condition is None:
            condition = waves.new_zeros(len(waves), CONDITIONS, 2)
        seen = []
        for index in range(len(PLAIN) + 1):
            wave, course = (waves, condition) if starts is None else _half(waves, condition, starts[index])
            if index < len(PLAIN):
                view = self.spectrograms[index](wave)
                seen.append(Seen(view, over_frames(course, view.shape[-1])))
            else:
                seen.append(self.orders(wave, course))
        return seen

    def scores(self, views: Sequence[Seen]) -> Tensor:
        """Each critic's scores of its view, `(critics, batch)`; the aligned one has none where the speed is unknown."""
        found = []
        for critic, expected, seen in zip(self.critics, self.expected, views, strict=True):
            usual = expected(_inputs(seen.condition).transpose(1, 2)).transpose(1, 2)
            found.append(critic(seen.spectrogram + usual))
        found[-1] = found[-1] * views[-1].condition[:, SPEED_KNOWN].min(1).values
        return torch.stack(found)


class OrderSpectrogram(nn.Module):
    """Log-power spectra read at multiples of the working cycle's rate, so that an order stays in its row."""

    window: Tensor

    def __init__(self, hop: int, sample_rate: int):
        super().__init__()
        self.size, self.step, self.sample_rate = LONGEST_VIEW * hop, ORDER_STEP * hop, sample_rate
        self.register_buffer("window", torch.hann_window(self.size) / self.size**0.5, persistent=False)

    def forward(self, clips: Tensor, condition: Tensor) -> Seen:
        """Of waveforms `(batch, time)` with conditions `(batch, rows, points)`; above the spectrum is the floor."""
        spectra = torch.stft(clips, self.size, self.step, window=self.window, return_complex=True)
        power = spectra.real.square() + spectra.imag.square()
        course = over_frames(condition, power.shape[-1])
        orders = 0.5 * torch.arange(1, ORDERS + 1, device=clips.device)
        place = torch.exp2(course[:, SPEED])[:, None] * orders[:, None] * (self.size / self.sample_rate)
        below = place.floor().long().clamp(max=power.shape[1] - 2)
        low, high = torch.gather(power, 1, below), torch.gather(power, 1, below + 1)
        read = torch.where(place < power.shape[1] - 1, torch.lerp(low, high, (place - below).clamp(0, 1)), 0.0)
        return Seen(0.35 * torch.log(read + FLOOR) + 2, course)


def _expectation(rows: int) -> nn.Module:
    """A network from conditions to what a critic expects in each row; it begins with nothing."""
    network = nn.Sequential(nn.Linear(_INPUTS, _HIDDEN), nn.LeakyReLU(0.2), nn.Linear(_HIDDEN, rows))
    last = network[-1]
    assert isinstance(last, nn.Linear)
    nn.init.zeros_(last.weight)
    nn.init.zeros_(last.bias)
    return network


def _inputs(condition: Tensor) -> Tensor:
    """A condition at about unit scale; what is unknown is 0."""
    speed = (condition[:, SPEED] - TYPICAL_SPEED) * condition[:, SPEED_KNOWN]
    load = (2 * condition[:, LOAD] - 1) * condition[:, LOAD_KNOWN]
    return torch.stack([speed, load, condition[:, SPEED_KNOWN], condition[:, LOAD_KNOWN]], 1)


def _half(waves: Tensor, condition: Tensor, start: float) -> tuple[Tensor, Tensor]:
    time, points = waves.shape[-1], condition.shape[-1]
    first = int(start * (time - time // 2))
    place = (
        (first + torch.arange(points // 2 + 1, device=waves.device) / (points // 2) * (time // 2)) / time * (points - 1)
    )
    below = place.floor().long().clamp(0, points - 2)
    course = torch.lerp(condition[..., below], condition[..., below + 1], (place - below).clamp(0, 1))
    return waves[..., first : first + time // 2], course
