"""Statistics of the training clips that the generator starts from: average spectra, and how sound follows a course."""

import torch
from torch import Tensor
from torch.nn import functional as F

from wavegan_src.architectures.engine import SHORT_WINDOW, hop_length
from wavegan_src.data.batch import END_POINTS, LEVEL, LOAD, POINTS, SPEED, Batch
from wavegan_src.models.drive.course import INSIDE, known_throughout, middle, over_frames
from wavegan_src.models.drive.generator import BANDS, BEND, DEFAULT_SPEED, DriveStatistics
from wavegan_src.models.engine.clip_statistics import POWER_FLOOR, average_spectra, principal_components
from wavegan_src.models.engine.spectral_filter import band_gains

LEAST_SPREAD = 0.1  # octaves, where all clips turn equally fast
LEAST_EVIDENCE = 1e-3  # variance within clips, scaled; less says little of the level
STEEPEST = 3.0  # natural log, 26 dB, for a standard deviation of the speed or the whole range of the load


def measure(batch: Batch, sample_rate: int, components: int) -> DriveStatistics:
    """Measure training clips and their conditions, with up to `components` principal components.

    Of sound, load and level, the clips' middle is measured.
    """
    clips, _ = middle(batch.clips[:, 0], None)
    spectra = average_spectra(clips, sample_rate)
    known = torch.empty(0) if batch.condition is None else torch.nonzero(known_throughout(batch.condition))[:, 0]
    if batch.condition is None or not len(known):
        mean, scaled, _ = principal_components(spectra, components)
        ends, scale = torch.full((2,), DEFAULT_SPEED), torch.tensor([DEFAULT_SPEED, 1.0])
        return DriveStatistics(mean, scaled, scale, torch.zeros(2), torch.zeros(2, BANDS), ends)
    points = over_frames(batch.condition[known], POINTS)
    speed = points[:, SPEED]
    load, heard = F.pad(points[:, [LOAD, LEVEL], INSIDE], (END_POINTS, END_POINTS), mode="replicate").unbind(1)
    scale = torch.stack([speed.mean(), speed.std().clamp(min=LEAST_SPREAD)])
    turning = (speed - scale[0]) / scale[1]
    level, control = level_slopes(turning, load, heard), torch.stack([turning, 2 * load - 1], -1)
    tone = tone_slopes(clips[known], control[:, INSIDE], sample_rate) - level[:, None] * torch.tensor([[1.0], [0.5]])
    spectra[known] -= control[:, INSIDE].mean(1) @ tone @ band_gains(BANDS, spectra.shape[1], BEND)
    mean, scaled, _ = principal_components(spectra, components)
    return DriveStatistics(
        mean_spectrum=mean,
        components=scaled,
        scale=scale,
        level_slopes=level,
        tone_slopes=tone,
        speed_range=torch.stack([speed.min(), speed.max()]),
    )


def level_slopes(speed: Tensor, load: Tensor, level: Tensor) -> Tensor:
    """How the level (natural log) grows with the scaled speed and the load within clips, `(2,)`, never negative.

    How loud a recording is says nothing of its engine. All are `(clips, points)`.
    """
    return _slopes(torch.stack([speed, load], -1), level[..., None])[:, 0].clamp(0, STEEPEST)


def tone_slopes(clips: Tensor, control: Tensor, sample_rate: int) -> Tensor:
    """How the levels of bands (natural log) grow with a control within clips: `(inputs, BANDS)`.

    `clips`: `(clips, time)`. `control`: `(clips, points, inputs)`.
    """
    size = SHORT_WINDOW * hop_length(sample_rate)
    window, bands = torch.hann_window(size), band_gains(BANDS, size // 2 + 1, BEND)
    between = 0.5 * (control[:, 1:] + control[:, :-1])
    levels = []
    for part in torch.split(clips, 64):
        power = torch.stft(part, size, size // 2, window=window, center=False, return_complex=True).abs().square()
        levels.append(
            0.5 * (F.adaptive_avg_pool1d(bands @ power, between.shape[1]) + POWER_FLOOR).log().transpose(1, 2)
        )
    return _slopes(between, torch.cat(levels)).clamp(-STEEPEST, STEEPEST)


def _slopes(inputs: Tensor, wanted: Tensor) -> Tensor:
    """Regression within clips: `(inputs, numbers)` of `(clips, points, inputs)` and `(clips, points, numbers)`."""
    rows = (inputs - inputs.mean(1, keepdim=True)).flatten(0, 1)
    there = (wanted - wanted.mean(1, keepdim=True)).flatten(0, 1)
    damped = rows.T @ rows + LEAST_EVIDENCE * len(rows) * torch.eye(rows.shape[1])
    found: Tensor = torch.linalg.solve(damped, rows.T @ there)
    return found
