"""Differentiable augmentation: the critic sees transformed clips only, real and generated alike.

With few clips the critic memorises them, and the generator learns from a critic that knows nothing else. Random
transformations of every clip, drawn separately for real and generated ones, leave less to memorise. The generator's
gradient passes through the transformation (DiffAugment, arXiv 2006.10738). Each transformation is skipped with some
probability for each clip, so that the generator does not learn to produce it (StyleGAN2-ADA, arXiv 2006.06676,
section 2.2).

Each clip x becomes M F S G x: gain and polarity G, circular shift S, filter F, time mask M. All are linear in the
waveform, so the derivative is the adjoint G S^T F^T M^T, where G, F and M are symmetric and S^T shifts back. Both
implementations of the gradients go back through it. docs/augmentation.md gives the reason for each range.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from wavegan_src.config_schema import TrainingConfig
from wavegan_src.utils.device import upload

TRANSFORMATIONS = 5  # gain, polarity, shift, filter, mask
LOWEST_GAIN_DB = -6.0  # never above 0: generated clips end at 1, and so should what the critic sees
LOWEST_RESPONSE_DB = -6.0  # of the filter, at each of its nodes; never above 0, so that no clip gains energy
OCTAVES_PER_NODE = 2.0
NODES = 5  # down from half the sample rate: at 22050 Hz 43, 172, 689, 2756 and 11025 Hz
LONGEST_MASK = 1 / 8  # of the clip
MASK_EDGE = 1 / 200  # of the clip: the smooth step on either side (10 ms of 2 s), so that a mask does not click


@dataclass(frozen=True)
class Augmentation:
    """Parameters of the transformations, for each clip of a batch; those of a skipped one change nothing."""

    gain: Tensor  # (batch,), with the polarity's sign
    shift: Tensor  # (batch,) int64, in samples, from 0
    response_db: Tensor  # (batch, NODES), of the filter, from the lowest node up
    mask_start: Tensor  # (batch,), in samples
    mask_length: Tensor  # (batch,), in samples without the edges; 0 for no mask

    def part(self, clips: slice) -> "Augmentation":
        """The parameters for a slice of the batch."""
        return Augmentation(*(values[clips] for values in self._values()))

    def to(self, device: torch.device) -> "Augmentation":
        """The same parameters on a device."""
        return Augmentation(*(upload(values, device) for values in self._values()))

    def _values(self) -> tuple[Tensor, ...]:
        return self.gain, self.shift, self.response_db, self.mask_start, self.mask_length


def draw_augmentation(batch: int, length: int, strength: float, random: torch.Generator) -> Augmentation:
    """Draw transformations for `batch` clips of `length` samples.

    The same generator gives the same amounts whatever the strength, which only decides where they are applied.

    Args:
        batch: number of clips.
        length: of a clip, in samples.
        strength: probability of each transformation of each clip, in [0, 1].
        random: on the CPU.
    """
    gain, polarity, shift, filtered, masked = torch.rand(TRANSFORMATIONS, batch, generator=random) < strength
    gain_db = LOWEST_GAIN_DB * torch.rand(batch, generator=random)
    flipped = torch.rand(batch, generator=random) < 0.5  # half of the chosen ones, so that a flip stays the rarer case
    shifts = torch.randint(length, (batch,), generator=random)
    response_db = LOWEST_RESPONSE_DB * torch.rand(batch, NODES, generator=random)
    mask_length = LONGEST_MASK * length * torch.rand(batch, generator=random)
    mask_start = (length - mask_length) * torch.rand(batch, generator=random)
    level = torch.where(gain, 10 ** (gain_db / 20), 1)
    return Augmentation(
        gain=torch.where(polarity & flipped, -level, level),
        shift=torch.where(shift, shifts, 0),
        response_db=torch.where(filtered[:, None], response_db, 0),
        mask_start=mask_start,
        mask_length=torch.where(masked, mask_length, 0),
    )


def augment(x: Tensor, augmentation: Augmentation | None) -> Tensor:
    """Transform each clip with its own parameters; None returns the clips unchanged.

    Args:
        x: `(batch, 1, time)`, in float32 or float64.
        augmentation: for the same number of clips, on the same device.
    """
    if augmentation is None:
        return x
    shifted = roll(x * _gain(x, augmentation), augmentation.shift)
    return _filter(shifted, augmentation.response_db) * _mask(x, augmentation)


def augment_adjoint(gradient: Tensor, augmentation: Augmentation | None) -> Tensor:
    """The adjoint of `augment`: from the gradient with respect to its result to the one with respect to `x`."""
    if augmentation is None:
        return gradient
    filtered = _filter(gradient * _mask(gradient, augmentation), augmentation.response_db)
    return roll(filtered, -augmentation.shift) * _gain(gradient, augmentation)


def _gain(x: Tensor, augmentation: Augmentation) -> Tensor:
    return augmentation.gain.to(x.dtype)[:, None, None]


def roll(x: Tensor, shifts: Tensor) -> Tensor:
    """Shift circularly: `y[b, :, t] = x[b, :, (t - shifts[b]) mod time]`."""
    if x.device.type == "cpu":  # two copies each; on a GPU, reading the shifts would wait for it
        return torch.stack([clip.roll(shift, 1) for clip, shift in zip(x, shifts.tolist(), strict=True)])
    return roll_by_reading(x, shifts)


def roll_by_reading(x: Tensor, shifts: Tensor) -> Tensor:
    """The same without knowing the shifts, as a GPU does it."""
    length = x.shape[2]
    source = (torch.arange(length, device=x.device) - shifts[:, None]).remainder(length)
    return x.gather(2, source[:, None].expand_as(x))


def _filter(x: Tensor, response_db: Tensor) -> Tensor:
    """Multiply each clip's spectrum by a smooth real response: phases stay as they are, so the filter is symmetric."""
    length = x.shape[2]
    nepers = response_db.to(x.dtype) * (math.log(10) / 20)
    response = torch.exp(nepers @ _interpolation(length, x.dtype, x.device))
    filtered: Tensor = torch.fft.irfft(torch.fft.rfft(x) * response[:, None], n=length)
    return filtered


@lru_cache(maxsize=8)
def _interpolation(length: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """Weights `(NODES, frequencies)` of the nodes' levels at each frequency of a clip's spectrum.

    Between two nodes the level moves as a raised cosine over the logarithm of the frequency; below the lowest it stays.
    """
    frequencies = torch.arange(length // 2 + 1, dtype=torch.float64).clamp_min(1) / (length / 2)
    position = (NODES - 1 + frequencies.log2() / OCTAVES_PER_NODE).clamp_min(0)
    distance = (position - torch.arange(NODES)[:, None]).abs().clamp_max(1)
    return (0.5 + 0.5 * torch.cos(torch.pi * distance)).to(device, dtype)


def _mask(x: Tensor, augmentation: Augmentation) -> Tensor:
    """Factors `(batch, 1, time)`: 0 in the masked span, 1 away from it."""
    time = torch.arange(x.shape[2], dtype=x.dtype, device=x.device)
    start, length = (values.to(x.dtype)[:, None] for values in (augmentation.mask_start, augmentation.mask_length))
    from_middle = (time - (start + length / 2)).abs()
    outside = ((from_middle - length / 2) / (MASK_EDGE * x.shape[2])).clamp(0, 1)
    factors = outside * outside * (3 - 2 * outside)
    return torch.where(length > 0, factors, 1)[:, None]


def first_strength(training: TrainingConfig) -> float:
    """The strength at the start of a run."""
    return 0.0 if training.augmentation == "off" else training.augmentation_strength
