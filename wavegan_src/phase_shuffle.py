"""Phase shuffle: shift each sample's activations a little in time, at random (WaveGAN, arXiv 1802.04208, section 3.3).

It keeps the critic from telling fakes by the fixed phase of the generator's upsampling artefacts.
"""

import torch
from torch import Tensor
from torch.nn import functional as F


def phase_shuffle(x: Tensor, shifts: Tensor) -> Tensor:
    """Shift each row of a batch in time, filling the gap by reflection.

    Row b becomes `y[b, :, t] = x[b, :, t - shifts[b]]`. Every row has a shift of its own. The shifts live on the
    CPU so that slicing by them needs no synchronisation with a GPU.

    Args:
        x: activations `(batch, channels, time)`.
        shifts: `(batch,)` int64 on the CPU, in samples, each smaller than `time` in magnitude.
    """
    steps: list[int] = shifts.tolist()
    reach = max(map(abs, steps), default=0)
    if reach == 0:
        return x
    time = x.shape[2]
    padded = F.pad(x, (reach, reach), mode="reflect")
    return torch.stack([row[:, reach - step : reach - step + time] for row, step in zip(padded, steps, strict=True)])


def draw_shifts(layers: int, batch: int, largest: int, generator: torch.Generator) -> Tensor | None:
    """Draw uniform shifts `(layers, batch)` in [-largest, largest]; None if phase shuffle is off."""
    if largest == 0:
        return None
    return torch.randint(-largest, largest + 1, (layers, batch), generator=generator)
